"""`burnbag request`: ask for a secret, and keep the key to the answer."""

from typing import TYPE_CHECKING, Final

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import waiting
from burnbag.cli.errors import CommandError, UsageError
from burnbag.cli.options import CommandGroup, json_option, sender_options
from burnbag.cli.requested import list_, open_, revoke
from burnbag.cli.send import parse_ttl, show_qr_code
from burnbag.results import Request

if TYPE_CHECKING:
    from burnbag import Burnbag

# What the option says, and what it stands for in the API: a large file goes as an upload.
KINDS: Final = {"text": ("text",), "file": ("file", "upload")}


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
                label,
                ttl=ttl,
                kinds=asked_kinds,
                max_bytes=None if size is None else size_when_sent(size),
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


def size_when_sent(size: int) -> int:
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


for command in (list_, open_, revoke):
    request.add_command(command)
