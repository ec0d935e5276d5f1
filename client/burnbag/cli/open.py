"""`burnbag open`."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from burnbag.cli import options
from burnbag.cli.failures import Failed, Usage
from burnbag.links import Link
from burnbag.results import Opened, Peek

if TYPE_CHECKING:
    from burnbag import Burnbag
    from burnbag.cli.target import Target


@click.command("open")
@click.argument("link", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE",
    help="Write to this file, into this folder, or with - to stdout.",
)
@click.option("-f", "--force", is_flag=True, help="Overwrite the file.")
@click.option(
    "-y",
    "--yes",
    is_flag=True,
    help="Do not ask before a view is used, nor mind if a broken try can't be repeated.",
)
@options.passphrase_file
@options.as_json
def open_(
    link: str | None,
    output: str | None,
    force: bool,
    yes: bool,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Open a secret. Uses one view.

    Without LINK it is asked for, or read from stdin. What was cut short is fetched again by the
    same command, within two minutes of the view.
    """
    from burnbag import Burnbag
    from burnbag.cli import given, telling
    from burnbag.cli.target import target

    parsed = given.link(link)
    passphrase = given.passphrase_from(passphrase_file, stdin_taken=link in (None, "-"))
    with Burnbag() as burnbag, target(output, force, as_json) as where:
        key = key_for(parsed, yes)
        seen = looked_at(burnbag, parsed)
        if seen:
            agreed(seen, where, yes)
        opened = revealed(burnbag, parsed, where, passphrase, seen, force, key, as_json)
    if opened.path and not as_json:
        telling.noted(opened)


def key_for(link: Link, yes: bool) -> str | None:
    """The idempotency key; None, with `yes`, where this machine could not make it again."""
    from burnbag.cli import machine

    try:
        return machine.idempotency_key(link)
    except Failed:
        if yes:
            return None
        raise


def looked_at(burnbag: "Burnbag", link: Link) -> Peek | None:
    """What there is to open; None if its views are used up, perhaps by an earlier try of ours."""
    from burnbag import Gone

    try:
        return burnbag.peek(link)
    except Gone as gone:
        if gone.state != "revealed":
            raise
        return None


def agreed(seen: Peek, where: "Target", yes: bool) -> None:
    """Raise unless the secret may be opened. Nothing has been consumed."""
    from burnbag.cli import terminal

    if where.shown and seen.kind != "text":
        raise Usage(
            "this is a file: use -o FILE, -o . to save it under its own name, or -o - to show it"
        )
    if yes or not terminal.interactive():
        return
    if not terminal.confirmed(f"Open it? This uses 1 of {seen.views_left} views."):
        raise Failed("not opened; no view was used")


def revealed(
    burnbag: "Burnbag",
    link: Link,
    where: "Target",
    passphrase: str | None,
    seen: Peek | None,
    force: bool,
    key: str | None,
    as_json: bool,
) -> Opened:
    """The opened secret, asking for its passphrase as long as there is somebody to ask.

    Raises as `Burnbag.open`.
    """
    from burnbag import PassphraseError, PassphraseWrong
    from burnbag.cli import telling, terminal
    from burnbag.cli.again import advised
    from burnbag.cli.bar import Bar

    asks = passphrase is None and terminal.can_ask()
    if asks and seen and seen.passphrase:
        passphrase = terminal.ask("Passphrase: ") or None
    given_up = asks and seen is not None and seen.passphrase and passphrase is None
    while True:
        try:
            with advised(where.name, key is not None), closing(Bar()) as bar:
                return burnbag.open(
                    link,
                    where.to,
                    passphrase=passphrase,
                    idempotency_key=key,
                    overwrite=force,
                    progress=bar,
                    received=telling.printed if as_json else telling.nothing,
                )
        except PassphraseError as error:
            if not asks or given_up or not error.attempts_left:
                raise
            if isinstance(error, PassphraseWrong):
                terminal.say(str(error))
            passphrase = terminal.ask("Passphrase: ")
            if not passphrase:
                raise
