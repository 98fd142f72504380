"""Counts of what was asked of the endpoint, for benchmarks and the page: about a microsecond for each request."""

import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import NamedTuple

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


RECENT_MAX = 50
"""How many of the last requests, and of the last failures, are remembered."""

_ERROR_BYTES_MAX = 600
_TALLIES_MAX = 5000
_REST = ("(other containers)", "")


class Served(NamedTuple):
    """One request that was answered; `error` is the beginning of the answer to a request that failed."""

    at: float
    method: str
    path: str
    kind: str
    status: int
    charge: float
    error: bytes = b""


@dataclass(slots=True)
class Tally:
    """How many requests of one kind one container had, and what they were charged."""

    requests: int = 0
    charge: float = 0.0
    throttled: int = 0


class Stats:
    """Requests by kind, status and container, their charges, and the last of them."""

    def __init__(self) -> None:
        self.failed: deque[Served] = deque(maxlen=RECENT_MAX)
        self._recent: deque[tuple[float, str, str, str, int, float]] = deque(maxlen=RECENT_MAX)
        self.tallies: dict[tuple[str, str, str], Tally] = {}
        self._kinds: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        self._charge = 0.0

    def count(self, request: Request, target: Target, response: Response) -> None:
        """Add one request."""
        kind = kind_of(request, target)
        status = response.status
        self._kinds[kind] += 1
        self._statuses[status] += 1
        charge = 0.0
        if target.pattern == ITEMS:
            charge = float(response.header(headers.REQUEST_CHARGE) or 0)
            self._charge += charge
            key = (target.names[0], target.names[1], kind)
            tally = self.tallies.get(key) or self._new_tally(key)
            tally.requests += 1
            tally.charge += charge
            tally.throttled += status == 429
        served = (time.time(), request.method, request.path, kind, status, charge)
        self._recent.append(served)
        if status >= 400:
            self.failed.append(Served(*served, error=response.body[:_ERROR_BYTES_MAX]))

    @property
    def recent(self) -> list[Served]:
        """The last requests, the newest last."""
        return [Served(*served) for served in self._recent]

    def as_json(self) -> JsonObject:
        """Return everything counted so far."""
        return {
            "requests": self._kinds.total(),
            "by_kind": dict(sorted(self._kinds.items())),
            "by_status": {str(status): number for status, number in sorted(self._statuses.items())},
            "request_charge": round(self._charge, 2),
        }

    def _new_tally(self, key: tuple[str, str, str]) -> Tally:
        if len(self.tallies) >= _TALLIES_MAX:
            key = (*_REST, key[2])
        return self.tallies.setdefault(key, Tally())


def kind_of(request: Request, target: Target) -> str:
    """Return the name under which a request is counted."""
    if target.pattern != ITEMS:
        return target.pattern.rsplit("/", 1)[-1] or "account"
    if not target.is_feed:
        return _ITEM_METHODS.get(request.method, request.method)
    if request.method == "POST":
        return next((kind for header, kind in _POSTS if header in request.headers), "create")
    return "change-feed" if headers.A_IM in request.headers else "read-feed"
