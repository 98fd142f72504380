"""What the orchestrator says of itself while broker or store are away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from durable.adapters.memory import LoopClock, MemoryObjects
from durable.errors import BrokerUnavailable, WriteUncertain
from durable.health import Health
from durable.messages import Message
from durable.ports import Broker, Operation, Receipt, Receiver, RecordStore, SessionReceiver, Stored
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import PARTITIONS_OWNED, PARTITIONS_WANTED
from durable.vault import Vault
from orchestrator.cluster import Membership
from orchestrator.engine import Registry
from orchestrator.keeper import Keeper
from orchestrator.router import ROUTING, Router
from tests.support.api_world import memory_broker
from tests.support.host_world import HostWorld


class Link:
    """Whether the outside can be reached."""

    is_down = False


class ShakyStore:
    def __init__(self, behind: RecordStore, link: Link) -> None:
        self.behind = behind
        self.link = link
        self.scan, self.heads, self.count, self.close = behind.scan, behind.heads, behind.count, behind.close

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        self.check()
        return await self.behind.write(partition, operations)

    async def read(self, partition: str, id: str, token: str | None = None) -> Stored | None:
        self.check()
        return await self.behind.read(partition, id, token)

    def check(self) -> None:
        if self.link.is_down:
            raise WriteUncertain("the store does not answer")


class ShakyBroker:
    def __init__(self, behind: Broker, link: Link) -> None:
        self.behind = behind
        self.link = link
        self.close = behind.close

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        self.check()
        await self.behind.send(destination, messages)

    async def receiver(self, source: str) -> Receiver:
        self.check()
        return await self.behind.receiver(source)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        self.check()
        return await self.behind.session(queue, session)

    def check(self) -> None:
        if self.link.is_down:
            raise BrokerUnavailable("the broker is gone")


@asynccontextmanager
async def keeping(broker: Link, store: Link, metrics: Metrics | None = None) -> AsyncIterator[Health]:
    world, health = HostWorld(), Health("partitions")
    ports = world.ports(ShakyBroker(world.broker, broker), ShakyStore(world.store, store))
    ports = replace(ports, metrics=metrics or Metrics())
    keeper = Keeper(ports, Membership(ports.store, world.clock, "host", iter("abcdefgh").__next__), health)
    running = asyncio.create_task(keeper.run())
    try:
        yield health
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def until(health: Health, part: str, reason: str | None) -> None:
    """Wait until a part tells this reason, or none."""
    async with asyncio.timeout(120):
        while reasons_of(health).get(part) != reason:  # noqa: ASYNC110 - nothing is set when a reason changes.
            await asyncio.sleep(0.5)


def reasons_of(health: Health) -> dict[str, str]:
    reasons = health.report()[1]["reasons"]
    assert isinstance(reasons, dict)
    return reasons


async def test_a_replica_is_ready_once_it_serves_its_partitions() -> None:
    async with keeping(Link(), Link()) as health:
        assert health.report()[0] == 503
        await until(health, "partitions", None)
        assert health.report() == (200, {"status": "ready", "reasons": {}})


async def test_the_metrics_tell_which_share_it_has_and_which_it_serves() -> None:
    broker, metrics = Link(), Metrics()
    broker.is_down = True
    async with keeping(broker, Link(), metrics) as health:
        await until(health, "partitions", "waiting for 000")
        assert (metrics.value(PARTITIONS_WANTED), metrics.value(PARTITIONS_OWNED)) == (1, 0)
        broker.is_down = False
        await until(health, "partitions", None)
        assert metrics.value(PARTITIONS_OWNED) == 1


async def test_a_store_that_is_away_is_told_until_it_is_back() -> None:
    store = Link()
    async with keeping(Link(), store) as health:
        await until(health, "partitions", None)
        store.is_down = True
        await until(health, "record store", "the store does not answer")
        store.is_down = False
        await until(health, "record store", None)


async def test_partitions_that_can_not_be_taken_are_named() -> None:
    broker = Link()
    broker.is_down = True
    async with keeping(broker, Link()) as health:
        await until(health, "partitions", "waiting for 000")
        broker.is_down = False
        await until(health, "partitions", None)


async def test_a_broker_that_gives_no_events_is_told_until_it_is_back() -> None:
    link, health = Link(), Health(ROUTING)
    link.is_down = True
    broker = ShakyBroker(memory_broker(LoopClock()), link)
    router = Router(broker, Registry([]), 4, Vault(MemoryObjects()), health=health)
    running = asyncio.create_task(router.run())
    await until(health, ROUTING, "the broker is gone")
    link.is_down = False
    await until(health, ROUTING, None)
    running.cancel()
