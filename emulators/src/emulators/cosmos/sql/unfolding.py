"""Sources of rows: a document becomes one row for each element of its arrays.

A row is the parameters of the query with the joined elements among them, by the names of their joins.
"""

from collections.abc import Callable
from typing import NamedTuple

from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.ast import Join, Node
from emulators.cosmos.sql.evaluation import Evaluator, Parameters
from emulators.cosmos.sql.values import UNDEFINED, Value


class Source(NamedTuple):
    """A join that is ready to run."""

    name: str
    value: Evaluator
    as_whole: bool


def sources(joins: tuple[Join, ...], compiled: Callable[[Node], Evaluator]) -> list[Source]:
    """Make joins ready to run."""
    return [Source(join.name, compiled(join.source), join.as_whole) for join in joins]


def unfolded(joins: list[Source], document: JsonValue, parameters: Parameters) -> list[Parameters]:
    """Return the rows of a document; what is not an array, or not there, gives none."""
    rows = [parameters]
    for join in joins:
        rows = [{**row, join.name: element} for row in rows for element in _elements(join, join.value(document, row))]
    return rows


def _elements(join: Source, value: Value) -> list[JsonValue]:
    if join.as_whole:
        return [] if value is UNDEFINED else [value]
    return value if isinstance(value, list) else []
