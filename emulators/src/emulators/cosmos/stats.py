"""Counts of what was asked of the endpoint, for benchmarks."""

from collections import Counter

from emulators.cosmos.jsonvalue import JsonObject
from emulators.cosmos.routes import Target
from emulators.cosmos.wire import headers
from emulators.cosmos.wire.message import Request, Response

ITEMS = "dbs/colls/docs"
"""The pattern of item-level requests."""

_ITEM_METHODS = {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}
_POSTS = (
    (headers.IS_BATCH, "batch"),
    (headers.IS_QUERY_PLAN, "query-plan"),
    (headers.IS_QUERY, "query"),
    (headers.IS_UPSERT, "upsert"),
)


class Stats:
    """Requests by kind and by status, and the sum of their charges."""

    def __init__(self) -> None:
        self._kinds: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        self._charge = 0.0

    def count(self, request: Request, target: Target, response: Response) -> None:
        """Add one request."""
        self._kinds[kind_of(request, target)] += 1
        self._statuses[response.status] += 1
        if target.pattern == ITEMS:
            self._charge += float(response.header(headers.REQUEST_CHARGE) or 0)

    def as_json(self) -> JsonObject:
        """Return everything counted so far."""
        return {
            "requests": self._kinds.total(),
            "by_kind": dict(sorted(self._kinds.items())),
            "by_status": {str(status): number for status, number in sorted(self._statuses.items())},
            "request_charge": round(self._charge, 2),
        }


def kind_of(request: Request, target: Target) -> str:
    """Return the name under which a request is counted."""
    if target.pattern != ITEMS:
        return target.pattern.rsplit("/", 1)[-1] or "account"
    if not target.is_feed:
        return _ITEM_METHODS.get(request.method, request.method)
    if request.method == "POST":
        return next((kind for header, kind in _POSTS if header in request.headers), "create")
    return "change-feed" if headers.A_IM in request.headers else "read-feed"
