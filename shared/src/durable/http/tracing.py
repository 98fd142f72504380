"""The span of a request, and the trace context that goes on from it.

1. A request is a span beneath what its `traceparent` names, or the root of a trace that begins here. What follows from
   it goes on beneath that span, so that no parent is named that nobody tells of.
2. The name of a span is method and route, as it is declared: no text of the asker makes a new name. The path itself is
   not told, since it may hold what only its holder may know.
3. Who asked is told by object id, where the entrance knows it.
4. Whoever looks whether the service is well tells nothing by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request

from durable.failure import Failure, failure_of
from durable.ports import Clock
from durable.telemetry.enclosing import Enclosing
from durable.telemetry.names import CALLER, HTTP_METHOD, HTTP_ROUTE, HTTP_STATUS, URL_SCHEME
from durable.telemetry.span import Kind, Span, Value
from durable.telemetry.tracing import Tracing
from durable.trace import RandomBits, carried_trace, trace_context

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SPAN = "durable.span"
_QUIET = ("/health/", "/metrics")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
_FAILED = 500


def trace_requests(app: FastAPI, tracing: Tracing | None, clock: Clock, random_bits: RandomBits) -> None:
    """Have each request of an application told as a span; without `tracing` nothing is added."""
    if tracing is not None:
        app.add_middleware(RequestSpans, tracing=tracing, clock=clock, random_bits=random_bits)


def trace_of_request(request: Request, random_bits: RandomBits) -> dict[str, str]:
    """Give what is to be passed on: the span of the request; untraced, what it brought or a trace begun here."""
    around = enclosing_of(request)
    return trace_context(*_brought(request.scope), random_bits) if around is None else around.passed_on()


def enclosing_of(request: Request) -> Enclosing | None:
    """Give the span of a request; `None` if nobody takes it."""
    return request.scope.get(_SPAN)


def trace_brought_by(request: Request) -> dict[str, str]:
    """Give the trace context that a request brought, as far as it is valid."""
    return carried_trace(*_brought(request.scope))


def trace_in(scope: Scope) -> dict[str, str]:
    """Give the trace context that the work on a request stands in: its span, or what it brought if that is not told."""
    around = scope.get(_SPAN)
    return carried_trace(*_brought(scope)) if around is None else around.passed_on()


class RequestSpans:
    """Tells each request as a span when it is answered: ASGI middleware."""

    def __init__(self, app: ASGIApp, tracing: Tracing, clock: Clock, random_bits: RandomBits) -> None:
        self._app = app
        self._tracing = tracing
        self._clock = clock
        self._random_bits = random_bits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and tell."""
        if scope["type"] != "http" or scope["path"].startswith(_QUIET):
            await self._app(scope, receive, send)
            return
        around = Enclosing.beneath(carried_trace(*_brought(scope)), self._tracing, self._random_bits)
        scope[_SPAN] = around
        start, answer = self._clock.now(), _Answer(send)
        told: dict[str, Value] = {}
        try:
            with self._tracing.entered(around.context, around.trace, told):
                await self._app(scope, receive, answer.send)
        except Exception as error:
            answer.failure = failure_of(error)
            answer.status = answer.status or _FAILED  # By whoever stands above all middleware.
            raise
        finally:
            told.update(_told(scope, answer.status))
            end = self._clock.now()
            which = (around.context, around.parent_id)
            how = (answer.failure, _error(answer.status))
            self._tracing.finished(Span(_name(told), Kind.SERVER, *which, start, end, told, *how))


class _Answer:
    """How a request is being answered."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.failure: Failure | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _told(scope: Scope, status: int) -> dict[str, Value]:
    method = scope["method"]
    told: dict[str, Value] = {HTTP_METHOD: method if method in _METHODS else "_OTHER", URL_SCHEME: scope["scheme"]}
    if CALLER in scope:
        told[CALLER] = scope[CALLER]
    if status:
        told[HTTP_STATUS] = status
    route = scope.get("route")
    if route is not None:
        told[HTTP_ROUTE] = route.path_format
    return told


def _error(status: int) -> str:
    if not status:
        return "was not answered"
    return f"answered {status}" if status >= _FAILED else ""


def _name(told: Mapping[str, Value]) -> str:
    method, route = told[HTTP_METHOD], told.get(HTTP_ROUTE)
    return f"{method} {route}" if route else str(method)


def _brought(scope: Mapping[str, Any]) -> tuple[str, str, str]:
    """Give the headers that hold trace context; repeated ones are joined, as the standard says."""
    found: dict[bytes, list[str]] = {b"traceparent": [], b"tracestate": [], b"baggage": []}
    for name, value in scope["headers"]:
        if name in found:
            found[name].append(value.decode("latin-1"))
    traceparent, tracestate, baggage = map(",".join, found.values())
    return traceparent, tracestate, baggage
