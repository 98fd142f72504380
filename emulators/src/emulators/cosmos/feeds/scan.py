"""Reading a container's rows in an order that can be resumed.

1. The order always ends in something unique that a document keeps when it is replaced, so a scan that changes what it
   reads comes to an end.
2. Expired documents are never seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from emulators.cosmos.catalog import Container
from emulators.cosmos.feeds.continuation import invalid_token, is_scalar
from emulators.cosmos.feeds.scope import Scope
from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.store.database import SqlValue

_COLUMNS = "d.seq, d.creation, d.pk, d.body"


class Found(NamedTuple):
    """One row: its body, and its position in the order of the scan."""

    sequence: int
    creation: int
    key: str
    body: bytes
    position: tuple[JsonValue, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Columns to sort by, all in one direction."""

    columns: tuple[str, ...]
    descending: bool = False

    @property
    def clause(self) -> str:
        """Return it for ORDER BY."""
        direction = " DESC" if self.descending else ""
        return ", ".join(f"{column}{direction}" for column in self.columns)

    def after(self, position: tuple[JsonValue, ...]) -> tuple[str, list[SqlValue]]:
        """Return the condition for the rows behind a position; an undefined value sorts below all others."""
        if len(position) != len(self.columns) or not all(map(is_scalar, position)):
            raise invalid_token()
        first, *rest = self.columns
        value, *others = position
        assert not isinstance(value, dict | list)
        sign = "<" if self.descending else ">"
        tied = f"({', '.join(rest)}) {sign} ({', '.join('?' * len(rest))})" if rest else "0"
        values: list[SqlValue] = [other for other in others if not isinstance(other, dict | list)]
        if value is None:
            above = "0" if self.descending else f"{first} IS NOT NULL"
            return f"(({first} IS NULL AND {tied}) OR {above})", values
        below = f" OR {first} IS NULL" if self.descending else ""
        return f"({first} {sign} ? OR ({first} = ? AND {tied}){below})", [value, value, *values]


@dataclass(frozen=True, slots=True)
class Scan:
    """What to read: a scope, conditions on top of it, and the order."""

    container: Container
    scope: Scope
    conditions: tuple[str, ...]
    parameters: tuple[SqlValue, ...]
    order: Order
    now: int

    def count(self) -> int:
        """Return how many rows there are."""
        if self.scope.epk is not None:
            return sum(1 for _ in self.rows(None, None))
        where, values = self._where(None)
        sql = f"SELECT count(*) FROM {self.container.items.name} d WHERE {where}"
        return int(self.container.items.select(sql, values).fetchone()[0])

    def rows(self, after: tuple[JsonValue, ...] | None, limit: int | None) -> Iterator[Found]:
        """Yield the rows behind a position; a limit lets SQLite sort without touching the documents.

        Where rows are left out after SQLite (`Scope.holds`), it must not be SQLite that counts them.
        """
        if self.scope.epk is not None:
            rows = (row for row in self._selected(after, None) if self.scope.holds(self.container, row.key))
            return islice(rows, limit)
        return self._selected(after, limit)

    def _selected(self, after: tuple[JsonValue, ...] | None, limit: int | None) -> Iterator[Found]:
        where, values = self._where(after)
        table = self.container.items.name
        keys = ", ".join(self.order.columns)
        if limit is None:
            sql = f"SELECT {_COLUMNS}, {keys} FROM {table} d WHERE {where} ORDER BY {self.order.clause}"
        else:
            names = [f"k{at}" for at in range(len(self.order.columns))]
            inner = ", ".join(f"{column} AS {name}" for column, name in zip(self.order.columns, names, strict=True))
            outer = Order(tuple(f"k.{name}" for name in names), self.order.descending)
            sql = (
                f"SELECT {_COLUMNS}, {', '.join(outer.columns)} FROM (SELECT seq AS s, {inner} FROM {table} d "
                f"WHERE {where} ORDER BY {self.order.clause} LIMIT {limit}) k JOIN {table} d ON d.seq = k.s "
                f"ORDER BY {outer.clause}"
            )
        for sequence, creation, key, body, *position in self.container.items.select(sql, values):
            yield Found(sequence, creation, key, body, tuple(position))

    def _where(self, after: tuple[JsonValue, ...] | None) -> tuple[str, list[SqlValue]]:
        conditions, values = self.scope.conditions()
        conditions += self.conditions
        values += self.parameters
        if after is not None:
            condition, behind = self.order.after(after)
            conditions.append(condition)
            values += behind
        conditions.append("(expires IS NULL OR expires > ?)")
        return " AND ".join(conditions), [*values, self.now]
