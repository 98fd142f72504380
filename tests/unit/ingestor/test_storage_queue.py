import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from azure.storage.queue import TextBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from durable.cloudevent import CloudEvent
from durable.errors import BrokerUnavailable, TransientError
from durable.ports import Broker
from ingestor.sources.azure_queue import AzureStorageQueue
from ingestor.sources.options import StorageQueueOptions
from ingestor.sources.storage_queue import StorageQueueSource
from tests.support.ingestor_world import IngestorWorld
from tests.support.ports_with_faults import FaultyBroker, FaultyObjects
from tests.support.served import served
from tests.support.storage_queue_stub import ACCOUNT, KEY, QUEUE, StorageQueueStub

VISIBILITY = timedelta(seconds=60)


def an_event(id: str | None = "1", **attributes: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/shop",
        "type": "rows.received",
        "data": {"objects": ["a"]},
    } | attributes


def in_base64(value: object) -> str:
    return base64.b64encode(orjson.dumps(value)).decode()


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


@pytest.fixture
def stub(world: IngestorWorld) -> StorageQueueStub:
    return StorageQueueStub(world.clock)


@pytest.fixture
async def url(stub: StorageQueueStub) -> AsyncIterator[str]:
    async with served(stub.app()) as base:
        yield f"{base}/{ACCOUNT}/{QUEUE}"


@pytest.fixture
async def queue(url: str) -> AsyncIterator[AzureStorageQueue]:
    queue = AzureStorageQueue(StorageQueueOptions(url, KEY), "")
    yield queue
    await queue.close()


@pytest.fixture
def source(world: IngestorWorld, queue: AzureStorageQueue) -> StorageQueueSource:
    return source_of(world, queue)


def source_of(
    world: IngestorWorld, queue: AzureStorageQueue, broker: Broker | None = None, visibility: timedelta = VISIBILITY
) -> StorageQueueSource:
    intake = world.ingestion(broker=broker).intake
    return StorageQueueSource(queue, QUEUE, intake, deliveries_max=5, visibility=visibility)


async def published(world: IngestorWorld) -> list[CloudEvent]:
    return [CloudEvent.from_json(delivery.body) for delivery in await world.published()]


async def letters(world: IngestorWorld) -> list[dict[str, Any]]:
    client = world.client()
    listed = (await client.get("/dead-letters")).json["dead_letters"]
    return [(await client.get(f"/dead-letters/{letter['id']}")).json for letter in listed]


@pytest.mark.parametrize("text", [in_base64(an_event()), orjson.dumps(an_event()).decode()], ids=["base64", "plain"])
async def test_an_event_of_the_queue_is_published_and_its_message_removed(
    world: IngestorWorld, stub: StorageQueueStub, source: StorageQueueSource, text: str
) -> None:
    stub.put(text)

    assert await source.take_some() == 1

    assert [(event.id, event.data) for event in await published(world)] == [("1", {"objects": ["a"]})]
    assert stub.messages == {}


async def test_what_the_vendors_client_sends_is_read(
    world: IngestorWorld, stub: StorageQueueStub, url: str, source: StorageQueueSource
) -> None:
    credential = {"account_name": ACCOUNT, "account_key": KEY}
    policy = TextBase64EncodePolicy()
    async with QueueClient.from_queue_url(url, credential=credential, message_encode_policy=policy) as client:
        await client.send_message(orjson.dumps(an_event("z", subject="Zürich <&>")).decode())

    await source.take_some()

    assert [event.subject for event in await published(world)] == ["Zürich <&>"]


async def test_what_event_grid_puts_into_a_queue_is_read(
    world: IngestorWorld, stub: StorageQueueStub, source: StorageQueueSource
) -> None:
    blob = {"contentLength": 5, "url": "https://shop.blob.core.windows.net/data/inbox/a.pdf", "api": "PutBlob"}
    event = {
        "id": "1",
        "topic": "/shop",
        "subject": "s",
        "eventType": "Microsoft.Storage.BlobCreated",
        "eventTime": "2026-01-01T00:00:00Z",
        "data": blob,
    }
    stub.put(in_base64(event))

    await source.take_some()

    assert [event.type for event in await published(world)] == ["document.received"]


async def test_an_empty_queue_gives_nothing(source: StorageQueueSource) -> None:
    assert await source.take_some() == 0


