"""How long requests take, and the route that tells it with all other metrics.

1. A request is measured by the template of its route: no text of the asker makes a new label.
2. Whoever looks whether the service is well, or reads its metrics, is not measured.
"""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response

from durable.http.tracing import trace_in
from durable.logs import About, Fields, fields_of_trace
from durable.logs.about import INSTANCE_ID
from durable.telemetry.metrics import Metrics, Written
from durable.telemetry.metrics.declared import HTTP_DURATION

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

METRICS = "/metrics"
_QUIET = ("/health/", METRICS)
_FAILED = 500


def measure_requests(app: FastAPI, metrics: Metrics) -> None:
    """Have each request of an application measured."""
    app.add_middleware(MeasuredRequests, metrics=metrics)


def add_metrics_route(app: FastAPI, written: Written | None) -> None:
    """Serve `/metrics` if there is something that writes them."""
    if written is None:
        return

    async def metrics(request: Request) -> Response:
        body, media_type = written(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media_type})

    app.add_api_route(METRICS, metrics, summary="The metrics of the process", response_class=Response)


def _fields(scope: Scope) -> Fields:
    """Tell the instance that a request is about, if its path names one, and its span, if one is told."""
    instance_id = scope.get("path_params", {}).get("instance_id")
    about = fields_of_trace(trace_in(scope))
    return {INSTANCE_ID: instance_id, **about} if instance_id else about


class MeasuredRequests:
    """Measures each request, and has the lines that are logged meanwhile say what it is about: ASGI middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and measure."""
        if scope["type"] != "http" or scope["path"].startswith(_QUIET):
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), _FAILED

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with About(partial(_fields, scope)):
                await self._app(scope, receive, sent)
        finally:
            route = scope.get("route")
            template = "none" if route is None else route.path_format
            method = scope["method"] if route is not None else "any"
            self._metrics.observe(HTTP_DURATION, perf_counter() - started, method, template, str(status))
