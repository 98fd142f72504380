"""Tables in a file, by SQLite: for one machine; several processes may share it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import orjson

from contracts.tables import EntityKey, TableEntity
from durable import NonRetryable
from durable.errors import TransientError
from durable.worker.threads import Threads

BUSY_SECONDS = 10
# Names of tables are one whatever their case, as the service has it; keys are not.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entities (
    table_name TEXT NOT NULL COLLATE NOCASE,
    partition_key TEXT NOT NULL,
    row_key TEXT NOT NULL,
    properties TEXT NOT NULL,
    PRIMARY KEY (table_name, partition_key, row_key)
) WITHOUT ROWID
"""
_WRITE = "INSERT OR REPLACE INTO entities VALUES (?, ?, ?, ?)"
_READ = "SELECT properties FROM entities WHERE table_name = ? AND partition_key = ? AND row_key = ?"
_DELETE = "DELETE FROM entities WHERE table_name = ? AND partition_key = ? AND row_key = ?"


class EmbeddedTables:
    """Entities in one SQLite file; a write that has returned is on the disk."""

    def __init__(self, path: Path, threads: Threads) -> None:
        self._path = path
        self._threads = threads
        self._prepared = False
        self._preparing = threading.Lock()

    async def write(self, entity: TableEntity) -> None:
        written = entity.model_dump_json(include={"properties"})
        await self._threads.run(self._run, _WRITE, (*_key(entity), written))

    async def read(self, key: EntityKey) -> TableEntity | None:
        row = await self._threads.run(self._run, _READ, _key(key))
        return None if row is None else TableEntity.model_validate({**key.model_dump(), **orjson.loads(row[0])})

    async def delete(self, key: EntityKey) -> None:
        await self._threads.run(self._run, _DELETE, _key(key))

    def _run(self, statement: str, values: tuple[str, ...]) -> tuple[str] | None:
        with _telling(self._path):
            self._prepare()
            with closing(self._connect()) as connection:
                row: tuple[str] | None = connection.execute(statement, values).fetchone()
                return row

    def _prepare(self) -> None:
        # One at a time: who meets the change of the journal's mode is not made to wait, but refused.
        with self._preparing:
            if self._prepared:
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(_SCHEMA)
            self._prepared = True

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        return connection


def _key(key: EntityKey) -> tuple[str, str, str]:
    return key.table, key.partition_key, key.row_key


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:  # It is busy, or the disk is full or gone.
        raise TransientError(f"the tables in {path} did not answer: {error}") from error
    except (sqlite3.Error, OSError) as error:
        raise NonRetryable(f"expected the tables of this worker in {path}; found: {error}") from error
