"""Results as text for people, and as JSON for scripts."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from burnbag_format import base64url

from burnbag.printable import make_printable

Pairs = Iterable[tuple[str, str | None]]


def format_time(time: datetime | int) -> str:
    """A time, aware or in epoch seconds, to the second."""
    time = datetime.fromtimestamp(time, UTC) if isinstance(time, int) else time
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def format_minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def format_size(count: int) -> str:
    """Bytes, in a unit that leaves at most four digits."""
    if count < 10_000:
        return f"{count} byte{'s' * (count != 1)}"
    for power, unit in enumerate(("KiB", "MiB"), start=1):
        if count < 1000 * 1024**power:
            return f"{count / 1024**power:.1f} {unit}"
    return f"{count / 1024**3:.1f} GiB"


def describe_size(stored: int, encrypted: bool, content: int | None) -> str:
    """The content's size where it is known, otherwise that of what is stored, as what it is."""
    if content is not None:
        return format_size(content)
    return format_size(stored) + (" encrypted" if encrypted else "")


def describe_limits(kinds: Sequence[str], most: int | None) -> str:
    """What a request takes. A large file is called a file too."""
    words = ["a text"] * ("text" in kinds) + ["a file"] * bool({"file", "upload"} & {*kinds})
    limit = f", at most {format_size(most)} encrypted" if most else ""
    return f"{' or '.join(words)}{limit}"


def format_views(count: int) -> str:
    return f"{count} view{'s' * (count != 1)}"


def format_names(names: Sequence[str], most: int = 2) -> str:
    """The first few of some names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def align(pairs: Pairs) -> list[str]:
    """Lines of `key  value`; a pair without a value is left out."""
    rows = [(key, value) for key, value in pairs if value is not None]
    width = max(len(key) for key, _ in rows)
    return [f"{key:{width}}  {make_printable(value)}".rstrip() for key, value in rows]


def tabulate(rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table."""
    cells = [[make_printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def to_dict(result: Any) -> dict[str, Any]:
    """A result's fields for JSON: times in epoch seconds, bytes in base64url."""
    return {key: simplify(value) for key, value in dataclasses.asdict(result).items()}


def simplify(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, bytes):
        return base64url.encode(value)
    if isinstance(value, list | tuple):
        return [simplify(item) for item in value]
    if isinstance(value, dict):
        return {key: simplify(item) for key, item in value.items()}
    return value


def to_json(value: Any) -> str:
    return json.dumps(value, indent=2)
