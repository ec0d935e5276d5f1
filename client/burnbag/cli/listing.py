"""`burnbag list`: what this machine sent or asked for, or what the server knows of it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from burnbag.cli import interrupts, printing, tty
from burnbag.cli.bar import waiting
from burnbag.cli.errors import UsageError
from burnbag.cli.options import json_option, sender_options
from burnbag.results import Receipt

HEADINGS: Final = ("id", "sent", "expires", "kind", "size", "name", "label", "for")
REMOTE_HEADINGS: Final = ("id", "state", "sent", "expires", "kind", "size", "label", "for")
# Lines come page by page, so how wide a column is must be known before.
WIDTHS: Final = (22, 9, 23, 23, 7, 10, 16, 0)
# A request that nobody has answered is no secret, and has no size.
REQUEST: Final = "request"
STATES: Final = ("requested", "sealed", "revealed", "revoked", "locked", "expired")


@click.command("list")
@click.option("--remote", is_flag=True, help="Ask the server for what your AWS credentials sent.")
@click.option(
    "--state", type=click.Choice(STATES), metavar="STATE",
    help="With --remote: only requested, sealed, revealed, revoked, locked or expired.",
)  # fmt: skip
@click.option("--since", metavar="TIME", help="With --remote: sent from then on, like 2h or 7d.")
@click.option("--until", metavar="TIME", help="With --remote: sent up to then.")
@click.option("--label", metavar="PREFIX", help="With --remote: whose label begins so.")
@click.option("--created-by", metavar="WHO", help="With --remote: what it sent; for operators.")
@json_option
@sender_options
def list_(remote: bool, as_json: bool, **given: str | None) -> None:
    """List what was sent, newest first.

    Without --remote: from this machine, and no server is asked.
    """
    if remote:
        return list_remote(as_json, given)
    for name, value in given.items():
        if value is not None:
            raise UsageError(f"--{name.replace('_', '-')} asks the server: use it with --remote")
    list_local(as_json)


def list_local(as_json: bool) -> None:
    with interrupts.defer():
        from burnbag.cli import history
        from burnbag.cli.formatting import (
            describe_size,
            format_names,
            format_time,
            tabulate,
            to_dict,
            to_json,
        )

    found = history.find()
    if as_json:
        printing.print_data(to_json([without_token(to_dict(entry)) for entry in found]))
        return
    if not found:
        tty.tell("nothing was sent from here in the last 90 days")
        return
    rows = [
        (
            entry.id,
            format_time(entry.created_at),
            format_time(entry.expires_at),
            entry.kind,
            "" if entry.kind == REQUEST else describe_size(entry.size, False, entry.content_size),
            entry.filename or "",
            entry.label or "",
            format_names(entry.recipients),
        )
        for entry in found
    ]
    printing.print_lines(tabulate([HEADINGS, *rows]))


def without_token(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry without its receipt token, because a list may be passed around."""
    return {name: value for name, value in entry.items() if name != "receipt_token"}


def list_remote(as_json: bool, given: dict[str, str | None]) -> None:
    """Print what the server knows. Raises UsageError, and as `Burnbag.receipts`."""
    with interrupts.defer():
        from burnbag.cli import asked
        from burnbag.cli.formatting import to_dict, to_json
        from burnbag.cli.settings import find_settings

    since, until = asked.parse_window(given["since"], given["until"], datetime.now(UTC))
    creator = asked.parse_creator(given["created_by"]) if given["created_by"] else None
    settings = find_settings(given["url"], given["region"], given["profile"])
    with settings.make_client() as burnbag, waiting():
        found = burnbag.receipts(
            state=given["state"],
            since=since,
            until=until,
            label=given["label"],
            created_by=creator,
        )
        if as_json:
            printing.print_data(to_json([to_dict(receipt) for receipt in found]))
        else:
            print_receipts(found)


def print_receipts(found: Iterable[Receipt]) -> None:
    """Print a line for each as it comes, for people."""
    with interrupts.defer():
        from burnbag.cli.formatting import format_names, format_size, format_time

    is_first = True
    for receipt in found:
        if is_first:
            printing.print_lines([line_up(REMOTE_HEADINGS)])
        is_first = False
        cells = (
            receipt.id,
            receipt.state,
            format_time(receipt.created_at),
            format_time(receipt.expires_at),
            receipt.kind,
            "" if receipt.kind == REQUEST else format_size(receipt.size),
            receipt.label or "",
            format_names(receipt.recipients) + count_refusals(receipt),
        )
        printing.print_lines([line_up(cells)])
    if is_first:
        tty.tell("the server knows of none")


def count_refusals(receipt: Receipt) -> str:
    """How often somebody else came with the link, if ever."""
    return f" ({receipt.refusals} refused)" if receipt.refusals else ""


def line_up(cells: Sequence[str]) -> str:
    padded = (f"{cell:{width}}" for cell, width in zip(cells, WIDTHS, strict=True))
    return "  ".join(padded).rstrip()
