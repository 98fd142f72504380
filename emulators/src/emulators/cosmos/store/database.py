"""The SQLite file with a redo log before it (docs/adr/0045).

1. Everything runs on one connection in one thread, so a request sees all writes of the requests before it.
2. `commit` forces the statements since the last one to the disk, as one record; nobody is answered before it returns.
3. SQLite's own transaction stays open until the log is full: its pages are written once for thousands of requests.
   A start after a crash finds the state of the last one, and does the statements of the log again.
4. The file belongs to one process at a time, which spares every transaction the locks.
"""

import pickle
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from emulators.redo import plain
from emulators.redo.log import RedoLog, RedoLogError

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
CREATE TABLE IF NOT EXISTS redo (one INTEGER PRIMARY KEY CHECK (one = 1), retired INTEGER NOT NULL);
INSERT OR IGNORE INTO redo VALUES (1, 0);
"""
_LOG_BYTES = 8 << 20


class WriteError(Exception):
    """A write failed, perhaps half way: the open transaction is good for nothing but a rollback."""


class Database:
    """A connection; without a path the data lives in memory and dies with it."""

    def __init__(self, path: Path | None, *, log_bytes: int = _LOG_BYTES) -> None:
        """Open or make the files and repair what a crash left behind; raises `OSError`."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._unlogged: list[tuple[str, list[Sequence[SqlValue]]]] = []
        self._log: RedoLog | None = None
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512, timeout=1
        )
        try:
            self._connection.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-65536;" + _SCHEMA
            )
            if path is not None:
                self._log = self._recovered(path, log_bytes)
        except (RedoLogError, pickle.UnpicklingError) as error:
            self._connection.close()
            raise OSError(f"The store {path} can't be opened: {error}.") from error
        except sqlite3.Error as error:
            self._connection.close()
            raise OSError(f"The store {path} can't be opened ({error}): is another endpoint using it?") from error

    @property
    def has_uncommitted(self) -> bool:
        """Are there writes that a loss of the process would undo?"""
        return bool(self._unlogged)

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
            cursor = self._connection.execute(sql, parameters)
        except sqlite3.Error as error:
            raise WriteError(str(error)) from error
        self._unlogged.append((sql, [parameters]))
        return cursor

    def write_many(self, sql: str, rows: Iterable[Sequence[SqlValue]]) -> None:
        """Run a statement once for each row, within the open transaction."""
        written = list(rows)
        try:
            self._open()
            self._connection.executemany(sql, written)
        except sqlite3.Error as error:
            raise WriteError(str(error)) from error
        self._unlogged.append((sql, written))

    def commit(self) -> None:
        """Make everything written so far durable; raises `OSError` or `sqlite3.Error`, and then nothing may follow."""
        if self._log is None:
            self._end()
        elif self._unlogged:
            self._log.append(plain.dump(self._unlogged))
            if self._log.is_full:
                self._retire(self._log)
        self._unlogged.clear()

    def rollback(self) -> None:
        """Forget everything that is not durable. What is durable is seen again by the next one that opens the files."""
        self._unlogged.clear()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        if self._log is not None:
            self._log.close()
            self._log = None

    def copy(self) -> "Database":
        """Everything as it is now, in memory."""
        self.commit()
        if self._log is not None:
            self._retire(self._log)  # SQLite waits for the end of a transaction before it copies, even for its own.
        found = Database(None)
        self._connection.backup(found._connection)
        return found

    def close(self) -> None:
        """Commit and close; the log is folded into the file."""
        try:
            self.commit()
            if self._log is not None:
                self._retire(self._log)
        except (OSError, ValueError):
            self.rollback()
        self._connection.close()
        if self._log is not None:
            self._log.remove()

    def _open(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")

    def _retire(self, log: RedoLog) -> None:
        """End SQLite's transaction, with the number of the last record that is in it; the log begins anew."""
        self._open()
        self._connection.execute("UPDATE redo SET retired = ?", (log.last,))
        self._end()
        log.restart()

    def _end(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def _recovered(self, path: Path, log_bytes: int) -> RedoLog:
        (retired,) = self._connection.execute("SELECT retired FROM redo").fetchone()
        log = RedoLog(path.parent, path.stem, retired=retired, file_bytes=log_bytes)
        try:
            self._open()
            for payload in log.recovered:
                for sql, rows in plain.load(payload):
                    self._connection.executemany(sql, rows)
            self._retire(log)
        except BaseException:
            log.close()
            raise
        log.recovered.clear()
        return log
