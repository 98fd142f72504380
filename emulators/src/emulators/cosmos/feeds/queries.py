"""Queries: within one partition or physical range answered here, across ranges through a plan that the client runs."""

from collections.abc import Iterable, Iterator

from emulators.cosmos import charge
from emulators.cosmos.catalog import Container
from emulators.cosmos.errors import CROSS_PARTITION_QUERY_NOT_SERVABLE, CosmosError
from emulators.cosmos.feeds.aggregates import aggregated
from emulators.cosmos.feeds.continuation import Position, position_in
from emulators.cosmos.feeds.execution import Execution
from emulators.cosmos.feeds.pages import Page, page_response, paged
from emulators.cosmos.feeds.scan import Found
from emulators.cosmos.feeds.scope import page_size, scope_of
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, encode
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.sql.ast import Path
from emulators.cosmos.sql.evaluate import Undefined, evaluator
from emulators.cosmos.sql.plan import plan_of
from emulators.cosmos.sql.query import Query, query_of
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

_Rows = Iterable[tuple[bytes | None, tuple[JsonValue, ...]]]


def run_query(service: Service, request: Request, container: Container) -> Response:
    """Answer a query with one page of results; one over everything is refused, for the client to ask for a plan."""
    query = query_of(request.body)
    scope = scope_of(service, request, container)
    if scope.is_everything:
        raise _needs_plan(request)
    execution = Execution(container, scope, query, service.now())
    if query.select.aggregates:
        result = aggregated(execution)
        page = Page([] if isinstance(result, Undefined) else [encode(result)], None)
    else:
        page = _page(execution, position_in(request), page_size(request))
    return page_response(request, container, scope, page, charge.query(len(page.bodies), page.size_bytes))


def plan_query(_service: Service, request: Request, container: Container) -> Response:
    """Answer with the plan of a query across ranges."""
    return resource_response(request, 200, plan_of(query_of(request.body), container))


def _page(execution: Execution, start: Position, size: int) -> Page:
    query = execution.query
    to_skip = max(0, query.offset - start.skipped)
    left = None if query.limit is None else query.limit - start.taken
    wanted = size if left is None else min(size, left)
    if wanted <= 0:
        return Page([], None)
    rows = _results(execution, start, to_skip + wanted + 1)
    page = paged(_skipping(rows, to_skip), start, wanted)
    if page.rest is None or (left is not None and len(page.bodies) >= left):
        return Page(page.bodies, None)
    return Page(page.bodies, page.rest._replace(skipped=query.offset))


def _results(execution: Execution, start: Position, limit: int) -> _Rows:
    query = execution.query
    if execution.is_sorted_here:
        return _projected(query, execution.sorted_rows(start.after))
    if execution.is_exact and query.select.value == Path(()):
        return ((found.body, found.position) for found in execution.scan.rows(start.after, limit))
    return _projected(query, execution.matching(start.after, limit))


def _projected(
    query: Query, rows: Iterable[tuple[Found, JsonObject | None]]
) -> Iterator[tuple[bytes | None, tuple[JsonValue, ...]]]:
    value = evaluator(query.select.value)
    for found, document in rows:
        if document is None:
            yield None, found.position
            continue
        result = value(document, query.parameters)
        yield None if isinstance(result, Undefined) else encode(result), found.position


def _skipping(rows: _Rows, count: int) -> Iterator[tuple[bytes | None, tuple[JsonValue, ...]]]:
    for body, position in rows:
        if count and body is not None:
            count -= 1
            yield None, position
        else:
            yield body, position


def _needs_plan(request: Request) -> CosmosError:
    if request.headers.get(headers.ENABLE_CROSS_PARTITION, b"").lower() != b"true":
        return CosmosError(
            400,
            "Cross partition query is required but disabled. Please set x-ms-documentdb-query-enablecrosspartition to "
            "true, specify x-ms-documentdb-partitionkey, or revise your query to avoid this exception.",
        )
    return CosmosError(
        400,
        "The provided cross partition query can not be directly served by the gateway. This is a first chance "
        "(internal) exception that all newer clients will know how to handle gracefully.",
        substatus=CROSS_PARTITION_QUERY_NOT_SERVABLE,
    )
