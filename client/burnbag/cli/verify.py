"""`burnbag verify` and `burnbag keys`: what whoever was given a signed receipt does with it."""

import json
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, Final

import click

from burnbag.cli import interrupts, printing
from burnbag.cli.bar import waiting
from burnbag.cli.errors import UsageError, name_file
from burnbag.cli.options import PATH, json_option, url_option
from burnbag.errors import ConfigurationError, NotVerified
from burnbag.results import SignedReceipt

# No key set is nearly as large.
LARGEST_KEYS: Final = 64 * 1024


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "--keys", "keys_file", type=PATH, metavar="FILE", help="Trust the keys in this file; offline."
)
@json_option
@url_option
def verify(file: Path, keys_file: Path | None, as_json: bool, url: str | None) -> None:
    """Check a signed receipt, and show what it says.

    FILE has what `burnbag receipt --signed` printed; with - it is read from stdin. The keys come
    from your burnbag, or from a file that `burnbag keys` wrote. Where a receipt itself claims to
    come from is shown, and not believed.
    """
    with interrupts.defer():
        from burnbag.cli.formatting import to_dict, to_json
        from burnbag.verifying import LARGEST, verify_receipt

    signed = read(file, LARGEST)
    if signed is None:
        raise NotVerified(f"this is no signed receipt: it has over {LARGEST // 1024} KiB")
    source, trusted = find_keys(keys_file, url)
    try:
        found = verify_receipt(signed.strip(), trusted)
    except ConfigurationError as error:
        raise UsageError(f"{source}: {error}") from None
    if as_json:
        printing.print_data(to_json(to_dict(found)))
    else:
        printing.print_lines(format_verified(found, source))


@click.command()
@url_option
def keys(url: str | None) -> None:
    """Print the keys to check signed receipts with.

    They are those of your burnbag, as a JWK set.

    \b
      burnbag keys > keys.json                  once, from the burnbag that you trust
      burnbag verify FILE --keys keys.json      later, without it
    """
    with interrupts.defer():
        from burnbag.cli.formatting import to_json

    printing.print_data(to_json(ask_for_keys(find_url(url))))


def find_keys(file: Path | None, url: str | None) -> tuple[str, dict[str, Any]]:
    """The keys to check with, and where they come from. Raises UsageError."""
    if file is None:
        base = find_url(url)
        return base, ask_for_keys(base)
    if url is not None:
        raise UsageError("--keys and --url are two places for keys: use one of them")
    return str(file), read_keys(file)


def read_keys(file: Path) -> dict[str, Any]:
    """The JSON object in a file. Raises UsageError if there is none."""
    found: Any = None
    with suppress(ValueError, RecursionError):
        found = json.loads(read(file, LARGEST_KEYS) or "")
    if not isinstance(found, dict):
        raise UsageError(f"{file} is no key set; burnbag keys > FILE makes one")
    return found


def read(file: Path, limit: int) -> str | None:
    """The text in a file, or for `-` that of stdin; None if it has over `limit` bytes."""
    with name_file(file):
        is_stdin = str(file) == "-"
        with nullcontext(sys.stdin.buffer) if is_stdin else file.open("rb") as stream:
            data = stream.read(limit + 1)
    return None if len(data) > limit else data.decode(errors="replace")


def find_url(url: str | None) -> str:
    """The URL of the burnbag that is trusted. Raises UsageError if there is none."""
    with interrupts.defer():
        from burnbag.cli.settings import find_settings

    return find_settings(url, None, None).require_url()


def ask_for_keys(url: str) -> dict[str, Any]:
    with interrupts.defer():
        from burnbag import Burnbag

    with Burnbag(url) as burnbag, waiting():
        return burnbag.receipt_keys()


def format_verified(found: SignedReceipt, source: str) -> list[str]:
    """What was checked, and then the receipt."""
    from burnbag.cli.formatting import align, format_time
    from burnbag.cli.receipts import describe_receipt

    checked = [
        ("signature", "good"),
        ("keys", source),
        ("key", found.key_id),
        ("signed", format_time(found.signed_at)),
        ("issuer", f"{found.issuer} (as it says itself)"),
    ]
    return align([*checked, *describe_receipt(found.receipt)])
