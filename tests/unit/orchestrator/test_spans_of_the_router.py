from datetime import timedelta

from durable.cloudevent import CONTENT_TYPE
from durable.messages import EVENTS, Message
from durable.telemetry.context import context_of
from durable.telemetry.span import Kind
from durable.telemetry.tracing import recording
from orchestrator.router import SUBSCRIPTION
from tests.support.told_spans import check_traces, named, place, the, within
from tests.unit.orchestrator.test_router import TRACE, World, an_event


async def test_an_event_is_a_span_and_what_it_leads_to_stands_beneath_it() -> None:
    tracing, spans = recording()
    world = World(tracing=tracing)
    await world.publish(an_event({"order": {"id": 17}}))
    async with world.routing():
        (message,) = await world.started("ship:17")

    publisher = context_of(TRACE)
    assert publisher is not None
    check_traces(spans, [(publisher.trace_id, publisher.span_id)])
    route, send = the(spans, "route order.paid"), the(spans, "send instances")
    assert (route.kind, route.parent, send.kind) == (Kind.CONSUMER, publisher.span_id, Kind.PRODUCER)
    assert route.attributes["messaging.destination.name"] == "events"
    assert within(spans, route) == ["send instances"]
    assert context_of(message.trace) == send.context


async def test_an_event_without_a_trace_is_the_root_of_one_that_follows_from_its_id() -> None:
    roots = []
    for _ in range(2):
        tracing, spans = recording()
        world = World(tracing=tracing)
        await world.memory.send(
            EVENTS, [Message(an_event({"order": {"id": 17}}).to_json(), "m1", content_type=CONTENT_TYPE)]
        )
        async with world.routing():
            await world.started("ship:17")
        check_traces(spans)
        roots.append(place(the(spans, "route order.paid")))

    assert roots[0] == roots[1]


async def test_an_event_that_goes_to_the_dead_letters_is_a_failed_span() -> None:
    tracing, spans = recording()
    world = World(tracing=tracing)
    await world.publish(an_event({}, type="nobody.cares"), b"no event")
    async with world.routing():
        receiver = await world.memory.receiver(f"{SUBSCRIPTION}/$deadletter")
        while len(spans) < 2:
            await receiver.receive(10, timedelta(seconds=1))

    refused, unreadable = spans
    assert (refused.name, unreadable.name) == ("route nobody.cares", "route")
    assert refused.error == "NoSaga"
    assert unreadable.error == "Undecodable"


async def test_a_send_that_the_broker_does_not_confirm_is_told_as_failed() -> None:
    tracing, spans = recording()
    world = World(failures=1, tracing=tracing)
    await world.publish(an_event({"order": {"id": 17}}))
    async with world.routing():
        await world.started("ship:17")

    failed, sent = named(spans, "send instances")
    assert failed.failure is not None
    assert failed.failure.message == "away"
    assert place(failed) == place(sent)
    assert not sent.has_failed
