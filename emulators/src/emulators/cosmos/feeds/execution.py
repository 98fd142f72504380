"""How a query within one scope is run: which index it uses, what is left to evaluate, and who sorts.

1. A bounded id beats the indexed columns, and they beat the partition key: that is the order of selectivity here.
2. Sorting needs an index, as on the service: an excluded path, or several without a composite index, are refused.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from emulators.cosmos.catalog import Container
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.feeds.continuation import invalid_token, number_in
from emulators.cosmos.feeds.scan import Found, Order, Scan
from emulators.cosmos.feeds.scope import Scope
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, decode_stored
from emulators.cosmos.sql.ast import SortKey
from emulators.cosmos.sql.evaluate import evaluator
from emulators.cosmos.sql.evaluation import Parameters
from emulators.cosmos.sql.pushdown import Pushdown
from emulators.cosmos.sql.query import Query
from emulators.cosmos.sql.unfolding import sources, unfolded
from emulators.cosmos.sql.values import UNDEFINED, Value, sort_key
from emulators.cosmos.sql.work import begin


class Match(NamedTuple):
    """A candidate with its document, and the parameters of each of its rows for which the condition holds.

    Without joins a document is one row, or none.
    """

    found: Found
    document: JsonObject
    rows: list[Parameters]


class Execution:
    """One query on one scope of a container."""

    def __init__(self, container: Container, scope: Scope, query: Query, now: int) -> None:
        self.container = container
        self.query = query
        self._scope = scope
        self._now = now
        begin()
        _check_order(container, query.select.order)
        self._pushdown = Pushdown(container, query.parameters)
        self._pushed = self._pushdown.conjuncts(query.select.where)
        self.is_exact = all(pushed.exact for pushed in self._pushed)
        """Does the pushed condition say all that the query's condition says?"""

    @property
    def is_sorted_here(self) -> bool:
        """Must the results be sorted in memory, because SQLite has no column to sort by?"""
        return bool(self.query.select.order) and self._sort_column is None

    @cached_property
    def scan(self) -> Scan:
        """Return the scan that yields all candidates, in the query's order unless that is made here."""
        return Scan(
            self.container,
            self._scope,
            tuple(self._unhinted(pushed.sql) for pushed in self._pushed),
            tuple(value for pushed in self._pushed for value in pushed.values),
            self._order(),
            self._now,
        )

    def matching(self, after: tuple[JsonValue, ...] | None, limit: int | None) -> Iterator[Match]:
        """Yield candidates, also those without rows. The limit is on candidates; it is used only when each is a row."""
        select, parameters = self.query.select, self.query.parameters
        holds = None if select.where is None or self.is_exact else evaluator(select.where)
        joins = sources(select.joins, evaluator)
        for found in self.scan.rows(after, limit if holds is None and not joins else None):
            document = decode_stored(found.body)
            rows = unfolded(joins, document, parameters)
            yield Match(found, document, [row for row in rows if holds is None or holds(document, row) is True])

    def sorted_rows(self, after: tuple[JsonValue, ...] | None) -> Iterator[Match]:
        """Yield all matches behind a position in the query's order; their positions say where they stand."""
        order = self.query.select.order
        values = [evaluator(key.path) for key in order]
        rows = []
        for match in self.matching(None, None):
            if match.rows:
                keys = [value(match.document, self.query.parameters) for value in values]
                if not self._left_out(order, keys):
                    rows.append((match, [sort_key(key) for key in keys]))
        rows.sort(key=lambda row: row[0].found.creation)
        for at in range(len(order) - 1, -1, -1):
            rows.sort(key=lambda row, at=at: row[1][at], reverse=order[at].descending)  # type: ignore[misc]  # a default argument
        for match, sort_keys in rows:
            creation = match.found.creation
            if after is None or _is_behind(sort_keys, creation, after, order):
                yield match._replace(found=match.found._replace(position=_position(sort_keys, creation)))

    @cached_property
    def _sort_column(self) -> str | None:
        order = self.query.select.order
        return self._pushdown.column(order[0].path) if len(order) == 1 else None

    def _order(self) -> Order:
        if self._sort_column == "d.id":
            return Order(("d.id", "d.pk"), self.query.select.order[0].descending)
        if self._sort_column is not None:
            return Order((self._sort_column, "d.creation"), self.query.select.order[0].descending)
        if self._bounds_id:
            return Order(("d.pk", "d.id"))
        if self._uses_columns:
            return Order(("d.creation",))
        return Order(("d.pk", "d.id"))

    @cached_property
    def _bounds_id(self) -> bool:
        return any("d.id" in pushed.columns for pushed in self._pushed)

    @cached_property
    def _uses_columns(self) -> bool:
        return any(column.startswith("d.x") for pushed in self._pushed for column in pushed.columns)

    def _unhinted(self, sql: str) -> str:
        return sql.replace("d.x", "+d.x") if self._bounds_id else sql

    def _left_out(self, order: tuple[SortKey, ...], keys: list[Value]) -> bool:
        explicitly = self.container.policy.explicitly
        return any(
            value is UNDEFINED and not explicitly(tuple(map(str, key.path.steps)))
            for key, value in zip(order, keys, strict=True)
        )


def _position(keys: list[tuple[int, str | int | float]], creation: int) -> tuple[JsonValue, ...]:
    marks: list[JsonValue] = [[place, value] for place, value in keys]
    return (*marks, creation)


def _is_behind(
    keys: list[tuple[int, str | int | float]], creation: int, after: tuple[JsonValue, ...], order: tuple[SortKey, ...]
) -> bool:
    if len(after) != len(order) + 1:
        raise invalid_token()
    for key, mark, sort in zip(keys, after, order, strict=False):
        if list(key) != mark:
            return _is_below(key, mark) is sort.descending
    return creation > number_in(after[-1])


def _is_below(key: tuple[int, str | int | float], mark: JsonValue) -> bool:
    try:
        return list(key) < mark  # type: ignore[operator]  # Of one type in their order, if it is ours.
    except TypeError:
        raise invalid_token() from None


def _check_order(container: Container, order: tuple[SortKey, ...]) -> None:
    paths = [tuple(map(str, key.path.steps)) for key in order]
    for path in paths:
        if not container.policy.indexes(path):
            raise CosmosError(
                400,
                "The index path corresponding to the specified order-by item is excluded: "
                f"include '/{'/'.join(path)}/?' in the indexing policy of container '{container.name}'.",
            )
    wanted = tuple(zip(paths, [key.descending for key in order], strict=True))
    opposite = tuple((path, not descending) for path, descending in wanted)
    if len(order) > 1 and not any(group in {wanted, opposite} for group in container.policy.composites):
        keys = [f"/{'/'.join(path)} {'DESC' if descending else 'ASC'}" for path, descending in wanted]
        raise CosmosError(
            400,
            "The order by query does not have a corresponding composite index that it can be served from: "
            f"{', '.join(keys)} in container '{container.name}'.",
        )