async def test_many_messages_are_taken_at_once_and_in_order(
    world: IngestorWorld, stub: StorageQueueStub, source: StorageQueueSource
) -> None:
    for number in range(40):
        stub.put(in_base64(an_event(str(number))))

    assert [await source.take_some() for _ in range(3)] == [32, 8, 0]
    assert [event.id for event in await published(world)] == [str(number) for number in range(40)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("bm8ganNvbg==", "malformed"),
        ("nonsense!", "malformed"),
        ("", "malformed"),
        ("/w==", "malformed"),
        (in_base64(an_event(id=None)), "malformed"),
        (in_base64(an_event(type="order.placed")), "unknown-type"),
        (in_base64(an_event(data={"objects": []})), "invalid-data"),
        (in_base64(an_event(subject="x" * 260_000)), "too-large"),
    ],
)
async def test_nonsense_becomes_a_dead_letter_with_its_reason_and_holds_nobody_up(
    world: IngestorWorld, stub: StorageQueueStub, source: StorageQueueSource, text: str, reason: str
) -> None:
    message = stub.put(text)
    stub.put(in_base64(an_event("good")))

    await source.take_some()

    (letter,) = await letters(world)
    assert (letter["origin"], letter["message"], letter["reason"]) == ("storage-queue orders", message, reason)
    assert letter["detail"].startswith("expected")
    assert [event.id for event in await published(world)] == ["good"]
    assert stub.messages == {}


async def test_of_a_message_with_several_events_the_bad_one_alone_is_a_dead_letter(
    world: IngestorWorld, stub: StorageQueueStub, source: StorageQueueSource
) -> None:
    bad = an_event("2", type="order.placed")
    stub.put(in_base64([an_event("1"), bad, an_event("3")]))

    await source.take_some()

    assert [event.id for event in await published(world)] == ["1", "3"]
    assert [orjson.loads(letter["body"]) for letter in await letters(world)] == [bad]


async def test_a_message_that_was_delivered_too_often_becomes_a_dead_letter_unread(
    world: IngestorWorld, stub: StorageQueueStub, source: StorageQueueSource
) -> None:
    stub.put(in_base64(an_event("4")), deliveries=4)
    stub.put(in_base64(an_event("5")), deliveries=5)

    await source.take_some()

    (letter,) = await letters(world)
    assert (letter["reason"], letter["detail"]) == (
        "delivered-too-often",
        "expected at most 5 deliveries; found 6",
    )
    assert [event.id for event in await published(world)] == ["4"]
    assert stub.messages == {}


async def test_a_message_that_comes_again_is_the_same_event(
    world: IngestorWorld, stub: StorageQueueStub, source: StorageQueueSource
) -> None:
    stub.put(in_base64(an_event()))
    stub.put(in_base64(an_event()))

    await source.take_some()

    assert len(await published(world)) == 1


async def test_while_the_broker_is_away_a_message_is_held_on_to_and_not_delivered_again(
    world: IngestorWorld, stub: StorageQueueStub, queue: AzureStorageQueue
) -> None:
    broker = FaultyBroker(world.broker, [BrokerUnavailable("away")] * 3)
    source = source_of(world, queue, broker, timedelta(seconds=1))
    id = stub.put(in_base64(an_event()))

    await source.take_some()

    assert "PUT" in stub.requests
    assert id not in stub.messages
    assert len(await published(world)) == 1


async def test_a_process_that_dies_before_the_broker_has_confirmed_loses_nothing(
    world: IngestorWorld, stub: StorageQueueStub, queue: AzureStorageQueue
) -> None:
    broker = FaultyBroker(world.broker, [BrokerUnavailable("away")] * 1000)
    stub.put(in_base64(an_event()))
    taking = asyncio.create_task(source_of(world, queue, broker).take_some())
    while not broker.calls:  # noqa: ASYNC110  The queue is read over a socket.
        await asyncio.sleep(0.01)
    taking.cancel()
    await asyncio.wait([taking])

    world.clock.advance(VISIBILITY)
    await source_of(world, queue).take_some()

    assert len(await published(world)) == 1
    assert stub.messages == {}


async def test_a_message_stays_until_its_dead_letter_is_kept(
    world: IngestorWorld, stub: StorageQueueStub, queue: AzureStorageQueue
) -> None:
    objects = FaultyObjects(TransientError("away"))
    intake = world.ingestion(objects=objects).intake
    source = StorageQueueSource(queue, QUEUE, intake, deliveries_max=5, visibility=VISIBILITY)
    id = stub.put("nonsense!")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(source.take_some(), 0.3)

    assert id in stub.messages


async def test_a_message_that_somebody_else_has_by_now_is_left_to_them(
    world: IngestorWorld, stub: StorageQueueStub, queue: AzureStorageQueue
) -> None:
    stub.put(in_base64(an_event()))
    (message,) = await queue.receive(1, VISIBILITY)
    world.clock.advance(VISIBILITY)
    await queue.receive(1, VISIBILITY)

    await queue.delete(message)

    assert len(stub.messages) == 1


async def test_a_queue_that_fails_is_told_as_an_error_that_passes(
    stub: StorageQueueStub, queue: AzureStorageQueue
) -> None:
    stub.failures = [403]

    with pytest.raises(TransientError, match="queue 'orders' did not answer"):
        await queue.receive(1, VISIBILITY)
