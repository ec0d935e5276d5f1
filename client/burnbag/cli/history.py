"""What this machine sent or asked for: ids, receipt tokens and files' names, in a file that only
its owner can read.

Nothing in it opens a secret. An entry is kept until 90 days after its secret's expiry.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, field, replace
from typing import Any, Final, Self

from burnbag.cli import paths
from burnbag.cli.errors import CommandError
from burnbag.results import Request, Sent

KEPT_SECONDS: Final = 90 * 24 * 60 * 60
PATIENCE_SECONDS: Final = 10.0
COLUMNS: Final = (
    "url, id, receipt_token, kind, size, label, created_at, expires_at, filename, content_size, "
    "recipients"
)
TABLE: Final = """CREATE TABLE IF NOT EXISTS sent (
    url TEXT NOT NULL, id TEXT PRIMARY KEY, receipt_token TEXT NOT NULL, kind TEXT NOT NULL,
    size INTEGER NOT NULL, label TEXT, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
)"""
# What a history of an earlier version does not have yet.
ADDED: Final = {"filename": "TEXT", "content_size": "INTEGER", "recipients": "TEXT"}


@dataclass(frozen=True)
class Entry:
    """A secret that was sent; times are epoch seconds.

    `size` is that of what is stored, encrypted and padded; `content_size` that of what was sent.
    """

    url: str
    id: str
    receipt_token: str = field(repr=False)
    kind: str
    size: int
    label: str | None
    created_at: int
    expires_at: int
    filename: str | None = None
    content_size: int | None = None
    recipients: tuple[str, ...] = ()

    @classmethod
    def of_row(cls, *row: Any) -> Self:
        """An entry as the table has it: the recipients, in which there is no space, in one text."""
        return replace(cls(*row), recipients=tuple((row[-1] or "").split()))

    def as_row(self) -> tuple[Any, ...]:
        return (*astuple(self)[:-1], " ".join(self.recipients) or None)


class HistoryError(CommandError):
    """The history can't be read or written; the text says why."""


def record(
    url: str, sent: Sent, filename: str | None = None, content_size: int | None = None
) -> None:
    """Keep what is needed for the receipt and to revoke. Raises HistoryError."""
    entry = Entry(
        url=url,
        id=sent.id,
        receipt_token=sent.receipt_token,
        kind=sent.kind,
        size=sent.size,
        label=sent.label,
        created_at=int(sent.created_at.timestamp()),
        expires_at=int(sent.expires_at.timestamp()),
        filename=filename,
        content_size=content_size,
        recipients=sent.recipients,
    )
    add(entry)


def record_request(url: str, asked: Request) -> None:
    """The same of a request, whose private key is elsewhere. Raises HistoryError."""
    entry = Entry(
        url=url,
        id=asked.id,
        receipt_token=asked.receipt_token,
        kind="request",
        size=0,
        label=asked.label,
        created_at=int(asked.created_at.timestamp()),
        # An answer lives as long again.
        expires_at=int(asked.expires_at.timestamp()) + asked.ttl,
    )
    add(entry)


def add(entry: Entry) -> None:
    with explain_errors(), open_for_writing() as connection:
        connection.execute("DELETE FROM sent WHERE expires_at < ?", (time.time() - KEPT_SECONDS,))
        values = entry.as_row()
        marks = ", ".join("?" * len(values))
        connection.execute(f"INSERT OR REPLACE INTO sent ({COLUMNS}) VALUES ({marks})", values)


def find(prefix: str = "") -> list[Entry]:
    """The entries whose ids begin with `prefix`, newest first. Raises HistoryError."""
    with explain_errors():
        if not paths.history_file().exists():
            return []
        with open_for_reading() as connection:
            return [Entry.of_row(*row) for row in select(connection, prefix)]


def select(connection: sqlite3.Connection, prefix: str) -> Iterable[tuple[Any, ...]]:
    """The rows whose ids begin so; a column that an earlier version did not have is empty."""
    known = {row[1] for row in connection.execute("PRAGMA table_info(sent)")}
    if not known:  # The first one to write is about to begin, or was killed there.
        return ()
    names = (name if name in known or name not in ADDED else "NULL" for name in COLUMNS.split(", "))
    # Not LIKE, where `_` is a wildcard, nor GLOB, which has its own.
    matching = f"SELECT {', '.join(names)} FROM sent WHERE substr(id, 1, ?) = ?"  # nosec B608
    query = f"{matching} ORDER BY created_at DESC, rowid DESC"
    return connection.execute(query, (len(prefix), prefix))


@contextmanager
def open_for_writing() -> Iterator[sqlite3.Connection]:
    """The history in a transaction that waits for other writers; private from the first moment."""
    paths.make_state_folder()
    file = paths.history_file()
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(file, PATIENCE_SECONDS, isolation_level=None)) as connection:
        # IMMEDIATE, because a transaction that reads first and then writes is refused, not queued.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(TABLE)
        add_columns(connection)
        yield connection
        connection.execute("COMMIT")


def add_columns(connection: sqlite3.Connection) -> None:
    """Bring the table of an earlier version up to this one; that version can still use it."""
    known = {row[1] for row in connection.execute("PRAGMA table_info(sent)")}
    for name, kind in ADDED.items():
        if name not in known:
            connection.execute(f"ALTER TABLE sent ADD COLUMN {name} {kind}")


@contextmanager
def open_for_reading() -> Iterator[sqlite3.Connection]:
    file = paths.history_file()
    # A killed writer leaves a hot journal, which only a connection that may write can roll back.
    mode = "rw" if os.access(file, os.W_OK) else "ro"
    uri = f"{file.as_uri()}?mode={mode}"
    with closing(sqlite3.connect(uri, PATIENCE_SECONDS, uri=True)) as connection:
        yield connection


@contextmanager
def explain_errors() -> Iterator[None]:
    """Turn errors of the system and of SQLite into a HistoryError."""
    try:
        yield
    except OSError as error:
        raise HistoryError(f"the history can't be used: {error.strerror}") from None
    except sqlite3.Error as error:
        raise HistoryError(f"the history can't be used: {error}") from None
