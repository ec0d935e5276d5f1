"""`burnbag send`."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.errors import CommandError, UsageError, name_file
from burnbag.cli.options import PATH, json_option, passphrase_file_option, sender_options
from burnbag.results import Sent

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.inputs import Content

DURATION: Final = re.compile(r"[0-9]{1,9}[smhd]?", re.ASCII)
# This helper passes the text as an argument, which every user of the machine can see.
SHOWS_ARGUMENTS: Final = "copy_klipper"


def parse_ttl(
    context: click.Context, param: click.Parameter, value: str | None
) -> int | str | None:
    """Seconds, or a number with a unit."""
    if value is not None and not DURATION.fullmatch(value):
        raise UsageError("--ttl is in seconds, or like 90s, 15m, 2h, 7d")
    return int(value) if value and value.isdecimal() else value


@click.command()
@click.argument("file", required=False, type=PATH)
@click.option("--ttl", callback=parse_ttl, metavar="TIME", help="Its life, like 90s, 15m, 2h, 7d.")
@click.option(
    "--views", type=click.IntRange(min=1), metavar="N", help="How often it can be opened; once."
)
@click.option("--passphrase", "ask", is_flag=True, help="Ask for a passphrase, twice.")
@passphrase_file_option
@click.option(
    "--on-lock",
    type=click.Choice(["burn", "freeze"]),
    metavar="WHAT",
    help="What five wrong passphrases do: burn it, or freeze it until you unfreeze it.",
)
@click.option(
    "--label",
    metavar="TEXT",
    help="A word for the receipt and the audit log. It is not secret: nothing encrypts it.",
)
@click.option("--name", metavar="NAME", help="Send it as a file of this name.")
@click.option(
    "--server-side", is_flag=True, help="Encrypt on the server: any HTTP client can open it."
)
@click.option("--resume", is_flag=True, help="Go on with a large file whose sending broke off.")
@json_option
@click.option("--qr", is_flag=True, help="Show the link as a QR code too, on stderr.")
@click.option("--copy", is_flag=True, help="Copy the link to the clipboard too.")
@sender_options
def send(
    file: Path | None,
    ask: bool,
    passphrase_file: Path | None,
    name: str | None,
    resume: bool,
    as_json: bool,
    qr: bool,
    copy: bool,
    url: str | None,
    region: str | None,
    profile: str | None,
    **order: Any,
) -> None:
    """Seal a secret and print its link.

    FILE is sent as a file, under its own name. Without FILE, or with -, stdin is sent; on a
    terminal the secret is asked for, and not shown.
    """
    with interrupts.defer():
        from burnbag.cli import inputs, settings

    if resume:
        refuse_options(url, ask, passphrase_file, name, *order.values())
        url, sent = go_on(file, region, profile)
    else:
        found = settings.find_settings(url, region, profile)
        with found.make_client() as burnbag:
            content = inputs.read_content(file)
            stdin_taken = file is None or str(file) == "-"
            passphrase = inputs.read_new_passphrase(ask, passphrase_file, stdin_taken)
            inputs.refuse_empty_pipe(content, name)
            order |= {"passphrase": passphrase, "filename": name}
            url, sent = found.url.value or "", send_content(burnbag, content, order)
    # Before the link is printed, so that the secret can be revoked even if nobody gets the link.
    record(url, sent)
    print_sent(sent, as_json)
    if qr:
        show_qr_code(sent.link)
    if copy:
        copy_to_clipboard(sent.link)


def send_content(burnbag: "Burnbag", content: "Content", order: dict[str, Any]) -> Sent:
    """Send it; a large file in a way in which it can be resumed."""
    with interrupts.defer():
        from burnbag.cli import unfinished

    is_file = isinstance(content, Path)
    resume_file = unfinished.make_file() if is_file else None
    naming = name_file(content) if isinstance(content, Path) else nullcontext()
    with naming, unfinished.offer_to_resume(resume_file), closing(tty.Bar()) as bar:
        return burnbag.send(content, resume_file=resume_file, progress=bar, **order)


def refuse_options(*values: object) -> None:
    """Raise UsageError if any was given."""
    if any(values):
        raise UsageError("--resume goes on with what was ordered; it takes no other order")


def go_on(file: Path | None, region: str | None, profile: str | None) -> tuple[str, Sent]:
    """Go on with the upload of a file, or the only one: its URL, and what was sent."""
    with interrupts.defer():
        from burnbag.cli import settings, unfinished

    resume_file, begun = unfinished.find(file)
    found = settings.find_settings(begun.url, region, profile)
    with (
        found.make_client() as burnbag,
        name_file(begun.origin.path),
        unfinished.offer_to_resume(resume_file),
        closing(tty.Bar()) as bar,
    ):
        return begun.url, burnbag.resume(resume_file, progress=bar)


def record(url: str, sent: Sent) -> None:
    """Keep the receipt token in the history, or warn that it could not be kept."""
    from burnbag.cli import history

    try:
        history.record(url, sent)
    except history.HistoryError as error:
        tty.say(
            f"{error}; so the receipt token is not kept: without it (--json prints it) "
            "the secret can't be revoked and shows no receipt"
        )


def print_sent(sent: Sent, as_json: bool) -> None:
    """Print the link or JSON, and a note on a terminal."""
    from burnbag.cli.formatting import format_minute, format_views, to_dict, to_json

    if as_json:
        printing.print_data(to_json(to_dict(sent)))
    else:
        printing.print_lines([sent.link])
    tty.note(
        f"sealed; expires {format_minute(sent.expires_at)}, {format_views(sent.max_views)}; "
        f"burnbag receipt {sent.id}"
    )


def show_qr_code(link: str) -> None:
    """Show the link on stderr, two modules in each character; stdout has the link itself."""
    import segno

    try:
        "\N{UPPER HALF BLOCK}".encode(sys.stderr.encoding)
    except UnicodeEncodeError:
        return tty.say(f"no QR code: {sys.stderr.encoding} has no characters for it")
    segno.make_qr(link, error="l").terminal(out=sys.stderr, compact=True)
    sys.stderr.flush()


def copy_to_clipboard(link: str) -> None:
    """Copy the link, and check that it arrived. Raises CommandError."""
    import pyperclip

    try:
        with detach_streams():
            copy, paste = pyperclip.determine_clipboard()
            is_safe = copy.__name__ != SHOWS_ARGUMENTS
            if is_safe:
                copy(link)
            # pyperclip ignores the exit codes of its helpers, so look what arrived.
            arrived = is_safe and paste().strip() == link
    except Exception:
        arrived = False
    if not arrived:
        raise CommandError("the secret is sealed and the link printed, but could not be copied")


@contextmanager
def detach_streams() -> Iterator[None]:
    """Keep stdout and stderr from a helper that stays in the background to serve the clipboard.

    If it held our stdout, `link=$(burnbag send --copy)` would never end.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    saved = {number: os.dup(number) for number in (1, 2)}
    try:
        for number in saved:
            os.dup2(nowhere, number)
        yield
    finally:
        for number, copy in saved.items():
            os.dup2(copy, number)
            os.close(copy)
        os.close(nowhere)
