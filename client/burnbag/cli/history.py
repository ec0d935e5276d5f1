"""What this machine sent: ids and receipt tokens, in a file that only its owner can read.

Nothing in it opens a secret. An entry goes 90 days after the end of its secret, as the receipt.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, field
from typing import Final

from burnbag.cli import places
from burnbag.cli.failures import Failed
from burnbag.results import Sent

KEPT_SECONDS: Final = 90 * 24 * 60 * 60
PATIENCE_SECONDS: Final = 10.0
COLUMNS: Final = "url, id, receipt_token, kind, size, label, created_at, expires_at"
TABLE: Final = """CREATE TABLE IF NOT EXISTS sent (
    url TEXT NOT NULL, id TEXT PRIMARY KEY, receipt_token TEXT NOT NULL, kind TEXT NOT NULL,
    size INTEGER NOT NULL, label TEXT, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
)"""


@dataclass(frozen=True)
class Entry:
    """A secret that was sent; times are epoch seconds."""

    url: str
    id: str
    receipt_token: str = field(repr=False)
    kind: str
    size: int
    label: str | None
    created_at: int
    expires_at: int


class Unrecorded(Failed):
    """The history can't be read or written; says why."""


def record(url: str, sent: Sent) -> None:
    """Keep what is needed to ask for the receipt, or to revoke. Raises Unrecorded."""
    entry = Entry(
        url=url,
        id=sent.id,
        receipt_token=sent.receipt_token,
        kind=sent.kind,
        size=sent.size,
        label=sent.label,
        created_at=int(sent.created_at.timestamp()),
        expires_at=int(sent.expires_at.timestamp()),
    )
    with told(), writable() as connection:
        connection.execute("DELETE FROM sent WHERE expires_at < ?", (time.time() - KEPT_SECONDS,))
        values = astuple(entry)
        marks = ", ".join("?" * len(values))
        connection.execute(f"INSERT OR REPLACE INTO sent ({COLUMNS}) VALUES ({marks})", values)


def entries(prefix: str = "") -> list[Entry]:
    """What was sent, newest first, if its id begins with `prefix`. Raises Unrecorded."""
    # Neither LIKE, where `_` is a wildcard, nor GLOB, which has its own.
    found = f"SELECT {COLUMNS} FROM sent WHERE substr(id, 1, ?) = ?"
    query = f"{found} ORDER BY created_at DESC, rowid DESC"
    with told():
        if not places.history_file().exists():
            return []
        with readable() as connection:
            return [Entry(*row) for row in connection.execute(query, (len(prefix), prefix))]


@contextmanager
def writable() -> Iterator[sqlite3.Connection]:
    """The history in a transaction that waits for others; private from its first moment."""
    places.made_state_folder()
    file = places.history_file()
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(file, PATIENCE_SECONDS, isolation_level=None)) as connection:
        # IMMEDIATE: who reads first and writes later is refused instead of made to wait.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(TABLE)
        yield connection
        connection.execute("COMMIT")


@contextmanager
def readable() -> Iterator[sqlite3.Connection]:
    file = places.history_file()
    # Who was killed while writing left half of it, which only a writer can take back.
    mode = "rw" if os.access(file, os.W_OK) else "ro"
    uri = f"{file.as_uri()}?mode={mode}"
    with closing(sqlite3.connect(uri, PATIENCE_SECONDS, uri=True)) as connection:
        yield connection


@contextmanager
def told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unrecorded(f"the history can't be used: {error.strerror}") from None
    except sqlite3.Error as error:
        raise Unrecorded(f"the history can't be used: {error}") from None
