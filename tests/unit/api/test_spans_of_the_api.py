import pytest

from durable.errors import BrokerUnavailable
from durable.telemetry.context import TraceContext, context_of
from durable.telemetry.span import Kind
from durable.telemetry.tracing import recording
from tests.support.api_world import ApiWorld
from tests.support.ports_with_faults import FaultyBroker
from tests.support.told_spans import check_traces, roots, the, within

CALLER = TraceContext(0xA1, 0xB2)


async def test_a_start_stands_beneath_its_request_and_the_message_beneath_its_send() -> None:
    tracing, spans = recording()
    world = ApiWorld(tracing=tracing)

    await world.client().post("/sagas/tick/instances?instance_id=a")

    check_traces(spans)
    (request,) = roots(spans)
    assert (request.name, request.kind) == ("POST /sagas/{saga}/instances", Kind.SERVER)
    assert within(spans, request) == ["send instances"]
    (message,) = await world.messages("a")
    assert context_of(message.trace) == the(spans, "send instances").context


async def test_the_head_of_a_start_passes_on_its_request() -> None:
    tracing, spans = recording()
    world = ApiWorld(tracing=tracing)

    await world.client().post("/sagas/tick/instances?instance_id=a", headers={"traceparent": CALLER.traceparent})

    head = await world.head("a")
    request = the(spans, "POST /sagas/{saga}/instances")
    assert head is not None
    assert context_of(head.trace) == request.context
    assert (request.context.trace_id, request.parent) == (CALLER.trace_id, CALLER.span_id)


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/instances/a/events/paid", "POST /instances/{instance_id}/events/{name}"),
        ("/instances/a/cancel", "POST /instances/{instance_id}/cancel"),
        ("/instances/a/terminate", "POST /instances/{instance_id}/terminate"),
        ("/instances/a/suspend", "POST /instances/{instance_id}/suspend"),
    ],
)
async def test_what_an_instance_is_told_is_sent_beneath_its_request(target: str, name: str) -> None:
    tracing, spans = recording()
    world = ApiWorld(tracing=tracing)
    await world.client().post("/sagas/tick/instances?instance_id=a")
    spans.clear()

    answer = await world.client().post(target)

    check_traces(spans)
    assert answer.status == 202
    assert within(spans, the(spans, name)) == ["send instances"]


@pytest.mark.parametrize(
    ("target", "status", "name"),
    [
        ("/sagas/nobody/instances", 404, "POST /sagas/{saga}/instances"),
        ("/instances/nobody/cancel", 404, "POST /instances/{instance_id}/cancel"),
        ("/sagas/pay/instances", 422, "POST /sagas/{saga}/instances"),
        ("/completions/none", 422, "POST /completions/{token}"),
    ],
)
async def test_a_refused_request_is_a_span_that_has_not_failed(target: str, status: int, name: str) -> None:
    tracing, spans = recording()

    answer = await ApiWorld(tracing=tracing).client().post(target)

    (request,) = spans
    assert (answer.status, request.name) == (status, name)
    assert request.attributes["http.response.status_code"] == status
    assert not request.has_failed


async def test_a_request_that_a_part_does_not_answer_has_failed() -> None:
    tracing, spans = recording()
    world = ApiWorld(tracing=tracing)
    await world.client().post("/sagas/tick/instances?instance_id=a")
    spans.clear()

    answer = await world.client(broker=FaultyBroker(world.broker, [BrokerUnavailable("away")])).post(
        "/instances/a/cancel"
    )

    request, send = the(spans, "POST /instances/{instance_id}/cancel"), the(spans, "send instances")
    assert (answer.status, request.error) == (503, "answered 503")
    assert send.failure is not None
    assert send.failure.message == "away"


async def test_without_tracing_a_start_passes_on_what_the_request_brought() -> None:
    world = ApiWorld()

    await world.client().post("/sagas/tick/instances?instance_id=a", headers={"traceparent": CALLER.traceparent})

    (message,) = await world.messages("a")
    assert message.trace == {"traceparent": CALLER.traceparent}
