"""Sources of rows: a document becomes one row for each element of its arrays.

A row is the parameters of the query with the joined elements among them, by the names of their joins.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.ast import Join, Node, Path, Variable
from emulators.cosmos.sql.evaluation import Evaluator, Parameters
from emulators.cosmos.sql.values import Undefined, Value
from emulators.cosmos.sql.work import check_size, spend


class Source(NamedTuple):
    """A join that is ready to run."""

    name: str
    value: Evaluator
    as_whole: bool
    is_computed: bool


def sources(joins: tuple[Join, ...], compiled: Callable[[Node], Evaluator]) -> list[Source]:
    """Make joins ready to run."""
    return [
        Source(join.name, compiled(join.source), join.as_whole, not isinstance(join.source, Path | Variable))
        for join in joins
    ]


def unfolded(joins: list[Source], document: JsonValue, parameters: Parameters) -> Iterator[Parameters]:
    """Yield the rows of a document, one at a time; what is not an array, or not there, gives none."""
    if not joins:
        yield parameters
        return
    first, *rest = joins
    for element in _elements(first, first.value(document, parameters)):
        spend(1)
        yield from unfolded(rest, document, {**parameters, first.name: element})


def _elements(join: Source, value: Value) -> list[JsonValue]:
    if isinstance(value, Undefined):
        return []
    if join.is_computed:
        check_size(value)
    if join.as_whole:
        return [value]
    return value if isinstance(value, list) else []
