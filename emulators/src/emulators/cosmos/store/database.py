"""The SQLite file: opening it, and its one open transaction.

1. Everything runs on one connection in one thread, so a request sees all writes of the requests before it.
2. Writes of several requests share a transaction; nobody is answered before `commit`.
3. What was answered is on the disk: a commit is forced there before anybody is told. That costs about 0.1 ms of CPU
   for a request that comes alone and little where several share a commit, and makes figures measured here comparable.
4. The file belongs to one process at a time, which spares every commit the locks.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

SqlValue: TypeAlias = "str | int | float | bytes | None"
Row: TypeAlias = "tuple[Any, ...]"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS databases (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS containers (
    number INTEGER PRIMARY KEY AUTOINCREMENT, database INTEGER NOT NULL, name TEXT NOT NULL, properties BLOB NOT NULL,
    sequence INTEGER NOT NULL, UNIQUE (database, name));
CREATE TABLE IF NOT EXISTS database_offers (number INTEGER PRIMARY KEY, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS unique_keys (
    container INTEGER, pk TEXT, policy INTEGER, value TEXT, id TEXT NOT NULL,
    PRIMARY KEY (container, pk, policy, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unique_keys_by_id ON unique_keys (container, pk, id);
"""


class WriteError(Exception):
    """A write failed, perhaps half way: the open transaction is good for nothing but a rollback."""


class Database:
    """A connection; without a path the data lives in memory and dies with it."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512, timeout=1
        )
        try:
            self._connection.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-65536;" + _SCHEMA
            )
        except sqlite3.Error as error:
            self._connection.close()
            raise OSError(f"The store {path} can't be opened ({error}): is another endpoint using it?") from error

    @property
    def has_uncommitted(self) -> bool:
        """Are there writes that a loss of the process would undo?"""
        return self._connection.in_transaction

    @property
    def changes(self) -> int:
        """A number that grows with every change; as long as it stays the same, so do all answers."""
        return self._connection.total_changes

    def read(self, sql: str, parameters: Sequence[SqlValue] = ()) -> sqlite3.Cursor:
        """Run a SELECT."""
        return self._connection.execute(sql, parameters)

    def write(self, sql: str, parameters: Sequence[SqlValue] = ()) -> sqlite3.Cursor:
        """Run a statement that changes something, within the open transaction."""
        try:
            self._open()
            return self._connection.execute(sql, parameters)
        except sqlite3.Error as error:
            raise WriteError(str(error)) from error

    def write_many(self, sql: str, rows: Iterable[Sequence[SqlValue]]) -> None:
        """Run a statement once for each row, within the open transaction."""
        try:
            self._open()
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise WriteError(str(error)) from error

    def commit(self) -> None:
        """Make everything written so far durable."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Forget everything written since the last commit."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def copy(self) -> "Database":
        """Everything as it is now, in memory."""
        found = Database(None)
        self._connection.backup(found._connection)
        return found

    def close(self) -> None:
        """Commit and close; the log is folded into the file."""
        self.commit()
        self._connection.close()

    def _open(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
