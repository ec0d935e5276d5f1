"""`burnbag request`: ask for a secret, and what becomes of that."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import waiting
from burnbag.cli.errors import CommandError, UnknownSecret, UsageError
from burnbag.cli.options import (
    CommandGroup,
    CommandWithId,
    json_option,
    opening_options,
    sender_options,
)
from burnbag.cli.receipts import SHORTEST_PREFIX, find_secret, parse_timeout
from burnbag.cli.send import parse_ttl, show_qr_code
from burnbag.errors import Gone, NotFound
from burnbag.results import Request

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.kept import Kept

HEADINGS: Final = ("id", "state", "asked", "expires", "takes", "label")
# What the option says, and what it stands for in the API: a large file goes as an upload.
KINDS: Final = {"text": ("text",), "file": ("file", "upload")}
ANSWERED: Final = "answered"


def parse_size(context: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Bytes, or a number with a unit. Raises UsageError."""
    from burnbag.cli.asked import parse_size

    return None if value is None else parse_size(value, "--max-size")


@click.group("request", cls=CommandGroup, invoke_without_command=True)
@click.option(
    "--label",
    metavar="TEXT",
    help="What is asked for. Whoever has the link sees it. It is not secret.",
)
@click.option(
    "--ttl",
    callback=parse_ttl,
    metavar="TIME",
    help="How long it can be answered, and then the answer opened, like 12h, 3d.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(list(KINDS)),
    metavar="KIND",
    help="What it takes: text or file; otherwise both.",
)
@click.option(
    "--max-size",
    "size",
    callback=parse_size,
    metavar="SIZE",
    help="The most that it takes, like 500KiB, 20MiB.",
)
@json_option
@click.option("--qr", is_flag=True, help="Show the link as a QR code too, on stderr.")
@click.option("--copy", is_flag=True, help="Copy the link to the clipboard too.")
@sender_options
@click.pass_context
def request(
    context: click.Context,
    label: str | None,
    ttl: int | None,
    kinds: tuple[str, ...],
    size: int | None,
    as_json: bool,
    qr: bool,
    copy: bool,
    url: str | None,
    region: str | None,
    profile: str | None,
) -> None:
    """Ask for a secret, and print the link to answer by.

    Send the link to whoever has the secret, who needs no account. Only this machine can open the
    answer: it keeps the private key.

    \b
      burnbag request --label "API key for staging" --ttl 3d
      burnbag request open ID
    """
    if context.invoked_subcommand is not None:
        refuse_options(label, ttl, kinds, size, as_json, qr, copy, url, region, profile)
        return
    with interrupts.defer():
        from burnbag.cli import settings

    found = settings.find_settings(url, region, profile)
    asked_kinds = [each for kind in kinds for each in KINDS[kind]] or None
    with found.make_client() as burnbag:
        with waiting():
            asked = burnbag.request(
                label, ttl=ttl, kinds=asked_kinds, max_bytes=None if size is None else stored(size)
            )
        # Before the link is printed: without the key nobody could open the answer.
        keep(burnbag, found.require_url(), asked, as_json)
    print_asked(asked, as_json)
    if qr:
        show_qr_code(asked.link)
    if copy:
        from burnbag.cli import clipboard

        clipboard.copy_to_clipboard(asked.link)


def refuse_options(*values: object) -> None:
    """Raise UsageError if any was given before a command of its own."""
    if any(value not in (None, False, ()) for value in values):
        raise UsageError("options go behind list, open and revoke, and make no request there")


def stored(size: int) -> int:
    """The most bytes that something of a size has when it is encrypted and padded."""
    from burnbag_format.content import LONGEST_NAME

    from burnbag.aes128gcm import encrypted_size
    from burnbag.padding import padded_size

    return encrypted_size(padded_size(size + 2 * (2 + LONGEST_NAME)))


def keep(burnbag: "Burnbag", url: str, asked: Request, as_json: bool) -> None:
    """Keep the private key. If that fails the request is revoked, unless JSON tells the key.

    Raises CommandError.
    """
    from burnbag.cli import history, kept

    try:
        kept.keep(kept.Kept.of(url, asked))
    except CommandError as error:
        if not as_json:
            burnbag.revoke(asked.id, asked.receipt_token)
            raise CommandError(
                f"{error}; the request was revoked (--json prints the key)"
            ) from None
        tty.say(f"{error}; only the link to keep in the JSON opens the answer")
    try:
        history.record_request(url, asked)
    except history.HistoryError as error:
        tty.say(f"{error}; so burnbag list and receipt do not know the request")


def print_asked(asked: Request, as_json: bool) -> None:
    from burnbag.cli.formatting import describe_limits, format_minute, to_dict, to_json

    if as_json:
        printing.print_data(to_json(to_dict(asked)))
        return
    printing.print_lines([asked.link])
    tty.note(
        f"takes {describe_limits(asked.kinds, asked.max_bytes)}, until "
        f"{format_minute(asked.expires_at)}; burnbag request open {asked.id}"
    )


@request.command("list")
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


@request.command("open", cls=CommandWithId)
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


@request.command("revoke", cls=CommandWithId)
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
