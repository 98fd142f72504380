"""The documents of one container: a table of its own, with the index policy as real SQLite indices.

1. The rowid is the sequence number of the write, which is the order of the change feed.
2. Included paths of a policy that excludes the rest become columns `x0`, `x1` ... ; each has an index that carries the
   other columns too, so that filters and sorts over them read no documents.
3. Columns hold values so that SQLite sorts them as the service does: see `sort_value`.
"""

from collections.abc import Iterable, Sequence
from sqlite3 import Cursor
from typing import NamedTuple

from emulators.cosmos.documents import Item
from emulators.cosmos.indexing import MISSING, IndexPolicy, pick_leaf
from emulators.cosmos.jsonvalue import JsonObject, decode_stored
from emulators.cosmos.store.database import Database, SqlValue

NULL_RANK, FALSE_RANK, TRUE_RANK = -1.79e308, -1.78e308, -1.77e308
NUMBERS_FROM = -1.7e308
"""Every number that is a number: below lie the ranks of null and the booleans."""

_ITEM = "seq, creation, ts, expires, body"


class Row(NamedTuple):
    """What is written for one document; `columns` follow the table's indexed paths."""

    key: str
    id: str
    position: int
    item: Item
    columns: tuple[SqlValue, ...]


def sort_value(value: object) -> SqlValue:
    """Encode a scalar so that undefined < null < false < true < numbers < text, in SQLite's own order."""
    match value:
        case None:
            return NULL_RANK
        case bool():
            return TRUE_RANK if value else FALSE_RANK
        case int():
            return value if -(2**63) <= value < 2**63 else float(value)
        case str() | float():
            return value
        case _:
            return None


class ItemTable:
    """The table of one container."""

    def __init__(self, database: Database, number: int, policy: IndexPolicy) -> None:
        self._database = database
        self.name = f"docs_{number}"
        self.paths = policy.columns or ()
        names = [f"x{at}" for at in range(len(self.paths))]
        self._insert = (
            f"INSERT OR REPLACE INTO {self.name} ({', '.join(['pk, id, pos', _ITEM, *names])})"
            f" VALUES (?, ?, ?, ?, ?, ?, ?, ?{', ?' * len(names)})"
        )
        self._select = f"SELECT {_ITEM} FROM {self.name} WHERE pk = ? AND id = ?"

    def create(self) -> None:
        """Create the table and its indices."""
        names = [f"x{at}" for at in range(len(self.paths))]
        declared = "".join(f"{name}, " for name in names)
        self._database.write(
            f"CREATE TABLE {self.name} (seq INTEGER PRIMARY KEY, pk TEXT NOT NULL, id TEXT NOT NULL,"
            f" pos INTEGER NOT NULL, creation INTEGER NOT NULL, ts INTEGER NOT NULL, expires INTEGER, {declared}"
            " body BLOB NOT NULL, UNIQUE (pk, id))"
        )
        self._database.write(f"CREATE INDEX {self.name}_expires ON {self.name} (expires) WHERE expires IS NOT NULL")
        self.create_indices()

    def create_indices(self) -> None:
        """Create the indices of the included paths."""
        names = [f"x{at}" for at in range(len(self.paths))]
        for name in names:
            others = (other for other in names if other != name)
            columns = ", ".join([name, "pk", "creation", *others, "pos", "expires"])
            self._database.write(f"CREATE INDEX {self.name}_{name} ON {self.name} ({columns}) WHERE {name} IS NOT NULL")

    def rebuild(self) -> None:
        """Fill a fresh table from the present one, after the indexed paths have changed."""
        old = f"{self.name}_old"
        for (index,) in self._database.read(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (self.name,)
        ).fetchall():
            self._database.write(f"DROP INDEX {index}")
        self._database.write(f"ALTER TABLE {self.name} RENAME TO {old}")
        self.create()
        for key, name, position, *item in self._database.read(f"SELECT pk, id, pos, {_ITEM} FROM {old}"):
            stored = Item._make(item)
            self.write([Row(key, name, position, stored, self.columns_of(decode_stored(stored.body)))])
        self._database.write(f"DROP TABLE {old}")

    def drop(self) -> None:
        """Drop the table with all documents."""
        self._database.write(f"DROP TABLE {self.name}")

    def last_sequence(self) -> int:
        """Return the highest sequence number in use, 0 for none."""
        return int(self._database.read(f"SELECT coalesce(max(seq), 0) FROM {self.name}").fetchone()[0])

    def select(self, sql: str, parameters: Sequence[SqlValue]) -> Cursor:
        """Run a query on the table `name`."""
        return self._database.read(sql, parameters)

    def name_of(self, creation: int) -> str | None:
        """Return the id of the document with this creation number, which takes a scan."""
        row = self._database.read(f"SELECT id FROM {self.name} WHERE creation = ?", (creation,)).fetchone()
        return row[0] if row else None

    def find(self, key: str, name: str) -> Item | None:
        """Return a document, also an expired one."""
        row = self._database.read(self._select, (key, name)).fetchone()
        return Item._make(row) if row else None

    def find_all(self, key: str, names: Sequence[str]) -> dict[str, Item]:
        """Return those of the named documents that exist, also expired ones."""
        sql = f"SELECT id, {_ITEM} FROM {self.name} WHERE pk = ? AND id IN ({', '.join('?' * len(names))})"
        return {row[0]: Item._make(row[1:]) for row in self._database.read(sql, (key, *names))}

    def columns_of(self, document: JsonObject) -> tuple[SqlValue, ...]:
        """Return the values of the indexed columns."""
        return tuple([sort_value(_scalar(document, path)) for path in self.paths])

    def write(self, rows: Iterable[Row]) -> None:
        """Store documents, replacing those of the same key and id."""
        self._database.write_many(self._insert, [(r.key, r.id, r.position, *r.item, *r.columns) for r in rows])

    def delete(self, key: str, names: Iterable[str]) -> None:
        """Delete documents by id."""
        self._database.write_many(f"DELETE FROM {self.name} WHERE pk = ? AND id = ?", [(key, name) for name in names])

    def delete_partition(self, key: str) -> None:
        """Delete all documents of one logical partition."""
        self._database.write(f"DELETE FROM {self.name} WHERE pk = ?", (key,))

    def delete_expired(self, now: int) -> list[tuple[str, str]]:
        """Delete the documents whose time to live is over; return their partition keys and ids."""
        found: list[tuple[str, str]] = self._database.read(
            f"SELECT pk, id FROM {self.name} WHERE expires <= ?", (now,)
        ).fetchall()
        if found:
            self._database.write_many(f"DELETE FROM {self.name} WHERE pk = ? AND id = ?", found)
        return found

    def expire_by(self, default: int | None) -> None:
        """Set every document's end anew, after the container's default time to live has changed."""
        if default is None:
            self._database.write(f"UPDATE {self.name} SET expires = NULL WHERE expires IS NOT NULL")
            return
        own = "coalesce(json_extract(CAST(body AS TEXT), '$.ttl'), ?1)"
        self._database.write(
            f"UPDATE {self.name} SET expires = CASE {own} WHEN -1 THEN NULL ELSE ts + {own} END", (default,)
        )


def _scalar(document: JsonObject, path: tuple[str, ...]) -> object:
    if len(path) == 1:
        return document.get(path[0], MISSING)
    return pick_leaf(document, path)
