"""What the ports tell of messages and records, whichever adapter stands behind them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from durable.adapters.memory import LoopClock, MemoryBroker, MemoryStore, QueueDescription
from durable.adapters.metered import MeteredBroker, MeteredStore
from durable.errors import LockLost, UnknownDestination, WriteRefused
from durable.messages import Message
from durable.ports import Create
from durable.telemetry.metrics import Distribution, Metrics
from durable.telemetry.metrics.declared import (
    DEAD_LETTERS,
    MESSAGES_ABANDONED,
    MESSAGES_RECEIVED,
    MESSAGES_REDELIVERED,
    MESSAGES_SENDING,
    MESSAGES_SENT,
    MESSAGES_UNSETTLED,
    QUEUE_DELAY,
    RECEIVE_MESSAGES,
    SEND_FAILURES,
    STORE_DURATION,
    STORE_REFUSALS,
)

AT_ONCE = timedelta(0)
LOCK = timedelta(seconds=30)


class World:
    def __init__(self) -> None:
        self.metrics, self.clock = Metrics(), LoopClock()
        queues = [QueueDescription("plain", LOCK, max_deliveries=10), QueueDescription("in-order", LOCK, sessions=True)]
        self.broker = MeteredBroker(MemoryBroker(queues, self.clock), self.metrics, self.clock)

    def value(self, *of: object) -> float:
        return self.metrics.value(*of)  # type: ignore[arg-type]  # A metric and its labels.


@pytest.fixture
async def world() -> World:
    return World()


async def test_what_was_sent_is_counted_by_where_it_went(world: World) -> None:
    await world.broker.send("plain", [Message(b"1", "1"), Message(b"2", "2")])

    assert world.value(MESSAGES_SENT, "plain") == 2
    assert world.value(MESSAGES_SENDING, "plain") == 0


async def test_a_send_that_fails_is_counted_by_its_class(world: World) -> None:
    with pytest.raises(UnknownDestination):
        await world.broker.send("nowhere", [Message(b"1", "1")])

    assert world.value(SEND_FAILURES, "nowhere", "UnknownDestination") == 1
    assert world.value(MESSAGES_SENT, "nowhere") == 0


async def test_the_delay_in_the_queue_is_that_of_the_clock(world: World) -> None:
    await world.broker.send("in-order", [Message(b"1", "1", session="7")])
    await asyncio.sleep(40)
    receiver = await world.broker.session("in-order", "7")
    assert receiver.session == "7"
    await receiver.receive(10, AT_ONCE)

    (delay,) = [reading.value for reading in world.metrics.read() if reading.metric is QUEUE_DELAY]
    assert isinstance(delay, Distribution)
    assert (sum(delay.counts), delay.sum) == (1, 40.0)
    assert world.value(RECEIVE_MESSAGES, "in-order") == 1


async def test_what_is_in_our_hands_is_known_until_it_is_settled(world: World) -> None:
    await world.broker.send("plain", [Message(str(n).encode(), str(n)) for n in range(4)])
    receiver = await world.broker.receiver("plain")
    first, second, third, _ = await receiver.receive(10, AT_ONCE)
    assert world.value(MESSAGES_UNSETTLED, "plain") == world.value(MESSAGES_RECEIVED, "plain") == 4

    await receiver.complete([first])
    await receiver.dead_letter(second, "Undecodable", "it is no message")
    await receiver.abandon(third)
    assert world.value(MESSAGES_UNSETTLED, "plain") == 1
    assert world.value(DEAD_LETTERS, "plain", "Undecodable") == 1
    assert world.value(MESSAGES_ABANDONED, "plain") == 1

    (again,) = await receiver.receive(10, AT_ONCE)
    assert again.id == third.id
    assert world.value(MESSAGES_REDELIVERED, "plain") == 1
    await receiver.close()
    assert world.value(MESSAGES_UNSETTLED, "plain") == 0


async def test_a_lock_that_was_lost_leaves_nothing_in_our_hands(world: World) -> None:
    await world.broker.send("plain", [Message(b"1", "1")])
    receiver = await world.broker.receiver("plain")
    deliveries = await receiver.receive(1, AT_ONCE)
    await receiver.close()
    with pytest.raises(LockLost):
        await receiver.complete(deliveries)

    assert world.value(MESSAGES_UNSETTLED, "plain") == 0


async def test_calls_of_the_store_are_timed_and_refusals_counted() -> None:
    metrics = Metrics()
    store = MeteredStore(MemoryStore(), metrics)
    record = {"id": "a", "partition": "000"}
    await store.write("000", [Create(record)])
    with pytest.raises(WriteRefused):
        await store.write("000", [Create(record)])
    assert await store.read("000", "a") is not None
    assert [stored.record["id"] async for stored in store.scan("000", "a", "z")] == ["a"]

    assert metrics.value(STORE_DURATION, "write", "done") == metrics.value(STORE_DURATION, "write", "refused") == 1
    assert metrics.value(STORE_DURATION, "read", "done") == metrics.value(STORE_DURATION, "scan", "done") == 1
    assert metrics.value(STORE_REFUSALS, "exists") == 1
