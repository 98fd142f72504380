"""Feeds of whatever there is little of: databases, containers, offers. Read or queried, page by page.

A query may filter and project; sorting and joins are for items.
"""

from collections.abc import Sequence

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.feeds.scope import page_size
from emulators.cosmos.jsonvalue import JsonObject, JsonValue
from emulators.cosmos.service import Service, resource_response
from emulators.cosmos.sql.evaluate import evaluator
from emulators.cosmos.sql.query import query_of
from emulators.cosmos.sql.values import Undefined
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Header, Request, Response


def is_query(request: Request) -> bool:
    """Is a POST a query, rather than the creation of something?"""
    return headers.IS_QUERY in request.headers


def listed(request: Request, name: str, found: Sequence[JsonValue]) -> Response:
    """Answer with a page of resources under the name that the service gives to their list."""
    start = _start(request)
    end = start + page_size(request)
    page = [*found[start:end]]
    extra: list[Header] = [(headers.ITEM_COUNT, b"%d" % len(page))]
    if end < len(found):
        extra.append((headers.CONTINUATION, b"%d" % end))
    return resource_response(request, 200, {"_rid": "", name: page, "_count": len(page)}, tuple(extra))


def queried(service: Service, request: Request, name: str, found: Sequence[JsonObject]) -> Response:
    """Answer with a page of what a query makes of resources."""
    query = query_of(request.body, service.clock())
    select = query.select
    if select.order or select.joins or select.aggregates or select.groups:
        raise CosmosError(400, f"Queries over {name} take WHERE and a projection only at this local endpoint.")
    where = None if select.where is None else evaluator(select.where)
    value = evaluator(select.value)
    matches = [one for one in found if where is None or where(one, query.parameters) is True]
    values = [value(one, query.parameters) for one in matches]
    kept = [one for one in values if not isinstance(one, Undefined)]
    end = None if query.limit is None else query.offset + query.limit
    return listed(request, name, kept[query.offset : end])


def _start(request: Request) -> int:
    token = request.headers.get(headers.CONTINUATION, b"0")
    if not token.isdigit():
        raise CosmosError(400, f"Invalid Continuation Token {token.decode('latin-1')!r}: use one that was given here.")
    return int(token)
