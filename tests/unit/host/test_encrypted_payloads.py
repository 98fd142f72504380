"""Payloads under codecs, from the API through host and worker and back: no secret leaves a process in plain text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from durable import Activity, ActivityError, RetryPolicy, SagaContext, saga
from durable.adapters.memory import MemoryBroker, MemoryStore
from durable.codecs import Codecs
from durable.codecs.compression import Gzip
from durable.codecs.encryption import AesGcm
from durable.events import ActivityFailed
from durable.failure import Failure
from durable.ids import message_id
from durable.messages import INSTANCES, Command, InstanceMessage, Message
from durable.payload import PAYLOAD_INLINE_BYTES_MAX
from durable.ports import Operation, Receipt
from durable.status import Status
from durable.vault import Vault, sealed_message
from durable.worker import ActivityContext, HostOptions, Worker, WorkerHost
from orchestrator import operations
from orchestrator.host.host_ports import HostPorts
from tests.support.host_world import PARTITION, HostWorld

SECRET = "4929-1234-5678"
OLD, NEW = b"o" * 32, b"n" * 32


class Card(BaseModel):
    number: str
    rest: str = ""


CHARGE = Activity("steps.charge", Card, Card)
DECLINE = Activity("steps.decline", Card, Card)
REFUND = Activity("steps.refund", Card, Card)
SLOW = Activity("steps.slow", Card, Card)


@saga("charging")
async def charging(ctx: SagaContext, card: Card) -> Card:
    early = await ctx.wait_for_event("early", Card)
    ctx.set_status({"card": early.number})
    charged = await ctx.call(CHARGE, card, compensate_with=REFUND)
    large = await ctx.call(CHARGE, Card(number=charged.number, rest=SECRET * PAYLOAD_INLINE_BYTES_MAX))
    slow = await ctx.call(SLOW, card, retry=RetryPolicy(max_attempts=2, first_delay=timedelta(seconds=1)))
    child = await ctx.call_saga(declining, slow, instance_id="child")
    ctx.continue_as_new(child)
    return large


@saga("declining")
async def declining(ctx: SagaContext, card: Card) -> Card:
    ctx.send_event("a", "late", card)
    try:
        return await ctx.call(DECLINE, card)
    except ActivityError:
        return card


@saga("broken")
async def broken(ctx: SagaContext, card: Card) -> Card:
    await ctx.call(CHARGE, card, compensate_with=REFUND)
    return await ctx.call_saga(breaking, card, instance_id="breaking")


@saga("breaking")
async def breaking(ctx: SagaContext, card: Card) -> Card:
    raise ValueError(f"can't charge {card.number}")


def a_worker() -> Worker:
    worker = Worker("steps")

    @worker.handles(CHARGE)
    async def charge(card: Card) -> Card:
        return card

    @worker.handles(REFUND)
    async def refund(card: Card) -> Card:
        return card

    @worker.handles(DECLINE)
    async def decline(card: Card) -> Card:
        raise ValueError(f"card {card.number} is declined")

    @worker.handles(SLOW)
    async def slow(card: Card, ctx: ActivityContext) -> Card:
        assert ctx.last_heartbeat == (None if ctx.attempt == 1 else {"seen": card.number})
        ctx.heartbeat({"seen": card.number})
        await asyncio.sleep(5)
        if ctx.attempt == 1:
            raise ValueError(f"not yet: {card.number}")
        return card

    return worker


class TappedStore(MemoryStore):
    def __init__(self, seen: list[bytes]) -> None:
        super().__init__()
        self.seen = seen

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        self.seen += [orjson.dumps(one.record) for one in operations if hasattr(one, "record")]
        return await super().write(partition, operations)


class TappedBroker:
    def __init__(self, memory: MemoryBroker, seen: list[bytes]) -> None:
        self.memory = memory
        self.seen = seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self.memory, name)

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        self.seen += [message.body + repr(message.properties).encode() for message in messages]
        await self.memory.send(destination, messages)


@dataclass
class World(HostWorld):
    """A host, a worker and the operations of the API over one codec chain; whatever leaves is seen."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.seen: list[bytes] = []
        self.store = TappedStore(self.seen)
        self.tap: Any = TappedBroker(self.broker, self.seen)

    @property
    def api(self) -> operations.Ports:
        return operations.Ports(
            store=self.store,
            broker=self.tap,
            clock=self.clock,
            partition_count=1,
            catalogue=operations.SagaCatalogue({one.name: one for one in self.sagas}),
            heads=operations.HeadWriter(self.store),
            random_bits=Random(next(self.numbers)).getrandbits,
            setup=self.setup,
            vault=self.a_vault(),
        )

    def tapped(self) -> HostPorts:
        return self.ports(broker=self.tap, store=self.store)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        options = HostOptions(timedelta(minutes=1))
        host = WorkerHost(a_worker(), self.tap, options, clock=self.clock, vault=self.a_vault(), random=Random(1))
        running = asyncio.create_task(host.run())
        try:
            yield
        finally:
            host.stop()
            await running

    async def whatever_left(self) -> list[bytes]:
        objects = [await self.objects.get(info.name) async for info in self.objects.list("payloads")]
        return [*self.seen, *objects]

    async def standing(self, status: Status, instance_id: str = "a") -> dict[str, Any]:
        async def is_there() -> bool:
            head = await self.head(instance_id)
            return head is not None and head.status is status

        await self.until(is_there)
        head = await operations.show(self.api, instance_id)
        return {"input": head.input, "output": head.output, "failure": head.failure, "reasons": dict(head.reasons)}


