"""Queries: within one partition or physical range answered here, across ranges through a plan that the client runs."""

from collections.abc import Iterator

from emulators.cosmos import charge
from emulators.cosmos.catalog import Container
from emulators.cosmos.errors import CROSS_PARTITION_QUERY_NOT_SERVABLE, CosmosError
from emulators.cosmos.feeds.continuation import Position, position_in
from emulators.cosmos.feeds.execution import Execution
from emulators.cosmos.feeds.pages import Page, page_response, paged
from emulators.cosmos.feeds.results import After, Rows, results
from emulators.cosmos.feeds.scope import page_size, scope_of
from emulators.cosmos.jsonvalue import encode
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.sql.plan import ALL_FEATURES, plan_of
from emulators.cosmos.sql.query import Query, query_of
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response


def run_query(service: Service, request: Request, container: Container) -> Response:
    """Answer a query with one page of results; one over everything is refused, for the client to ask for a plan."""
    query = query_of(request.body, service.clock())
    scope = scope_of(service, request, container)
    if scope.is_everything:
        raise _needs_plan(request, query, container)
    execution = Execution(container, scope, query, service.now())
    page = _page(execution, position_in(request), page_size(request))
    return page_response(request, container, scope, page, charge.query(len(page.bodies), page.size_bytes))


def plan_query(service: Service, request: Request, container: Container) -> Response:
    """Answer with the plan of a query across ranges."""
    return resource_response(
        request, 200, plan_of(query_of(request.body, service.clock()), container, _features(request))
    )


def _page(execution: Execution, start: Position, size: int) -> Page:
    query = execution.query
    to_skip = max(0, query.offset - start.skipped)
    left = None if query.limit is None else query.limit - start.taken
    wanted = size if left is None else min(size, left)
    if wanted <= 0:
        return Page([], None)
    rows = results(execution, start.after, to_skip + wanted + 1)
    page = paged(_skipping(rows, to_skip), start, wanted)
    if page.rest is None or (left is not None and len(page.bodies) >= left):
        return Page(page.bodies, None)
    return Page(page.bodies, page.rest._replace(skipped=query.offset))


def _skipping(rows: Rows, count: int) -> Iterator[tuple[bytes | None, After]]:
    for body, position in rows:
        if count and body is not None:
            count -= 1
            yield None, position
        else:
            yield body, position


def _needs_plan(request: Request, query: Query, container: Container) -> CosmosError:
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
        info=encode(plan_of(query, container, ALL_FEATURES)).decode(),
    )


def _features(request: Request) -> bytes:
    return request.headers.get(headers.QUERY_FEATURES, b"")
