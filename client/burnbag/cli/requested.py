"""`burnbag request list`, `open` and `revoke`: what becomes of the requests that were made here."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import waiting
from burnbag.cli.errors import UnknownSecret, UsageError
from burnbag.cli.options import CommandWithId, json_option, opening_options, sender_options
from burnbag.cli.receipts import SHORTEST_PREFIX, find_secret, parse_timeout
from burnbag.errors import Gone, NotFound

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.kept import Kept

HEADINGS: Final = ("id", "state", "asked", "expires", "takes", "label")
ANSWERED: Final = "answered"


@click.command("list")
@json_option
@sender_options
def list_(as_json: bool, url: str | None, region: str | None, profile: str | None) -> None:
    """List the requests that were made here and are not over, newest first.

    Their states come from the server. What has ended is shown once more, and its key goes.
    """
    with interrupts.defer():
        from burnbag.cli import kept
        from burnbag.cli.formatting import describe_limits, format_time, tabulate, to_dict, to_json

    all_kept = kept.find()
    with waiting():
        states = find_states(all_kept, url, region, profile)
    if as_json:
        found = [without_key(to_dict(each)) | {"state": states[each.id]} for each in all_kept]
        printing.print_data(to_json(found))
        return
    if not all_kept:
        tty.tell("no request that was made here is open")
        return
    rows = [
        (
            each.id,
            states[each.id],
            format_time(each.created_at),
            format_time(each.expires_at),
            describe_limits(each.kinds, None),
            each.label or "",
        )
        for each in all_kept
    ]
    printing.print_lines(tabulate([HEADINGS, *rows]))


def without_key(entry: dict[str, Any]) -> dict[str, Any]:
    """A request without its private key, because a list may be passed around."""
    return {name: value for name, value in entry.items() if name != "keep"}


def find_states(
    all_kept: "Sequence[Kept]", url: str | None, region: str | None, profile: str | None
) -> dict[str, str]:
    """The state of each, by its id, as its server knows it. Keys of what has ended are removed."""
    from burnbag.cli.settings import find_settings

    states: dict[str, str] = {}
    for at in dict.fromkeys(each.url for each in all_kept):
        with find_settings(url or at, region, profile).make_client() as burnbag:
            for each in all_kept:
                if each.url == at:
                    states[each.id] = find_state(burnbag, each)
    return states


def find_state(burnbag: "Burnbag", kept: "Kept") -> str:
    from burnbag.cli.kept import remove

    try:
        found = burnbag.receipt(kept.id, kept.link.token)
    except NotFound:
        return "unknown"
    if found.state == "sealed":
        return ANSWERED
    if found.state != "requested":
        remove(kept.id)
    return found.state


@click.command("open", cls=CommandWithId)
@click.argument("id")
@opening_options
@click.option("--wait", is_flag=True, help="Wait until somebody has answered.")
@click.option("--timeout", metavar="TIME", help="Wait no longer than this, like 90s, 10m, 2h.")
@json_option
@sender_options
def open_(
    id: str,
    output: str | None,
    force: bool,
    yes: bool,
    wait: bool,
    timeout: str | None,
    as_json: bool,
    url: str | None,
    region: str | None,
    profile: str | None,
) -> None:
    """Open the answer to a request. It can be opened once.

    ID is that of a request that was made here, the beginning of one, or its link.
    """
    with interrupts.defer():
        from burnbag.cli import answering_requests, settings

    kept = find_kept(id)
    patience = parse_timeout(timeout, wait) if wait or timeout else 0.0
    found = settings.find_settings(url or kept.url, region, profile)
    answering_requests.open_answer(found, kept.link, output, force, yes, as_json, patience)


def find_kept(text: str) -> "Kept":
    """The request that an id, the beginning of one, or a link means.

    Raises LinkError, UsageError or UnknownSecret, which do not repeat it.
    """
    from burnbag.cli import inputs, kept

    if "#" in text:
        text = inputs.parse_id(text)
    if len(text) < SHORTEST_PREFIX:
        raise UsageError(f"an id's beginning has at least {SHORTEST_PREFIX} characters")
    found = kept.find(text)
    if len(found) > 1:
        raise UsageError(f"{len(found)} ids begin so; give more of it")
    if not found:
        raise UnknownSecret(
            "no request that was made here, and is open, has an id that begins so; where its link "
            "to keep is, burnbag open opens the answer by that"
        )
    return found[0]


@click.command("revoke", cls=CommandWithId)
@click.argument("id")
@sender_options
def revoke(id: str, url: str | None, region: str | None, profile: str | None) -> None:
    """End a request, or its answer, now: nobody can answer or open it any more.

    ID is what it is for `burnbag receipt`.
    """
    with interrupts.defer():
        from burnbag.cli import kept
        from burnbag.cli.settings import find_settings

    secret = find_secret(id)
    try:
        with find_settings(url or secret.url, region, profile).make_client() as burnbag, waiting():
            burnbag.revoke(secret.id, secret.token)
    except Gone:
        kept.remove(secret.id)
        raise
    kept.remove(secret.id)
    tty.tell("revoked")
