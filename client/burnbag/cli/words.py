"""Results in words for people, and in JSON for scripts."""

import dataclasses
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

Pairs = Iterable[tuple[str, str | None]]


def moment(time: datetime | int) -> str:
    """A time, aware or in epoch seconds, to the second."""
    time = datetime.fromtimestamp(time, UTC) if isinstance(time, int) else time
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"


def size(count: int) -> str:
    """Bytes, in a unit that leaves at most four digits."""
    if count < 10_000:
        return f"{count} byte{'s' * (count != 1)}"
    for power, unit in enumerate(("KiB", "MiB"), start=1):
        if count < 1000 * 1024**power:
            return f"{count / 1024**power:.1f} {unit}"
    return f"{count / 1024**3:.1f} GiB"


def views(count: int) -> str:
    return f"{count} view{'s' * (count != 1)}"


def printable(text: str) -> str:
    """Somebody else's words, without what would command a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def aligned(pairs: Pairs) -> str:
    """Lines of `key  value`; a pair without a value is left out."""
    shown = [(key, value) for key, value in pairs if value is not None]
    width = max(len(key) for key, _ in shown)
    return "\n".join(f"{key:{width}}  {printable(value)}".rstrip() for key, value in shown)


def table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, map(printable, column))) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            f"{printable(cell):{width}}" for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def result(value: Any) -> dict[str, Any]:
    """A result's fields as JSON has them: times in epoch seconds."""
    return {key: plain(found) for key, found in dataclasses.asdict(value).items()}


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return {key: plain(item) for key, item in value.items()} if isinstance(value, dict) else value


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2)
