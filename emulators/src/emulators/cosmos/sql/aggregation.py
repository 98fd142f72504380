"""COUNT, COUNTIF, SUM, AVG, MIN and MAX over rows, or over each group of them."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TypeAlias

from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.ast import Node, Select
from emulators.cosmos.sql.evaluation import Evaluator, Parameters
from emulators.cosmos.sql.grouping import per_group, result_name
from emulators.cosmos.sql.values import UNDEFINED, Undefined, Value, identity, is_number, number, sort_key

Row: TypeAlias = tuple[JsonValue, Parameters]


class _Group:
    """What is known of one group: its first row, and the values of each aggregate's argument."""

    def __init__(self, row: Row, aggregates: int) -> None:
        self.document, self.parameters = row
        self.values: list[list[Value]] = [[] for _ in range(aggregates)]


def aggregated(
    select: Select, rows: Iterable[Row], parameters: Parameters, compiled: Callable[[Node], Evaluator]
) -> Iterator[Value]:
    """Yield one result for each group in the order of their first rows; without GROUP BY all rows are one group."""
    result = compiled(per_group(select))
    for group in _groups(select, rows, parameters, compiled):
        results: dict[str, JsonValue] = {}
        for at, aggregate in enumerate(select.aggregates):
            value = _FUNCTIONS[aggregate.name](group.values[at])
            if not isinstance(value, Undefined):
                results[result_name(at)] = value
        yield result(group.document, {**group.parameters, **results})


def _groups(
    select: Select, rows: Iterable[Row], parameters: Parameters, compiled: Callable[[Node], Evaluator]
) -> list[_Group]:
    keys = [compiled(node) for node in select.groups]
    arguments = [compiled(aggregate.argument) for aggregate in select.aggregates]
    groups: dict[Hashable, _Group] = {}
    if not keys:
        groups[()] = _Group(({}, parameters), len(arguments))
    for row in rows:
        key = tuple(identity(value(*row)) for value in keys)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(row, len(arguments))
        for at, argument in enumerate(arguments):
            group.values[at].append(argument(*row))
    return list(groups.values())


def _sum(values: Sequence[Value]) -> Value:
    numbers = [value for value in values if is_number(value)]
    return sum(numbers) if len(numbers) == len(values) else UNDEFINED


def _average(values: Sequence[Value]) -> Value:
    total = _sum(values)
    return number(total / len(values)) if values and is_number(total) else UNDEFINED


def _defined(function: Callable[[Sequence[Value]], Value]) -> Callable[[Sequence[Value]], Value]:
    return lambda values: function([value for value in values if value is not UNDEFINED])


_FUNCTIONS: dict[str, Callable[[Sequence[Value]], Value]] = {
    "COUNT": _defined(len),
    "COUNTIF": lambda values: sum(value is True for value in values),
    "SUM": _defined(_sum),
    "AVG": _defined(_average),
    "MIN": _defined(lambda values: min(values, key=sort_key, default=UNDEFINED)),
    "MAX": _defined(lambda values: max(values, key=sort_key, default=UNDEFINED)),
}
