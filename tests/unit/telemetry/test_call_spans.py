"""Calls that leave by aiohttp, to a real server, with the real SDK in memory."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from durable.adapters.telemetry.calls import call_spans
from durable.adapters.telemetry.current import Entered
from durable.telemetry.context import TraceContext, context_of
from tests.support.web_service import service

ATTEMPT = TraceContext(0xA, 0xB)


class Calling:
    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.config = call_spans(provider.get_tracer("calls"))
        self.heard: list[dict[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.heard.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(status=int(request.query.get("status", "200")))

    async def call(self, url: str, headers: dict[str, str] | None = None) -> ReadableSpan:
        trace = ATTEMPT.within({"tracestate": "a=1", "baggage": "tenant=blue"})
        session = aiohttp.ClientSession(trace_configs=[self.config])
        with Entered(ATTEMPT, trace, {}):
            async with session, session.get(url, headers=headers):
                return self.told()

    def told(self) -> ReadableSpan:
        (span,) = self.exporter.get_finished_spans()
        return span


@pytest.fixture
def calling() -> Calling:
    return Calling()


@pytest.fixture
async def url(calling: Calling) -> AsyncIterator[str]:
    async with service(calling.answer) as address:
        yield address


async def test_a_call_is_a_client_span_beneath_the_attempt(calling: Calling, url: str) -> None:
    span = await calling.call(f"{url}/token/7f3a?key=1")

    assert (span.name, span.kind, span.parent and span.parent.span_id) == ("GET", SpanKind.CLIENT, 0xB)
    address, _, port = url.removeprefix("http://").partition(":")
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "url.scheme": "http",
        "server.address": address,
        "server.port": int(port),
    }


async def test_the_other_side_may_go_on_from_the_call_and_hears_no_baggage(calling: Calling, url: str) -> None:
    span = await calling.call(url)

    (heard,) = calling.heard
    assert span.context is not None
    assert context_of(heard) == TraceContext(0xA, span.context.span_id)
    assert heard["tracestate"] == "a=1"
    assert "baggage" not in heard


async def test_a_trace_that_the_caller_names_itself_is_left_alone(calling: Calling, url: str) -> None:
    named = TraceContext(1, 2).traceparent

    await calling.call(url, {"Traceparent": named})

    assert calling.heard[0]["traceparent"] == named
    assert "tracestate" not in calling.heard[0]


async def test_an_answer_of_400_and_more_is_a_failure(calling: Calling, url: str) -> None:
    span = await calling.call(f"{url}/?status=404")

    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "answered 404")


async def test_a_call_that_nobody_answers_has_failed(calling: Calling) -> None:
    with pytest.raises(aiohttp.ClientConnectorError):
        await calling.call("http://127.0.0.1:9/")

    span = calling.told()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.status.description or "").startswith("ClientConnectorError: ")
