"""Queries within a query, over what one document holds: EXISTS, ARRAY, and the one that stands for a value."""

from collections.abc import Callable, Iterator
from itertools import islice
from sys import maxsize

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.aggregation import Row, aggregated
from emulators.cosmos.sql.ast import Node, Select, Subquery
from emulators.cosmos.sql.evaluation import Evaluator, Parameters
from emulators.cosmos.sql.unfolding import sources, unfolded
from emulators.cosmos.sql.values import UNDEFINED, Undefined, Value, identity, is_number
from emulators.cosmos.sql.work import spend


def compiled_subquery(node: Subquery, compiled: Callable[[Node], Evaluator]) -> Evaluator:
    """Turn a subquery into a function; `compiled` does so for expressions."""
    run = _Run(node.select, compiled)
    match node.kind:
        case "EXISTS":
            return lambda document, parameters: next(run(document, parameters), None) is not None
        case "ARRAY":
            return lambda document, parameters: list(run(document, parameters))
    return lambda document, parameters: _only(list(islice(run(document, parameters), 2)))


class _Run:
    def __init__(self, select: Select, compiled: Callable[[Node], Evaluator]) -> None:
        self._select = select
        self._compiled = compiled
        self._sources = sources(select.joins, compiled)
        self._where = None if select.where is None else compiled(select.where)
        counts = (select.offset, select.limit if select.top is None else select.top)
        self._offset, self._limit = (None if node is None else compiled(node) for node in counts)

    def __call__(self, document: JsonValue, parameters: Parameters) -> Iterator[JsonValue]:
        values: Iterator[Value] = self._values(document, parameters)
        if self._select.is_distinct:
            values = iter({identity(value): value for value in values}.values())
        found: Iterator[JsonValue] = (value for value in values if not isinstance(value, Undefined))
        skipped = _count(self._offset, document, parameters) or 0
        taken = _count(self._limit, document, parameters)
        return islice(found, skipped, None if taken is None else min(skipped + taken, maxsize))

    def _values(self, document: JsonValue, parameters: Parameters) -> Iterator[Value]:
        rows = self._rows(document, parameters)
        if self._select.aggregates or self._select.groups:
            return aggregated(self._select, rows, parameters, self._compiled)
        value = self._compiled(self._select.value)
        return (value(*row) for row in rows)

    def _rows(self, document: JsonValue, parameters: Parameters) -> Iterator[Row]:
        for row in unfolded(self._sources, document, parameters):
            spend(1)
            if self._where is None or self._where(document, row) is True:
                yield document, row


def _only(values: list[JsonValue]) -> Value:
    if len(values) > 1:
        raise CosmosError(400, "The cardinality of a scalar subquery result set cannot be greater than one.")
    return values[0] if values else UNDEFINED


def _count(node: Evaluator | None, document: JsonValue, parameters: Parameters) -> int | None:
    if node is None:
        return None
    value = node(document, parameters)
    return min(max(0, int(value)), maxsize) if is_number(value) else 0
