"""COUNT, SUM, MIN and MAX over all matches of a query."""

from collections.abc import Callable, Iterable, Sequence

from emulators.cosmos.feeds.execution import Execution
from emulators.cosmos.jsonvalue import JsonObject
from emulators.cosmos.sql.ast import Aggregate, ArrayOf, Literal, Node, ObjectOf, Path
from emulators.cosmos.sql.evaluate import UNDEFINED, Parameters, Undefined, Value, evaluator, sort_key

_NO_VALUE = Path(("undefined",))
"""Undefined, when it is evaluated over an empty document."""


def aggregated(execution: Execution) -> Value:
    """Return the one result of a query with aggregates; `UNDEFINED` if it has none."""
    select, parameters = execution.query.select, execution.query.parameters
    if execution.is_exact and all(_counts_all(aggregate) for aggregate in select.aggregates):
        count = Literal(execution.scan.count())
        return evaluator(_filled(select.value, lambda _aggregate: count))({}, parameters)
    documents = [document for _, document in execution.matching(None, None) if document is not None]
    return evaluator(_filled(select.value, lambda found: _value(found, documents, parameters)))({}, parameters)


def _counts_all(aggregate: Aggregate) -> bool:
    return aggregate.name == "COUNT" and isinstance(aggregate.argument, Literal)


def _filled(node: Node, value_of: Callable[[Aggregate], Node]) -> Node:
    match node:
        case Aggregate():
            return value_of(node)
        case ArrayOf(items):
            return ArrayOf(tuple(_filled(item, value_of) for item in items))
        case ObjectOf(entries):
            return ObjectOf(tuple((name, _filled(value, value_of)) for name, value in entries))
    return node


def _value(aggregate: Aggregate, documents: Iterable[JsonObject], parameters: Parameters) -> Node:
    argument = evaluator(aggregate.argument)
    values = [value for value in (argument(document, parameters) for document in documents) if value is not UNDEFINED]
    result = _FUNCTIONS[aggregate.name](values)
    return _NO_VALUE if isinstance(result, Undefined) else Literal(result)


def _sum(values: Sequence[Value]) -> Value:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    return sum(numbers) if len(numbers) == len(values) else UNDEFINED


_FUNCTIONS: dict[str, Callable[[Sequence[Value]], Value]] = {
    "COUNT": len,
    "SUM": _sum,
    "MIN": lambda values: min(values, key=sort_key, default=UNDEFINED),
    "MAX": lambda values: max(values, key=sort_key, default=UNDEFINED),
}
