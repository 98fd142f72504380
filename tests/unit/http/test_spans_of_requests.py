from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from fastapi import FastAPI, Request, Response

from durable.adapters.memory import ManualClock
from durable.health import Health
from durable.http.application import new_application
from durable.http.entrance import entrance
from durable.http.roles import Role
from durable.http.tracing import trace_of_request, trace_requests
from durable.telemetry.context import TraceContext, context_of
from durable.telemetry.span import Kind, Span
from durable.telemetry.tracing import Tracing, recording
from emulators.testing import tenant_endpoint
from tests.support.asgi import AsgiClient
from tests.support.guarded import AUDIENCE, settings_for

CALLER = TraceContext(0xA1, 0xB2)
EPOCH_OF_CLOCK = ManualClock().now()


class Service:
    def __init__(self, tracing: Tracing | None) -> None:
        self.clock = ManualClock()
        self.numbers: Iterator[int] = count(1)
        self.passed_on: dict[str, str] = {}
        self.app: FastAPI = new_application("a service", "for tests", Health())
        self.app.add_api_route("/things/{name:text}", self.answer, methods=["GET", "POST"])
        self.app.add_api_route("/bug", self.bug)
        trace_requests(self.app, tracing, self.clock, self.bits)
        self.client = AsgiClient(self.app)

    def bits(self, _: int) -> int:
        return next(self.numbers)

    async def answer(self, request: Request, name: str) -> Response:
        self.passed_on = trace_of_request(request, self.bits)
        self.clock.advance(timedelta(seconds=2))
        return Response(status_code=int(name))

    async def bug(self) -> Response:
        raise ValueError("no such luck")


@pytest.fixture
def spans() -> list[Span]:
    return []


@pytest.fixture
def service(spans: list[Span]) -> Service:
    return Service(Tracing(spans.append, "bus", lambda _: True))


async def test_a_request_is_a_server_span_named_after_its_route(service: Service, spans: list[Span]) -> None:
    await service.client.post("/things/200")

    (span,) = spans
    assert (span.name, span.kind) == ("POST /things/{name}", Kind.SERVER)
    assert (span.start, span.end) == (EPOCH_OF_CLOCK, EPOCH_OF_CLOCK + timedelta(seconds=2))
    assert span.attributes == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/things/{name}",
        "url.scheme": "http",
    }
    assert not span.has_failed


async def test_what_is_passed_on_stands_beneath_the_request(service: Service, spans: list[Span]) -> None:
    headers = {"traceparent": CALLER.traceparent, "tracestate": "a=1", "baggage": "b=2"}

    await service.client.get("/things/200", headers)

    (span,) = spans
    assert span.parent == CALLER.span_id
    assert span.context == CALLER.child(span.context.span_id)
    assert service.passed_on == span.context.within({"tracestate": "a=1", "baggage": "b=2"})


@pytest.mark.parametrize("traceparent", ["", "none"])
async def test_a_request_without_a_valid_trace_is_the_root_of_a_new_one(
    service: Service, spans: list[Span], traceparent: str
) -> None:
    await service.client.get("/things/200", {"traceparent": traceparent, "tracestate": "a=1"})

    (span,) = spans
    assert span.parent == 0
    assert service.passed_on == {"traceparent": span.context.traceparent}


async def test_an_answer_of_500_and_more_is_a_failure(service: Service, spans: list[Span]) -> None:
    await service.client.get("/things/503")
    await service.client.get("/things/404")

    assert [span.error for span in spans] == ["answered 503", ""]


async def test_a_bug_is_told_with_its_exception(service: Service, spans: list[Span]) -> None:
    with pytest.raises(ValueError, match="no such luck"):
        await service.client.get("/bug")

    (span,) = spans
    assert span.attributes["http.response.status_code"] == 500
    assert span.failure is not None
    assert (span.failure.type, span.failure.message) == ("ValueError", "no such luck")


@pytest.mark.parametrize(
    ("method", "target", "name"),
    [
        ("GET", "/wp-admin/1", "GET"),
        ("GET", "/wp-admin/2", "GET"),
        ("BREW", "/coffee", "_OTHER"),
        ("DELETE", "/things/200", "DELETE /things/{name}"),
    ],
)
async def test_an_unknown_path_or_method_makes_no_new_name(
    service: Service, spans: list[Span], method: str, target: str, name: str
) -> None:
    await service.client.send(method, target, [])

    (span,) = spans
    assert span.name == name
    assert target not in span.attributes.values()


async def test_a_look_at_the_health_tells_nothing(service: Service, spans: list[Span]) -> None:
    await service.client.get("/health/live")

    assert spans == []


async def test_an_unsampled_trace_stays_unsampled() -> None:
    tracing, spans = recording()
    service = Service(tracing)

    await service.client.get("/things/200", {"traceparent": TraceContext(1, 2, sampled=False).traceparent})

    passed_on = context_of(service.passed_on)
    assert passed_on is not None
    assert not passed_on.sampled
    assert spans == []


async def test_without_tracing_a_request_passes_on_what_it_brought() -> None:
    service = Service(None)

    await service.client.get("/things/200", {"traceparent": CALLER.traceparent})

    assert service.passed_on == {"traceparent": CALLER.traceparent}


async def test_a_caller_that_is_known_is_told_by_object_id(service: Service, spans: list[Span]) -> None:
    async with (
        tenant_endpoint() as entra,
        entrance(service.app, lambda *_: Role.READ, settings_for(entra), Health()) as app,
    ):
        bearer = {"Authorization": f"Bearer {entra.tenant.token(AUDIENCE, ['read'], oid='ada')}"}
        await AsgiClient(app).get("/things/200", bearer)

    assert [span.attributes["enduser.id"] for span in spans] == ["ada"]
