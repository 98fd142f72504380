"""The spans of the ingestor, and what the messages that it sends name as their parents."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from durable.errors import BrokerUnavailable, MessageTooLarge
from durable.ids import digest
from durable.ports import Broker
from durable.telemetry.context import TraceContext, context_of, span_id_of
from durable.telemetry.span import Kind, Span
from durable.telemetry.tracing import recording
from ingestor.checked import Refusal, Refused
from ingestor.dead_letters import Incoming
from tests.support.ingestor_world import IngestorWorld
from tests.support.ports_with_faults import FaultyBroker

STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
CALLER = TraceContext(0xA1, 0xB2)
CARRIED = TraceContext(0xC3, 0xD4)
START = datetime(2026, 1, 1, tzinfo=UTC)


def an_event(id: str = "1", **attributes: object) -> dict[str, Any]:
    rows = {"objects": ["uploads/1/a.jsonl"]}
    return {"specversion": "1.0", "id": id, "source": "/shop", "type": "rows.received", "data": rows} | attributes


def arrived(*events: object, origin: str = "storage-queue orders", **properties: str) -> Incoming:
    body = orjson.dumps(events[0] if len(events) == 1 else events)
    return Incoming(origin, "m-1", START, body, "application/json", properties)


class TracedWorld(IngestorWorld):
    def __init__(self) -> None:
        super().__init__()
        self.tracing, self.spans = recording()

    def one(self, kind: Kind) -> Span:
        (span,) = [span for span in self.spans if span.kind is kind]
        return span

    async def named(self) -> Sequence[TraceContext | None]:
        """Give what the published messages name as their parents."""
        return [context_of(delivery.properties) for delivery in await self.published()]

    async def take(self, *arrived: Incoming, broker: Broker | None = None) -> None:
        await self.ingestion(broker=broker).intake.take(arrived)


@pytest.fixture
def world() -> TracedWorld:
    return TracedWorld()


async def test_an_event_is_sent_beneath_its_request_and_its_message_names_the_send(world: TracedWorld) -> None:
    headers = {**STRUCTURED, "traceparent": CALLER.traceparent, "baggage": "tenant=blue"}
    await world.client().post("/events", an_event(), headers)

    request, send = world.one(Kind.SERVER), world.one(Kind.PRODUCER)
    (message,) = await world.published()
    assert (request.name, request.parent) == ("POST /events", CALLER.span_id)
    assert (send.name, send.parent) == ("send events", request.context.span_id)
    assert send.context == CALLER.child(span_id_of("send", digest("/shop", "1")))
    assert send.attributes == {
        **recording()[0].messaging("send", "events"),
        "messaging.message.id": digest("/shop", "1"),
        "durable.event_type": "rows.received",
    }
    assert message.properties == {
        "traceparent": send.context.traceparent,
        "baggage": "tenant=blue",
        "type": "rows.received",
    }


async def test_nobody_names_a_parent_that_is_not_told(world: TracedWorld) -> None:
    await world.client().post("/events", [an_event("1"), an_event("2")], BATCH)
    await world.client().post("/files/a.pdf", b"%PDF", {"content-type": "application/pdf"})

    told = {span.context for span in world.spans}
    assert {span.parent for span in world.spans if span.kind is Kind.SERVER} == {0}
    assert {span.context.child(span.parent) for span in world.spans if span.parent} < told
    named = await world.named()
    assert len(named) == 3
    assert told.issuperset(named)


async def test_the_trace_that_an_event_carries_is_linked_when_its_request_has_one(world: TracedWorld) -> None:
    headers = {**STRUCTURED, "traceparent": CALLER.traceparent}
    await world.client().post("/events", an_event(traceparent=CARRIED.traceparent), headers)

    send = world.one(Kind.PRODUCER)
    assert send.context.trace_id == CALLER.trace_id
    assert send.links == (CARRIED,)


async def test_the_trace_that_an_event_carries_goes_on_when_its_request_has_none(world: TracedWorld) -> None:
    event = an_event(traceparent=CARRIED.traceparent, tracestate="a=1")
    await world.client().post("/events", event, STRUCTURED)

    send, request = world.one(Kind.PRODUCER), world.one(Kind.SERVER)
    (message,) = await world.published()
    assert (send.context.trace_id, send.parent) == (CARRIED.trace_id, CARRIED.span_id)
    assert send.links == (request.context,)
    assert message.properties["tracestate"] == "a=1"


async def test_a_send_that_is_not_confirmed_has_failed(world: TracedWorld) -> None:
    world.no_patience()
    broker = FaultyBroker(world.broker, [BrokerUnavailable("away")] * 100)
    await world.client(broker=broker).post("/events", an_event(), STRUCTURED)

    send, request = world.one(Kind.PRODUCER), world.one(Kind.SERVER)
    assert send.error.startswith("the broker did not confirm")
    assert request.error == "answered 503"


async def test_what_comes_by_a_queue_is_taken_beneath_what_its_event_carries(world: TracedWorld) -> None:
    await world.take(arrived(an_event(traceparent=CARRIED.traceparent)))

    take, send = world.one(Kind.CONSUMER), world.one(Kind.PRODUCER)
    assert (take.name, take.parent) == ("take storage-queue orders", CARRIED.span_id)
    assert take.attributes["messaging.destination.name"] == "orders"
    assert (send.parent, send.links) == (take.context.span_id, ())
    assert await world.named() == [send.context]


async def test_what_a_message_names_comes_before_what_its_events_carry(world: TracedWorld) -> None:
    event = an_event(traceparent=CARRIED.traceparent)
    await world.take(arrived(event, origin="event-hub telemetry", **{"Diagnostic-Id": CALLER.traceparent}))

    take, send = world.one(Kind.CONSUMER), world.one(Kind.PRODUCER)
    assert take.parent == CALLER.span_id
    assert send.links == (CARRIED,)


async def test_what_comes_by_a_folder_is_the_root_of_a_trace(world: TracedWorld) -> None:
    await world.take(arrived(an_event(), origin="watched-folder"))

    take = world.one(Kind.INTERNAL)
    assert (take.name, take.parent) == ("take watched-folder", 0)
    assert world.one(Kind.PRODUCER).parent == take.context.span_id


async def test_the_events_of_one_message_are_sent_beneath_it_each(world: TracedWorld) -> None:
    await world.take(arrived(an_event("1"), an_event("2")), arrived(an_event("3")))

    takes = [span for span in world.spans if span.kind is Kind.CONSUMER]
    sends = [span for span in world.spans if span.kind is Kind.PRODUCER]
    assert [span.parent for span in sends] == [takes[index].context.span_id for index in (0, 0, 1)]


async def test_what_becomes_a_dead_letter_is_a_failed_span(world: TracedWorld) -> None:
    await world.take(arrived(an_event(type="order.placed")))

    assert world.one(Kind.CONSUMER).error.startswith("expected an event type of")


async def test_what_is_refused_unread_is_a_failed_span(world: TracedWorld) -> None:
    await world.ingestion().intake.refuse(arrived({}), Refused(Refusal.DELIVERED_TOO_OFTEN, "too often"))

    assert world.one(Kind.CONSUMER).error == "too often"


async def test_an_event_that_the_broker_finds_too_large_is_a_failed_span(world: TracedWorld) -> None:
    await world.take(arrived(an_event()), broker=FaultyBroker(world.broker, [MessageTooLarge("too large")]))

    assert [(span.kind, span.error) for span in world.spans] == [(Kind.CONSUMER, "too large")]


@pytest.mark.parametrize("carried", ["", CARRIED.traceparent])
async def test_a_replay_goes_on_in_the_trace_of_its_dead_letter(world: TracedWorld, carried: str) -> None:
    known = world.catalogue.pop("rows.received")
    await world.take(arrived(an_event(**({"traceparent": carried} if carried else {}))))
    take = world.one(Kind.CONSUMER)
    world.catalogue["rows.received"] = known
    (letter,) = (await world.client().get("/dead-letters")).json["dead_letters"]

    headers = {"traceparent": CALLER.traceparent}
    answer = await world.client().post(f"/dead-letters/{letter['id']}/replay", None, headers)

    assert answer.status == 202
    send, replay = world.one(Kind.PRODUCER), world.spans[-1]
    assert replay.name == "POST /dead-letters/{id}/replay"
    assert (send.context.trace_id, send.parent) == (take.context.trace_id, take.context.span_id)
    assert send.links == (replay.context,)


async def test_a_dead_letter_of_event_grid_keeps_the_trace_of_its_request(world: TracedWorld) -> None:
    headers = {"aeg-event-type": "Notification", "content-type": "application/json"}
    await world.client().post("/events", [an_event("1"), an_event("2", type="order.placed")], headers)

    request, send = world.one(Kind.SERVER), world.one(Kind.PRODUCER)
    assert send.parent == request.context.span_id
    (listed,) = (await world.client().get("/dead-letters")).json["dead_letters"]
    letter = (await world.client().get(f"/dead-letters/{listed['id']}")).json
    assert letter["properties"]["traceparent"] == request.context.traceparent


async def test_without_tracing_a_dead_letter_holds_what_came_with_it_and_nothing_more() -> None:
    world = IngestorWorld()
    await world.ingestion().intake.take([arrived(an_event(type="order.placed"), a="b")])

    (listed,) = (await world.client().get("/dead-letters")).json["dead_letters"]
    letter = (await world.client().get(f"/dead-letters/{listed['id']}")).json
    assert letter["properties"] == {"a": "b"}