def a_world(*keys: tuple[str, bytes]) -> World:
    codecs = Codecs([Gzip(), AesGcm(dict(keys or [("2024", OLD)]))])
    return World(sagas=[charging, declining, broken, breaking], codecs=codecs)


async def start(world: World, name: str = "charging", **given: Any) -> None:
    await operations.start(world.api, operations.NewInstance(name, {"number": SECRET}, "a", **given))


async def test_no_secret_is_stored_or_sent_in_plain_text() -> None:
    world = a_world()
    async with world.hosting(world.tapped()), world.working():
        await operations.raise_event(world.api, "a", "early", {"number": SECRET})
        await world.until(partial(world.records, "~parked~a"))
        await start(world, request_id="r")

        async def continued() -> bool:
            head = await world.head()
            return head is not None and head.execution == 2 and head.turns > 0

        await world.until(continued)
        await operations.terminate(world.api, "a")
        shown = await world.standing(Status.TERMINATED)

    seen = await world.whatever_left()
    assert shown["input"] == {"number": SECRET, "rest": ""}
    assert len(seen) > 30
    assert [part for part in seen if SECRET.encode() in part] == []


async def test_no_secret_of_a_failure_is_stored_or_sent_in_plain_text() -> None:
    world = a_world()
    async with world.hosting(world.tapped()), world.working():
        await start(world, "broken")
        shown = await world.standing(Status.COMPENSATED)

    failure = shown["failure"]
    assert SECRET in failure.cause.message
    assert [part for part in await world.whatever_left() if SECRET.encode() in part] == []


async def test_the_reasons_of_a_rejected_input_are_encoded_too() -> None:
    world = a_world()
    async with world.hosting(world.tapped()):
        await world.start("charging", {"number": 4929, SECRET: 1})
        shown = await world.standing(Status.REJECTED)

    assert "number" in shown["reasons"]
    assert [part for part in world.seen if b"valid string" in part] == []


async def test_an_instance_goes_on_after_a_rotation() -> None:
    world = a_world(("2024", OLD))
    async with world.hosting(world.tapped()):
        await start(world)
        await world.until(world.turns)
    world.codecs = Codecs([AesGcm({"2026": NEW, "2024": OLD})])
    async with world.hosting(world.tapped()), world.working():
        await operations.raise_event(world.api, "a", "early", {"number": SECRET})

        async def continued() -> bool:
            head = await world.head()
            return head is not None and head.execution == 2

        await world.until(continued)


@pytest.mark.parametrize("lost", ["history", "message"])
async def test_an_unknown_key_blocks_the_instance_and_names_the_key_until_it_is_back(lost: str) -> None:
    old, new = ("2024", OLD), ("2026", NEW)
    world = a_world(old)
    async with world.hosting(world.tapped()):
        await start(world)
        await world.until(world.turns)
    world.codecs = Codecs([AesGcm(dict([new] if lost == "history" else [new, old]))])
    await operations.raise_event(world.api, "a", "early", {"number": SECRET})
    if lost == "message":
        world.codecs = Codecs([AesGcm(dict([old]))])
    async with world.hosting(world.tapped()):
        shown = await world.standing(Status.BLOCKED)
    world.codecs = Codecs([AesGcm(dict([new, old]))])
    async with world.hosting(world.tapped()):
        await operations.raise_event(world.api, "a", "late", {"number": SECRET})
        receiver = await world.broker.receiver("commands.steps")
        (delivery,) = await receiver.receive(1, timedelta(hours=1))
        await receiver.close()

    known, unknown = ("2026", "2024") if lost == "history" else ("2024", "2026")
    assert f"expected one of the keys {known}; found key '{unknown}'" in shown["reasons"]["found"]
    assert b"aesgcm:2026" in delivery.body


async def test_a_failure_under_an_unknown_key_blocks_the_instance_until_the_key_is_back() -> None:
    old, new = ("2024", OLD), ("2026", NEW)
    world = a_world(old)
    async with world.hosting(world.tapped()):
        await start(world, "declining")
        receiver = await world.broker.receiver("commands.steps")
        (delivery,) = await receiver.receive(1, timedelta(hours=1))
        command = Command.from_message(delivery.body, delivery.properties)
        failed = ActivityFailed(task_id=command.task_id, name=command.activity, failure=Failure("a.B", SECRET))
        id_ = message_id("a", command.run, "ActivityFailed", command.task_id, 1)
        answer = InstanceMessage(id_, "a", failed, command.run, 1)
        elsewhere = Vault(world.objects, Codecs([AesGcm(dict([new]))]))
        await world.tap.send(INSTANCES, [await sealed_message(elsewhere, answer, PARTITION)])
        shown = await world.standing(Status.BLOCKED)
    world.codecs = Codecs([AesGcm(dict([new, old]))])
    async with world.hosting(world.tapped()):
        await operations.raise_event(world.api, "a", "unread")
        ended = await world.standing(Status.COMPLETED)

    assert "failure of ActivityFailed can't be read" in shown["reasons"]["found"]
    assert "found key '2026'" in shown["reasons"]["found"]
    assert ended["output"] == {"number": SECRET, "rest": ""}
