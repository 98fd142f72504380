import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from azure.eventhub import EventData, TransportType
from azure.eventhub.aio import EventHubProducerClient

from durable.cloudevent import CloudEvent
from ingestor.sources.azure_hub import AzureEventHub, checkpoints_for
from ingestor.sources.event_hub import EventHub, EventHubSource, HubEvent, Take
from ingestor.sources.options import EventHubOptions
from tests.support.event_hub_stub import EventHubStub, a_value, an_event, event_hub_stub
from tests.support.hurried_sdk import hurry_event_hub_sdk
from tests.support.ingestor_world import IngestorWorld

HUB = "orders"
STRUCTURED = "application/cloudevents+json"


def a_cloud_event(id: str, **attributes: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/shop",
        "type": "rows.received",
        "data": {"objects": ["a"]},
    } | attributes


def encoded(id: str, **attributes: object) -> bytes:
    return an_event(orjson.dumps(a_cloud_event(id, **attributes)), STRUCTURED)


@pytest.fixture(autouse=True)
def hurried() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        hurry_event_hub_sdk(patch)
        yield patch


@pytest.fixture
async def stub(hurried: pytest.MonkeyPatch) -> AsyncIterator[EventHubStub]:
    async with event_hub_stub(hurried) as stub:
        yield stub


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


def hub_of(stub: EventHubStub, world: IngestorWorld) -> AzureEventHub:
    options = EventHubOptions(HUB, connection_string=stub.connection_string)
    checkpoints = checkpoints_for("file:///local", world.objects, "")
    return AzureEventHub(options, "", checkpoints, load_balancing_interval=0.05, load_balancing_strategy="greedy")


@asynccontextmanager
async def reading(hub: EventHub, take: Take) -> AsyncIterator[None]:
    task = asyncio.create_task(hub.read(take))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def taking(world: IngestorWorld, stub: EventHubStub) -> AsyncIterator[None]:
    source = EventHubSource(hub_of(stub, world), HUB, world.ingestion().intake)
    async with reading(hub_of(stub, world), source.take):
        yield


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110  The hub is read over a socket.
            await asyncio.sleep(0.01)


class Published:
    """What was published so far."""

    def __init__(self, world: IngestorWorld) -> None:
        self._world = world
        self.events: list[CloudEvent] = []

    async def look(self) -> list[str]:
        self.events += [CloudEvent.from_json(delivery.body) for delivery in await self._world.published()]
        return [event.id for event in self.events]

    async def until(self, count: int) -> None:
        async def all_there() -> bool:
            return len(await self.look()) >= count

        await until(all_there)


async def checkpoints(world: IngestorWorld) -> dict[str, str]:
    listed = [info.name async for info in world.objects.list("event-hub-checkpoints")]
    read = [orjson.loads(await world.objects.get(name)) for name in listed]
    return {one["partition_id"]: one["offset"] for one in read}


async def test_events_of_every_partition_are_published_in_their_order(world: IngestorWorld, stub: EventHubStub) -> None:
    for number in range(20):
        for partition in ("0", "1"):
            stub.append(partition, encoded(f"{partition}-{number}"))
    published = Published(world)

    async with taking(world, stub):
        await published.until(40)

    ids = [event.id for event in published.events]
    for partition in ("0", "1"):
        of_it = [id for id in ids if id.startswith(partition)]
        assert of_it == [f"{partition}-{number}" for number in range(20)]


async def test_what_the_vendors_client_sends_is_read(world: IngestorWorld, stub: EventHubStub) -> None:
    event = EventData(orjson.dumps(a_cloud_event("1")))
    event.content_type = STRUCTURED
    binary = EventData(b'{"objects": ["b"]}')
    binary.content_type = "application/json"
    attributes = {"specversion": "1.0", "id": "2", "source": "/shop", "type": "rows.received"}
    binary.properties = {f"cloudEvents:{name}": value for name, value in attributes.items()}
    async with EventHubProducerClient.from_connection_string(
        stub.connection_string, eventhub_name=HUB, transport_type=TransportType.Amqp
    ) as producer:
        await producer.send_batch([event, binary], partition_id="0")
    published = Published(world)

    async with taking(world, stub):
        await published.until(2)

    assert [(event.id, event.data) for event in published.events] == [
        ("1", {"objects": ["a"]}),
        ("2", {"objects": ["b"]}),
    ]


async def test_a_restart_goes_on_behind_the_checkpoint(world: IngestorWorld, stub: EventHubStub) -> None:
    stub.append("0", encoded("1"))
    stub.append("0", encoded("2"))
    published = Published(world)

    async def is_noted() -> bool:
        return await checkpoints(world) == {"0": "100"}

    async with taking(world, stub):
        await published.until(2)
        await until(is_noted)
    stub.append("0", encoded("3"))
    async with taking(world, stub):
        await published.until(3)

    assert [event.id for event in published.events] == ["1", "2", "3"]
    assert [first for partition, first in stub.read_from if partition == "0"] == [0, 2]


async def test_a_batch_that_was_not_taken_is_read_again(world: IngestorWorld, stub: EventHubStub) -> None:
    stub.append("0", encoded("1"))
    taken: list[list[int]] = []

    async def fail_once(partition: str, events: Sequence[HubEvent]) -> None:
        taken.append([event.sequence for event in events])
        if len(taken) == 1:
            raise ValueError("a bug")

    async def is_repeated() -> bool:
        return len(taken) >= 2

    async with reading(hub_of(stub, world), fail_once):
        await until(is_repeated)

    assert taken[:2] == [[0], [0]]


async def test_no_checkpoint_is_written_before_a_batch_is_taken(world: IngestorWorld, stub: EventHubStub) -> None:
    stub.append("0", encoded("1"))
    begun = asyncio.Event()

    async def hang(partition: str, events: Sequence[HubEvent]) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with reading(hub_of(stub, world), hang):
        await asyncio.wait_for(begun.wait(), 20)

    assert await checkpoints(world) == {}


async def test_nonsense_becomes_a_dead_letter_and_holds_nobody_up(world: IngestorWorld, stub: EventHubStub) -> None:
    stub.append("0", an_event(b"\xff\xfe"))
    stub.append("0", a_value({"no": "data"}))
    stub.append("0", encoded("3", type="order.placed"))
    stub.append("0", an_event(b"7", "application/json", **{"cloudEvents:specversion": "1.0"}))
    stub.append("0", encoded("5"))
    published = Published(world)

    async with taking(world, stub):
        await published.until(1)

    listed = (await world.client().get("/dead-letters")).json["dead_letters"]
    assert {(letter["message"], letter["reason"]) for letter in listed} == {
        ("0/0", "malformed"),
        ("0/1", "malformed"),
        ("0/2", "unknown-type"),
        ("0/3", "malformed"),
    }
    assert {letter["origin"] for letter in listed} == {"event-hub orders"}
    assert [event.id for event in published.events] == ["5"]
