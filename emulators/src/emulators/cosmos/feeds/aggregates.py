"""Aggregates over all matches of a query; one that only counts documents doesn't read them."""

from collections.abc import Iterator

from emulators.cosmos.feeds.execution import Execution
from emulators.cosmos.sql.aggregation import Row, aggregated
from emulators.cosmos.sql.ast import Aggregate, Literal
from emulators.cosmos.sql.evaluate import evaluator
from emulators.cosmos.sql.grouping import per_group, result_name
from emulators.cosmos.sql.values import Value


def aggregates(execution: Execution) -> Iterator[Value]:
    """Yield one result for each group in the order of their first rows; without GROUP BY all rows are one group."""
    select, parameters = execution.query.select, execution.query.parameters
    if not _is_count(execution):
        yield from aggregated(select, _rows(execution), parameters, evaluator)
        return
    count = execution.scan.count()
    results = {result_name(at): count for at in range(len(select.aggregates))}
    yield evaluator(per_group(select))({}, {**parameters, **results})


def _rows(execution: Execution) -> Iterator[Row]:
    if not execution.query.select.has_source:
        yield {}, execution.query.parameters
        return
    for match in execution.matching(None, None):
        for row in match.rows:
            yield match.document, row


def _is_count(execution: Execution) -> bool:
    select = execution.query.select
    simple = execution.is_exact and select.has_source and not select.joins and not select.groups
    return simple and all(_counts_all(aggregate) for aggregate in select.aggregates)


def _counts_all(aggregate: Aggregate) -> bool:
    return aggregate.name == "COUNT" and isinstance(aggregate.argument, Literal)
