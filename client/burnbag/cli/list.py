"""`burnbag list`."""

from typing import Any

import click

from burnbag.cli import options

HEADINGS = ("id", "sent", "expires", "kind", "size", "label")


@click.command("list")
@options.as_json
def list_(as_json: bool) -> None:
    """List what this machine sent, newest first. Asks no server."""
    from burnbag.cli import history, terminal, words

    found = history.entries()
    if as_json:
        click.echo(words.as_json([public(words.result(entry)) for entry in found]))
        return
    if not found:
        terminal.show("nothing was sent from here in the last 90 days")
        return
    rows = [
        (
            entry.id,
            words.moment(entry.created_at),
            words.moment(entry.expires_at),
            entry.kind,
            words.size(entry.size),
            entry.label or "",
        )
        for entry in found
    ]
    click.echo(words.table([HEADINGS, *rows]))


def public(entry: dict[str, Any]) -> dict[str, Any]:
    """Without the receipt token: a list may be shown around."""
    return {name: value for name, value in entry.items() if name != "receipt_token"}
