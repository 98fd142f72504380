"""COUNT, SUM, AVG, MIN and MAX over all matches of a query, or over each group of them."""

from collections.abc import Callable, Hashable, Iterator, Sequence

from emulators.cosmos.feeds.execution import Execution
from emulators.cosmos.jsonvalue import JsonObject, JsonValue
from emulators.cosmos.sql.ast import Aggregate, Literal
from emulators.cosmos.sql.evaluate import Parameters, evaluator
from emulators.cosmos.sql.grouping import per_group, result_name
from emulators.cosmos.sql.values import UNDEFINED, Undefined, Value, identity, is_number, number, sort_key


class _Group:
    """What is known of one group: its first row, and the values of each aggregate's argument."""

    def __init__(self, document: JsonObject, parameters: Parameters, aggregates: int) -> None:
        self.document = document
        self.parameters = parameters
        self.values: list[list[Value]] = [[] for _ in range(aggregates)]


def aggregated(execution: Execution) -> Iterator[Value]:
    """Yield one result for each group in the order of their first rows; without GROUP BY all rows are one group."""
    select, parameters = execution.query.select, execution.query.parameters
    result = evaluator(per_group(select))
    if _is_count(execution):
        count = execution.scan.count()
        yield result({}, {**parameters, **{result_name(at): count for at in range(len(select.aggregates))}})
        return
    for group in _groups(execution):
        results: dict[str, JsonValue] = {}
        for at, aggregate in enumerate(select.aggregates):
            value = _FUNCTIONS[aggregate.name](group.values[at])
            if not isinstance(value, Undefined):
                results[result_name(at)] = value
        yield result(group.document, {**group.parameters, **results})


def _is_count(execution: Execution) -> bool:
    select = execution.query.select
    simple = execution.is_exact and not select.joins and not select.groups
    return simple and all(_counts_all(aggregate) for aggregate in select.aggregates)


def _counts_all(aggregate: Aggregate) -> bool:
    return aggregate.name == "COUNT" and isinstance(aggregate.argument, Literal)


def _groups(execution: Execution) -> list[_Group]:
    select = execution.query.select
    keys = [evaluator(node) for node in select.groups]
    arguments = [evaluator(aggregate.argument) for aggregate in select.aggregates]
    groups: dict[Hashable, _Group] = {}
    if not keys:
        groups[()] = _Group({}, execution.query.parameters, len(arguments))
    for match in execution.matching(None, None):
        for row in match.rows:
            key = tuple(identity(value(match.document, row)) for value in keys)
            group = groups.get(key)
            if group is None:
                group = groups[key] = _Group(match.document, row, len(arguments))
            for at, argument in enumerate(arguments):
                group.values[at].append(argument(match.document, row))
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
    "SUM": _defined(_sum),
    "AVG": _defined(_average),
    "MIN": _defined(lambda values: min(values, key=sort_key, default=UNDEFINED)),
    "MAX": _defined(lambda values: max(values, key=sort_key, default=UNDEFINED)),
}
