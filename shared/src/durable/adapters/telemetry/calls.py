"""Requests that leave by aiohttp as CLIENT spans beneath whatever is current, which the other side may go on from.

1. What is told is method, server and status: a path may hold what only its holder may know.
2. `traceparent` and `tracestate` are sent, baggage is not: it may say of a tenant what a stranger is not to hear. A
   caller that names a trace itself is left alone.
3. A call that is answered with 400 or more has failed, as the standard says of clients; its handler may not mind.
"""

from __future__ import annotations

from types import SimpleNamespace

import aiohttp
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.trace import SpanKind, Tracer, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.trace.status import Status, StatusCode

from durable.adapters.telemetry.ended import TEXT_CHARACTERS_MAX
from durable.concealing import CONCEALED
from durable.telemetry.names import HTTP_METHOD, HTTP_STATUS, SERVER_ADDRESS, SERVER_PORT, URL_SCHEME

_FAILED = 400
_HEADERS = TraceContextTextMapPropagator()
_BAGGAGE = W3CBaggagePropagator()


def headers_of_current() -> dict[str, str]:
    """Give the headers of the current span and of baggage, for a service of our own."""
    written: dict[str, str] = {}
    _HEADERS.inject(written)
    _BAGGAGE.inject(written)
    return written


def call_spans(tracer: Tracer) -> aiohttp.TraceConfig:
    """Give what a session is made with to have its requests told."""

    async def start(_: aiohttp.ClientSession, call: SimpleNamespace, asked: aiohttp.TraceRequestStartParams) -> None:
        url = asked.url
        attributes = {HTTP_METHOD: asked.method, URL_SCHEME: url.scheme, SERVER_ADDRESS: url.host or ""}
        call.span = tracer.start_span(asked.method, kind=SpanKind.CLIENT, attributes=attributes)
        if url.port is not None:
            call.span.set_attribute(SERVER_PORT, url.port)
        written: dict[str, str] = {}
        _HEADERS.inject(written, set_span_in_context(call.span))
        if "traceparent" not in asked.headers:
            asked.headers.update(written)

    async def end(_: aiohttp.ClientSession, call: SimpleNamespace, answered: aiohttp.TraceRequestEndParams) -> None:
        status = answered.response.status
        call.span.set_attribute(HTTP_STATUS, status)
        if status >= _FAILED:
            call.span.set_status(Status(StatusCode.ERROR, f"answered {status}"))
        call.span.end()

    async def failed(
        _: aiohttp.ClientSession, call: SimpleNamespace, raised: aiohttp.TraceRequestExceptionParams
    ) -> None:
        told = CONCEALED.text(f"{type(raised.exception).__name__}: {raised.exception}")[:TEXT_CHARACTERS_MAX]
        call.span.set_status(Status(StatusCode.ERROR, told))
        call.span.end()

    config = aiohttp.TraceConfig()
    config.on_request_start.append(start)
    config.on_request_end.append(end)
    config.on_request_exception.append(failed)
    return config
