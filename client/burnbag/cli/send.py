"""`burnbag send`."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import Bar
from burnbag.cli.errors import UsageError, name_file
from burnbag.cli.options import PATH, json_option, passphrase_file_option, sender_options
from burnbag.results import Sent

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.chosen import Chosen


def parse_ttl(context: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Seconds, or numbers with units. Raises UsageError."""
    from burnbag.cli.asked import parse_seconds

    return None if value is None else parse_seconds(value, "--ttl")


def parse_to(
    context: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> list[str] | None:
    """The recipients; None for whoever has the link. Raises UsageError."""
    from burnbag.cli.asked import parse_recipients

    return parse_recipients(value) if value else None


@click.command()
@click.argument("file", nargs=-1, type=PATH)
@click.option(
    "--to",
    "recipients",
    multiple=True,
    callback=parse_to,
    metavar="WHO",
    help="Only this role, user or person can open it: an ARN, an e-mail address, or @ and a "
    "domain. Once for each.",
)
@click.option(
    "--ttl", callback=parse_ttl, metavar="TIME", help="Its life, like 90s, 15m, 1h30m, 7d, 2w."
)
@click.option(
    "--views", type=click.IntRange(min=1), metavar="N", help="How often it can be opened; once."
)
@click.option("--edit", is_flag=True, help="Write the secret in VISUAL or EDITOR.")
@click.option(
    "--generate",
    is_flag=False,
    flag_value="words",
    type=click.Choice(["words", "characters"]),
    metavar="[KIND]",
    help="Make the secret, or with --passphrase the passphrase, of words or characters.",
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
    file: tuple[Path, ...],
    edit: bool,
    generate: str | None,
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

    A FILE is sent under its own name, several or a folder as a zip. Without FILE, or with -,
    stdin is sent; on a terminal the secret is asked for, and not shown.
    """
    with interrupts.defer():
        from burnbag.cli import chosen, inputs, passphrases, settings

    if resume:
        refuse_options(url, edit, generate, ask, passphrase_file, name, *order.values())
        url, path, sent = go_on(file, region, profile)
        secret, made = chosen.choose_files([path]), None
        order["filename"] = path.name
    else:
        found = settings.find_settings(url, region, profile)
        passphrases.require_reader(generate, as_json)
        new = passphrases.plan(ask, generate, passphrase_file)
        with found.make_client() as burnbag:
            secret = chosen.choose(file, edit, None if ask else generate)
            order["filename"] = name or secret.name
            order["passphrase"] = new.read(stdin_taken=not file or str(file[0]) == "-")
            inputs.refuse_empty_pipe(secret.content, name)
            url, sent = found.url.value or "", send_chosen(burnbag, secret, order)
        made = secret.made or new.made
    filename = order["filename"]
    # Before the link is printed, so that the secret can be revoked even if nobody gets the link.
    record(url, sent, filename, secret.known_size())
    print_sent(sent, made if as_json else None, as_json)
    note_sent(sent, filename, secret.known_size())
    if made and generate and not as_json:
        passphrases.show(made, generate, is_passphrase=ask)
    if qr:
        show_qr_code(sent.link)
    if copy:
        from burnbag.cli import clipboard

        clipboard.copy_to_clipboard(sent.link)


def send_chosen(burnbag: "Burnbag", secret: "Chosen", order: dict[str, Any]) -> Sent:
    """Send it; a large file in a way in which it can be resumed."""
    with interrupts.defer():
        from burnbag.cli import unfinished

    content = secret.content
    resume_file = unfinished.make_file() if isinstance(content, Path) else None
    naming = name_file(content) if isinstance(content, Path) else nullcontext()
    showing = Bar(size=secret.size, before=secret.describe_wait)
    with naming, unfinished.offer_to_resume(resume_file), showing as bar:
        return burnbag.send(content, resume_file=resume_file, progress=bar, **order)


def refuse_options(*values: object) -> None:
    """Raise UsageError if any was given."""
    if any(values):
        raise UsageError("--resume goes on with what was ordered; it takes no other order")


def go_on(
    files: tuple[Path, ...], region: str | None, profile: str | None
) -> tuple[str, Path, Sent]:
    """Go on with the upload of a file, or the only one: its URL, the file, and what was sent."""
    with interrupts.defer():
        from burnbag.cli import settings, unfinished

    if len(files) > 1:
        raise UsageError("--resume goes on with one file; name it, or none")
    resume_file, begun = unfinished.find(files[0] if files else None)
    path = begun.origin.path
    found = settings.find_settings(begun.url, region, profile)
    with (
        found.make_client() as burnbag,
        name_file(path),
        unfinished.offer_to_resume(resume_file),
        Bar(size=begun.origin.size) as bar,
    ):
        return begun.url, path, burnbag.resume(resume_file, progress=bar)


def record(url: str, sent: Sent, name: str | None, size: int | None) -> None:
    """Keep the receipt token in the history, or warn that it could not be kept."""
    from burnbag.cli import history

    try:
        history.record(url, sent, name, size)
    except history.HistoryError as error:
        tty.say(
            f"{error}; so the receipt token is not kept: without it (--json prints it) "
            "the secret can't be revoked and shows no receipt"
        )


def print_sent(sent: Sent, made: str | None, as_json: bool) -> None:
    """Print the link, or JSON with what was made here."""
    from burnbag.cli.formatting import to_dict, to_json

    if as_json:
        printing.print_data(to_json(to_dict(sent) | ({"generated": made} if made else {})))
    else:
        printing.print_lines([sent.link])


def note_sent(sent: Sent, name: str | None, size: int | None) -> None:
    """Say on a terminal what was sealed, until when, and how to ask about it."""
    from burnbag.cli.formatting import format_minute, format_names, format_size, format_views

    what = f"sealed {name}" if name else "sealed"
    if name and size is not None:
        what += f", {format_size(size)}"
    if sent.recipients:
        what += f"; for {format_names(sent.recipients)}"
    tty.note(
        f"{what}; expires {format_minute(sent.expires_at)}, {format_views(sent.max_views)}; "
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
