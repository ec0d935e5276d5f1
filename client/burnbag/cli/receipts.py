"""`burnbag receipt` and `unfreeze`: what a sender does afterwards."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.exceptions import Exit

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import waiting
from burnbag.cli.errors import ENDED_OTHERWISE, NOT_YET, UnknownSecret, UsageError, name_file
from burnbag.cli.options import PATH, CommandWithId, json_option, sender_options
from burnbag.errors import Unavailable
from burnbag.results import Receipt, Refusal, View

if TYPE_CHECKING:
    from burnbag import Burnbag

SHORTEST_PREFIX: Final = 4
# A secret that was asked for may still come.
OPEN: Final = ("requested", "sealed")
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 15.0
# A server counts no further.
MOST_REFUSALS: Final = 100


@dataclass(frozen=True)
class SentSecret:
    """What a sender asks about a secret with; `url` is where it was sent to, if that is known."""

    id: str
    token: str = field(repr=False)
    url: str | None
    content_size: int | None = None


@click.command(cls=CommandWithId)
@click.argument("id")
@json_option
@click.option("--wait", is_flag=True, help="Wait until the secret has ended.")
@click.option("--timeout", metavar="TIME", help="Wait no longer than this, like 90s, 10m, 2h.")
@click.option("--signed", is_flag=True, help="Print it signed, for somebody else to verify.")
@click.option(
    "-o", "--output", type=PATH, metavar="FILE", help="Write it to this new file, signed."
)
@sender_options
def receipt(
    id: str,
    as_json: bool,
    wait: bool,
    timeout: str | None,
    signed: bool,
    output: Path | None,
    url: str | None,
    region: str | None,
    profile: str | None,
) -> None:
    """Show what became of a secret: opened when, by whom, erased.

    ID is an id, the beginning of one that was sent from here, or a link. The receipt token of
    what was sent elsewhere is asked for, or read from stdin.
    """
    with interrupts.defer():
        from burnbag.cli.settings import find_settings

    refuse_contradictions(as_json, signed, output)
    seconds = parse_timeout(timeout, wait)
    secret = find_secret(id)
    whom = "its end" if wait else "the server"
    with find_settings(url or secret.url, region, profile).make_client() as burnbag, waiting(whom):
        if wait:
            found = wait_for_end(burnbag, secret, seconds=seconds)
        elif not signed:
            found = ask_for_receipt(burnbag, secret)
        if signed:
            write_signed(output, burnbag.signed_receipt(secret.id, secret.token))
        else:
            print_receipt(found, as_json, secret.content_size)
    if wait:
        tell_outcome(found)


def parse_timeout(text: str | None, wait: bool) -> float:
    """The seconds to wait, without an end if none are given. Raises UsageError."""
    from burnbag.cli.asked import parse_seconds

    if text is None:
        return math.inf
    if not wait:
        raise UsageError("--timeout ends a wait: use it with --wait")
    return parse_seconds(text, "--timeout")


def print_receipt(found: Receipt, as_json: bool, content_size: int | None = None) -> None:
    from burnbag.cli.formatting import to_dict, to_json

    if as_json:
        printing.print_data(to_json(to_dict(found)))
    else:
        printing.print_lines(format_receipt(found, content_size))


def tell_outcome(found: Receipt) -> None:
    """End with the exit code that tells a script what was waited for. Raises Exit."""
    if found.state in OPEN:
        tty.say("the wait is over, and the secret has not ended yet")
        raise Exit(NOT_YET)
    if found.state != "revealed":
        raise Exit(ENDED_OTHERWISE)


def refuse_contradictions(as_json: bool, signed: bool, output: Path | None) -> None:
    """Raise UsageError for options that make no sense together, and for a file that exists."""
    if as_json and signed:
        raise UsageError("--json and --signed are two forms of a receipt: use one of them")
    if output and not signed:
        raise UsageError("-o is for a signed receipt: use --signed")
    if output and output.exists():
        raise UsageError(f"{output} exists already")


def write_signed(output: Path | None, text: str) -> None:
    """Write a signed receipt to stdout, or to a new file: all of it, or nothing.

    Raises CommandError.
    """
    if output is None:
        return printing.print_data(text)
    with interrupts.defer():
        from burnbag_format.content import Description

        from burnbag.destinations import open_destination

    with name_file(output), open_destination(output, overwrite=False) as destination:
        destination.write(Description(), [f"{text}\n".encode()])


@click.command(cls=CommandWithId)
@click.argument("id")
@sender_options
def unfreeze(id: str, url: str | None, region: str | None, profile: str | None) -> None:
    """Allow five more guesses at a frozen secret.

    ID is what it is for `burnbag receipt`.
    """
    with interrupts.defer():
        from burnbag.cli.settings import find_settings

    secret = find_secret(id)
    with find_settings(url or secret.url, region, profile).make_client() as burnbag, waiting():
        lifted = burnbag.unfreeze(secret.id, secret.token)
    tty.tell("unfrozen: five more guesses" if lifted else "it is not frozen; nothing changed")


def find_secret(text: str) -> SentSecret:
    """The secret that an id, the beginning of one, or a link means.

    Raises LinkError, UsageError or UnknownSecret, which do not repeat it.
    """
    from burnbag_format.base64url import is_canonical

    from burnbag.cli import history, inputs
    from burnbag.links import ID_BYTES

    if "#" in text:
        # Only its id: a signed call goes where we are configured to, not where a link leads.
        text = inputs.parse_id(text)
    if len(text) < SHORTEST_PREFIX:
        raise UsageError(f"an id's beginning has at least {SHORTEST_PREFIX} characters")
    found = history.find(text)
    if len(found) > 1:
        raise UsageError(f"{len(found)} ids begin so; give more of it")
    if found:
        return SentSecret(found[0].id, found[0].receipt_token, found[0].url, found[0].content_size)
    if not is_canonical(text, ID_BYTES):
        raise UnknownSecret("no secret that was sent from here has an id that begins so")
    return SentSecret(text, inputs.read_receipt_token(), None)


def ask_for_receipt(burnbag: "Burnbag", secret: SentSecret) -> Receipt:
    return burnbag.receipt(secret.id, secret.token)


def wait_for_end(
    burnbag: "Burnbag",
    secret: SentSecret,
    sleep: Callable[[float], None] = time.sleep,
    seconds: float = math.inf,
    clock: Callable[[], float] = time.monotonic,
) -> Receipt:
    """Ask for the receipt again and again until the secret has ended, or the time is over.

    It is asked for a last time then. Only the first call may fail: a wait of days must not end with
    a server's bad minute.
    """
    until = clock() + seconds
    found, pause = ask_for_receipt(burnbag, secret), FIRST_PAUSE
    while found.state in OPEN and (left := until - clock()) > 0:
        sleep(min(left, pause * random.uniform(0.8, 1.2)))
        pause = min(LONGEST_PAUSE, pause * 1.3)
        try:
            found = ask_for_receipt(burnbag, secret)
        except Unavailable:
            continue
    return found


def format_receipt(found: Receipt, content_size: int | None = None) -> list[str]:
    from burnbag.cli.formatting import align

    return align(describe_receipt(found, content_size))


def describe_receipt(
    found: Receipt, content_size: int | None = None
) -> list[tuple[str, str | None]]:
    """The lines of a receipt: what each is called, and what it says. The size of what was sent is
    known where it was sent from.
    """
    from burnbag.cli.formatting import describe_limits, describe_size, format_time

    # Of a request nobody has answered, there is no secret.
    is_there = found.kinds is None or found.submitted_at is not None

    def format_event(time: Any, whom: str | None) -> str | None:
        return append(format_time(time), "by", whom) if time else None

    return [
        ("id", found.id),
        ("state", found.state),
        ("kind", found.kind),
        ("size", describe_size(found.size, found.encrypted, content_size) if is_there else None),
        ("label", found.label),
        *(("for", recipient) for recipient in found.recipients),
        ("passphrase", format_passphrase(found) if is_there else None),
        ("created", format_event(found.created_at, found.created_by)),
        ("takes", describe_limits(found.kinds, found.max_bytes) if found.kinds else None),
        ("answered", format_answered(found)),
        ("expires", format_time(found.expires_at)),
        ("views left", f"{found.views_left} of {found.max_views}" if is_there else None),
        *(("viewed", format_view(view)) for view in found.views),
        ("wrong guesses", str(found.failed_attempts) if found.failed_attempts else None),
        ("refused", format_refusals(found)),
        ("frozen", format_event(found.frozen_at, None)),
        ("ended", format_event(found.ended_at, found.ended_by)),
        ("erased", format_event(found.erased_at, None)),
    ]


def format_answered(found: Receipt) -> str | None:
    """When and from where. Nobody knows who it was."""
    from burnbag.cli.formatting import format_time

    if found.submitted_at is None:
        return None
    return append(format_time(found.submitted_at), "from", found.submitted_by)


def format_passphrase(found: Receipt) -> str:
    if not found.passphrase:
        return "no"
    return "yes, freezes" if found.on_lock == "freeze" else "yes"


def format_refusals(found: Receipt) -> str | None:
    """How often somebody else came with the link, and who was the last."""
    if not found.refusals:
        return None
    times = "once" if found.refusals == 1 else f"{found.refusals} times"
    times += " or more" if found.refusals >= MOST_REFUSALS else ""
    return f"{times}, at last {format_view(found.last_refusal)}" if found.last_refusal else times


def format_view(view: View | Refusal) -> str:
    from burnbag.cli.formatting import format_time

    seen = append(append(format_time(view.at), "by", view.by), "from", view.ip)
    return append(seen, "with", view.user_agent)


def append(text: str, word: str, value: str | None) -> str:
    return f"{text} {word} {value}" if value else text
