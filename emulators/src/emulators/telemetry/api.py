"""The JSON that the page asks for, and others may (docs/reference/telemetry-collector.md).

Every answer has `changes`, which grows with whatever comes. A question with `changes=N` is answered with `unchanged`
while N is still right: a page that asks once a second costs nothing while nothing comes.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emulators.telemetry.shown.map import map_of_last_hour, map_of_trace
from emulators.telemetry.shown.metrics import metrics_shown
from emulators.telemetry.shown.transaction import transaction_shown
from emulators.telemetry.shown.transactions import transactions_shown
from emulators.telemetry.store.store import Store

_Shown = dict[str, Any]
ONLY = ("all", "runs", "failed")


class Refused(Exception):
    """The question can't be answered: `status`, and a text that says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def routes(store: Store, about: Callable[[], _Shown]) -> Sequence[BaseRoute]:
    """The routes of one collector; `about` tells what stands in every list: version, addresses, folder."""

    def transactions(request: Request) -> _Shown:
        asked = request.query_params
        only = asked.get("only", "all")
        if only not in ONLY:
            raise Refused(400, f"only: one of {', '.join(ONLY)} was expected, found '{only[:40]}'")
        return {**about(), **transactions_shown(store, asked.get("find", ""), only)}

    def transaction(request: Request) -> _Shown:
        trace_id = request.path_params["trace_id"].lower()
        found = transaction_shown(store, trace_id, request.query_params.get("find", ""))
        if found is None:
            raise Refused(404, f"No span of transaction '{trace_id[:40]}' has come, or it was dropped for later ones.")
        return found

    def drawn(request: Request) -> _Shown:
        trace_id = request.query_params.get("trace", "").lower()
        return map_of_trace(store, trace_id) if trace_id else map_of_last_hour(store, _now())

    return [
        Route("/api/transactions", _answering(store, transactions)),
        Route("/api/transactions/{trace_id}", _answering(store, transaction)),
        Route("/api/map", _answering(store, drawn)),
        Route("/api/metrics", _answering(store, lambda _: metrics_shown(store))),
    ]


def _answering(store: Store, show: Callable[[Request], _Shown]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        changes = store.changes
        if request.query_params.get("changes") == str(changes):
            return _json({"unchanged": True, "changes": changes, "now": _now()}, 200)
        try:
            return _json({**show(request), "changes": changes, "now": _now()}, 200)
        except Refused as refusal:
            return _json({"error": str(refusal)}, refusal.status)

    return answer


def _json(content: _Shown, status: int) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _now() -> int:
    return time.time_ns() // 1000
