"""Many receipts at once: lists of them, and the revocation of all that somebody created.

Made of `burnbag.bulk` by tools/asynchronous: change that, and run `make fmt`.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from burnbag import answers
from burnbag._async.retries import wait
from burnbag._async.transport import Api
from burnbag._async.waiting import hand_over
from burnbag.bulk import ANYBODYS, OWN, RUNS, Counted, add
from burnbag.results import Receipt, Revocation


async def list_receipts(api: Api, filters: Mapping[str, Any]) -> AsyncIterator[Receipt]:
    """The caller's own receipts, or with `created_by` anybody's, newest first, page by page."""
    path, cursor = ANYBODYS if "created_by" in filters else OWN, None
    while True:
        asked = dict(filters) | ({"cursor": cursor} if cursor else {})
        # Escaped as signatures have it (SigV4): they would not fit a slash or colon left as it is.
        query = urlencode(asked, quote_via=quote, safe="")
        answer = await api.call_signed("GET", f"{path}?{query}" if query else path)
        receipts, cursor = answers.parse_receipts(answer)
        for each in receipts:
            yield each
        if cursor is None:
            return


async def revoke_all(
    api: Api, filters: Mapping[str, Any], dry_run: bool, progress: Counted
) -> Revocation:
    """End all that fits, run by run until one finds nothing to end. A dry run is one run.

    What AWS could not do is tried again after a pause. Whatever is left then has `failed`.
    """
    total = Revocation(str(filters["created_by"]))
    for number in range(1, RUNS + 1):
        # What failed is found again.
        before = replace(total, found=total.found - total.failed, failed=0)
        done = await run_once(api, filters, dry_run, before, progress)
        has_changed = bool(done.revoked or done.failed)
        total = add(before, done) if has_changed or number == 1 else before
        if dry_run or not has_changed:
            break
        if done.failed:
            await wait(number)
    return total


async def run_once(
    api: Api, filters: Mapping[str, Any], dry_run: bool, before: Revocation, progress: Counted
) -> Revocation:
    """All pages once. A page whose answer got lost is asked for again: it finds what it left."""
    total, cursor = Revocation(str(filters["created_by"])), None
    while True:
        body = {**filters, "dry_run": dry_run} | ({"cursor": cursor} if cursor else {})
        page, cursor = answers.parse_revocation(await api.call_signed("POST", ANYBODYS, json=body))
        total = add(total, page)
        await hand_over(progress, add(before, total))
        if cursor is None:
            return total
