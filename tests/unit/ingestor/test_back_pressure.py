import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from durable.errors import BrokerUnavailable
from durable.messages import Message
from durable.telemetry.metrics.declared import EVENTS_INGESTED
from tests.support.ingestor_world import IngestorWorld

STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}


def an_event(id: str) -> dict[str, Any]:
    data = {"objects": ["a"]}
    return {"specversion": "1.0", "id": id, "source": "/shop", "type": "rows.received", "data": data}


class SlowBroker:
    """Confirms when told to, or is away."""

    def __init__(self, world: IngestorWorld) -> None:
        self._broker = world.broker
        self.open = asyncio.Event()
        self.away = False

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        if self.away:
            raise BrokerUnavailable("away")
        await self.open.wait()
        await self._broker.send(destination, messages)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)


@pytest.fixture
def world() -> IngestorWorld:
    world = IngestorWorld()
    world.limits = replace(world.limits, waiting_events=3)
    return world


async def until_waiting() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def test_what_comes_while_too_much_waits_is_told_to_come_later_and_is_taken_then(world: IngestorWorld) -> None:
    broker = SlowBroker(world)
    client = world.client(broker=broker)
    waiting = [asyncio.create_task(client.post("/events", an_event(str(id)), STRUCTURED)) for id in range(3)]
    await until_waiting()

    refused = await client.post("/events", an_event("3"), STRUCTURED)

    assert (refused.status, refused.problem, refused.headers["retry-after"]) == (429, "busy", "1")
    assert "expected fewer than 3 events to wait" in refused.json["detail"]
    broker.open.set()
    assert [(await task).status for task in waiting] == [202, 202, 202]
    assert (await client.post("/events", an_event("3"), STRUCTURED)).status == 202
    assert len(await world.published()) == 4


async def test_a_batch_that_has_no_room_beside_others_is_told_to_come_later(world: IngestorWorld) -> None:
    broker = SlowBroker(world)
    client = world.client(broker=broker)
    waiting = asyncio.create_task(client.post("/events", an_event("0"), STRUCTURED))
    await until_waiting()

    refused = await client.post("/events", [an_event(str(id)) for id in range(1, 4)], BATCH)

    assert refused.status == 429
    broker.open.set()
    assert (await waiting).status == 202


async def test_a_batch_larger_than_the_room_is_taken_by_an_empty_one(world: IngestorWorld) -> None:
    answer = await world.client().post("/events", [an_event(str(id)) for id in range(10)], BATCH)

    assert answer.status == 202


async def test_a_file_is_not_read_while_too_much_waits(world: IngestorWorld) -> None:
    broker = SlowBroker(world)
    client = world.client(broker=broker)
    waiting = [asyncio.create_task(client.post("/events", an_event(str(id)), STRUCTURED)) for id in range(3)]
    await until_waiting()

    refused = await client.post("/files/a.pdf", b"content")

    assert refused.status == 429
    assert await world.stored() == []
    broker.open.set()
    await asyncio.gather(*waiting)


async def test_while_the_broker_is_away_the_pause_is_longer(world: IngestorWorld) -> None:
    broker = SlowBroker(world)
    broker.away = True
    client = world.client(broker=broker)
    waiting = [asyncio.create_task(client.post("/events", an_event(str(id)), STRUCTURED)) for id in range(3)]
    await until_waiting()

    refused = await client.post("/events", an_event("3"), STRUCTURED)

    assert (refused.status, refused.headers["retry-after"]) == (429, "5")
    broker.away = False
    broker.open.set()
    assert [(await task).status for task in waiting] == [202, 202, 202]


async def test_room_is_made_when_a_sender_goes_away(world: IngestorWorld) -> None:
    broker = SlowBroker(world)
    client = world.client(broker=broker)
    waiting = [asyncio.create_task(client.post("/events", an_event(str(id)), STRUCTURED)) for id in range(3)]
    await until_waiting()

    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    broker.open.set()

    assert (await client.post("/events", an_event("3"), STRUCTURED)).status == 202


async def test_readiness_says_that_events_wait_for_the_broker(world: IngestorWorld) -> None:
    broker = SlowBroker(world)
    broker.away = True
    client = world.client(broker=broker)
    assert world.health.report()[0] == 200
    waiting = asyncio.create_task(client.post("/events", an_event("0"), STRUCTURED))
    await until_waiting()

    reasons = {"publishing events": "the broker does not confirm; events that wait: 1"}
    assert world.health.report() == (503, {"status": "not ready", "reasons": reasons})

    broker.away = False
    broker.open.set()
    assert (await waiting).status == 202
    assert world.health.report()[0] == 200


async def test_a_broker_that_was_away_is_not_held_against_an_ingestor_in_which_nothing_waits(
    world: IngestorWorld,
) -> None:
    world.no_patience()
    broker = SlowBroker(world)
    broker.away = True
    assert (await world.client(broker=broker).post("/events", an_event("0"), STRUCTURED)).status == 503

    assert world.health.report()[0] == 200


async def test_events_are_counted_by_type_and_by_what_becomes_of_them(world: IngestorWorld) -> None:
    client = world.client()
    unfit, unknown = {**an_event("1"), "data": {}}, {**an_event("2"), "type": "made.up"}
    for event in (an_event("0"), unfit, unknown):
        await client.post("/events", event, STRUCTURED)

    value = world.metrics.value
    assert value(EVENTS_INGESTED, "rows.received", "taken") == 1
    assert value(EVENTS_INGESTED, "rows.received", "invalid-data") == 1
    assert value(EVENTS_INGESTED, "none", "unknown-type") == 1
