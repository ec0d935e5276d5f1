"""Many receipts at once: lists of them, and the revocation of all that somebody created."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from burnbag import answers
from burnbag.results import Receipt, Revocation
from burnbag.retries import wait
from burnbag.transport import Api
from burnbag.waiting import hand_over

OWN: Final = "/v1/receipts"
ANYBODYS: Final = "/v1/revocations"
# Each run finds what the one before could not end, and what was created meanwhile.
RUNS: Final = 8

Counted = Callable[[Revocation], object]


def make_filters(
    created_by: str | None,
    since: datetime | None,
    until: datetime | None,
    label: str | None,
    state: str | None = None,
) -> dict[str, Any]:
    """What is asked for, without what is not."""
    asked = {
        "created_by": created_by,
        "since": None if since is None else int(since.timestamp()),
        "until": None if until is None else int(until.timestamp()),
        "label": label,
        "state": state,
    }
    return {name: value for name, value in asked.items() if value is not None}


def list_receipts(api: Api, filters: Mapping[str, Any]) -> Iterator[Receipt]:
    """The caller's own receipts, or with `created_by` anybody's, newest first, page by page."""
    path, cursor = ANYBODYS if "created_by" in filters else OWN, None
    while True:
        asked = dict(filters) | ({"cursor": cursor} if cursor else {})
        # Escaped as signatures have it (SigV4): they would not fit a slash or colon left as it is.
        query = urlencode(asked, quote_via=quote, safe="")
        answer = api.call_signed("GET", f"{path}?{query}" if query else path)
        receipts, cursor = answers.parse_receipts(answer)
        yield from receipts
        if cursor is None:
            return


def revoke_all(
    api: Api, filters: Mapping[str, Any], dry_run: bool, progress: Counted
) -> Revocation:
    """End all that fits, run by run until one finds nothing to end. A dry run is one run.

    What AWS could not do is tried again after a pause. Whatever is left then has `failed`.
    """
    total = Revocation(str(filters["created_by"]))
    for number in range(1, RUNS + 1):
        # What failed is found again.
        before = replace(total, found=total.found - total.failed, failed=0)
        done = run_once(api, filters, dry_run, before, progress)
        has_changed = bool(done.revoked or done.failed)
        total = add(before, done) if has_changed or number == 1 else before
        if dry_run or not has_changed:
            break
        if done.failed:
            wait(number)
    return total


def run_once(
    api: Api, filters: Mapping[str, Any], dry_run: bool, before: Revocation, progress: Counted
) -> Revocation:
    """All pages once. A page whose answer got lost is asked for again: it finds what it left."""
    total, cursor = Revocation(str(filters["created_by"])), None
    while True:
        body = {**filters, "dry_run": dry_run} | ({"cursor": cursor} if cursor else {})
        page, cursor = answers.parse_revocation(api.call_signed("POST", ANYBODYS, json=body))
        total = add(total, page)
        hand_over(progress, add(before, total))
        if cursor is None:
            return total


def add(total: Revocation, page: Revocation) -> Revocation:
    return Revocation(
        created_by=page.created_by,
        found=total.found + page.found,
        revoked=total.revoked + page.revoked,
        already_ended=total.already_ended + page.already_ended,
        failed=total.failed + page.failed,
    )
