"""`burnbag send`."""

import re
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, Final

import click

from burnbag.cli import options
from burnbag.cli.failures import Usage, naming
from burnbag.results import Sent

DURATION: Final = re.compile(r"[0-9]{1,9}[smhd]?", re.ASCII)


def duration(context: click.Context, param: click.Parameter, value: str | None) -> int | str | None:
    """Seconds, or a number with a unit."""
    if value is not None and not DURATION.fullmatch(value):
        raise Usage("--ttl is in seconds, or like 90s, 15m, 2h, 7d")
    return int(value) if value and value.isdecimal() else value


@click.command()
@click.argument("file", required=False, type=options.PATH)
@click.option("--ttl", callback=duration, metavar="TIME", help="Its life, like 90s, 15m, 2h, 7d.")
@click.option(
    "--views", type=click.IntRange(min=1), metavar="N", help="How often it can be opened; once."
)
@click.option("--passphrase", "asks", is_flag=True, help="Ask for a passphrase, twice.")
@options.passphrase_file
@click.option("--label", metavar="TEXT", help="A word for the receipt. It is not encrypted.")
@click.option("--name", metavar="NAME", help="Send it as a file of this name.")
@click.option(
    "--server-side", is_flag=True, help="Encrypt on the server: any HTTP client can open it."
)
@options.as_json
@click.option("--qr", is_flag=True, help="Show the link as a QR code too, on stderr.")
@click.option("--copy", is_flag=True, help="Copy the link to the clipboard too.")
@options.senders
def send(
    file: Path | None,
    asks: bool,
    passphrase_file: Path | None,
    name: str | None,
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
    from burnbag.cli import given, settings
    from burnbag.cli.bar import Bar
    from burnbag.cli.source import refuse_empty_stdin, source

    found = settings.find(url, region, profile)
    with found.client() as burnbag:
        content = source(file)
        taken = file is None or str(file) == "-"
        passphrase = given.new_passphrase(asks, passphrase_file, stdin_taken=taken)
        refuse_empty_stdin(content, name)
        named = naming(content) if isinstance(content, Path) else nullcontext()
        with named, closing(Bar()) as bar:
            sent = burnbag.send(
                content, passphrase=passphrase, filename=name, progress=bar, **order
            )
    recorded(found.url.value or "", sent)
    told(sent, as_json)
    shown(sent.link, qr, copy)


def told(sent: Sent, as_json: bool) -> None:
    from burnbag.cli import terminal, words

    click.echo(words.as_json(words.result(sent)) if as_json else sent.link)
    terminal.note(
        f"sealed; expires {words.minute(sent.expires_at)}, {words.views(sent.max_views)}; "
        f"burnbag receipt {sent.id}"
    )


def recorded(url: str, sent: Sent) -> None:
    """Keep the receipt token before the link is printed, so also where nobody takes the link."""
    from burnbag.cli import history, terminal

    try:
        history.record(url, sent)
    except history.Unrecorded as error:
        terminal.say(
            f"{error}; so the receipt token is not kept: without it (--json prints it) "
            "the secret can't be revoked and shows no receipt"
        )


def shown(link: str, as_qr: bool, copied: bool) -> None:
    """Show the link in the other ways that were asked for. Raises Failed."""
    if as_qr:
        from burnbag.cli import qr

        qr.show(link)
    if copied:
        from burnbag.cli import clipboard

        clipboard.copy(link)
