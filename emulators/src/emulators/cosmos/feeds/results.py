"""The results of a query in its order, each with the position from which the next page goes on.

1. A plain query goes on behind the last document that was looked at.
2. With joins a position is that of the last document whose rows were all looked at, or none, and how many rows of the
   next one were: a page may end between the elements of an array.
3. DISTINCT, GROUP BY and aggregates need all rows, so they are computed anew for each page, and a position counts
   results: documents that come or go between two pages may shift them.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeAlias

from emulators.cosmos.feeds.aggregates import aggregates
from emulators.cosmos.feeds.continuation import invalid_token, number_in
from emulators.cosmos.feeds.execution import Execution, Match
from emulators.cosmos.jsonvalue import JsonValue, encode
from emulators.cosmos.sql.ast import Path
from emulators.cosmos.sql.evaluate import evaluator
from emulators.cosmos.sql.values import UNDEFINED, Undefined, Value, identity

After: TypeAlias = tuple[JsonValue, ...]
Rows: TypeAlias = Iterable[tuple[bytes | None, After]]


def results(execution: Execution, after: After | None, limit: int) -> Rows:
    """Yield the results behind a position; None for what was looked at and gives none."""
    select = execution.query.select
    if select.aggregates or select.groups:
        found = aggregates(execution)
        return _counted(_told_apart(found) if select.is_distinct else found, after)
    if not select.has_source:
        return _counted([evaluator(select.value)({}, execution.query.parameters)], after)
    if select.is_distinct:
        return _counted(_told_apart(_values(execution)), after)
    if select.joins:
        return _joined(execution, after)
    if execution.is_exact and select.value == Path(()) and not execution.is_sorted_here:
        return ((found.body, found.position) for found in execution.scan.rows(after, limit))
    return _plain(execution, _matches(execution, after, limit))


def _matches(execution: Execution, after: After | None, limit: int | None) -> Iterator[Match]:
    return execution.sorted_rows(after) if execution.is_sorted_here else execution.matching(after, limit)


def _plain(execution: Execution, matches: Iterable[Match]) -> Iterator[tuple[bytes | None, After]]:
    value = evaluator(execution.query.select.value)
    for found, document, rows in matches:
        result = value(document, rows[0]) if rows else UNDEFINED
        yield _encoded(result), found.position


def _joined(execution: Execution, after: After | None) -> Iterator[tuple[bytes | None, After]]:
    value = evaluator(execution.query.select.value)
    if after is not None and len(after) != 2:
        raise invalid_token()
    last, given = (None, 0) if after is None else (after[0], number_in(after[1]))
    for found, document, rows in _matches(execution, tuple(last) if isinstance(last, list) else None, None):
        done: After = (list(found.position), 0)
        for number, row in enumerate(rows[given:], given + 1):
            yield _encoded(value(document, row)), done if number == len(rows) else (last, number)
        if not rows[given:]:
            yield None, done
        last, given = done[0], 0


def _values(execution: Execution) -> Iterator[Value]:
    value = evaluator(execution.query.select.value)
    for _, document, rows in _matches(execution, None, None):
        for row in rows:
            yield value(document, row)


def _told_apart(values: Iterable[Value]) -> Iterator[Value]:
    seen = set()
    for value in values:
        key = identity(value)
        if key not in seen:
            seen.add(key)
            yield value


def _counted(values: Iterable[Value], after: After | None) -> Iterator[tuple[bytes | None, After]]:
    given = number_in(after[0]) if after else 0
    for number, value in enumerate(islice(values, given, None), given + 1):
        yield _encoded(value), (number,)


def _encoded(value: Value) -> bytes | None:
    return None if isinstance(value, Undefined) else encode(value)
