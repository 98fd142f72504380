import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path

from durable.adapters.servicebus import ServiceBusBroker, broker_from
from durable.errors import BrokerUnavailable, DurableError, UnknownDestination
from durable.ports import Broker
from durable.settings import ServiceBusSettings
from emulators.servicebus.clock import ManualClock
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.faults import DropConnection
from tests.support.broker_world import EntityNames, topology


@dataclass(frozen=True)
class ServiceBusWorld(EntityNames):
    endpoint: ServiceBusEndpoint
    broker: ServiceBusBroker
    clock: ManualClock
    fast: bool
    others: list[Broker] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)

    @property
    def absence(self) -> type[DurableError]:
        # The SDK tells a token refused for want of its entity like any other; the fast path listens for the reason.
        return UnknownDestination if self.fast else BrokerUnavailable

    async def other_process(self) -> Broker:
        self.others.append(a_broker(self.endpoint, fast=self.fast))
        return self.others[-1]

    async def pass_time(self, by: timedelta) -> None:
        self.clock.advance(by)

    def cut_connections(self) -> None:
        """Close every connection without a word, as a network does."""
        self.cuts.append(len(self.endpoint.hub.peers))
        self.endpoint.faults.add(DropConnection())


def settings_for(endpoint: ServiceBusEndpoint) -> ServiceBusSettings:
    return ServiceBusSettings("", endpoint.connection_string)


def a_broker(endpoint: ServiceBusEndpoint, *, fast: bool) -> ServiceBusBroker:
    broker = broker_from(settings_for(endpoint))
    assert broker.fast
    broker.fast = fast
    return broker


@asynccontextmanager
async def running_world(folder: Path, *, fast: bool) -> AsyncIterator[ServiceBusWorld]:
    path = folder / "topology.json"
    path.write_bytes(topology())
    clock = ManualClock()
    async with ServiceBusEndpoint(path, clock=clock) as endpoint:
        world = ServiceBusWorld(count(), endpoint, a_broker(endpoint, fast=fast), clock, fast)
        yield world
        for broker in (world.broker, *world.others):
            await broker.close()
        if world.cuts:
            await close_forgotten_connections()


async def close_forgotten_connections() -> None:
    """Close what the SDK forgot when its network was cut: found much later, it would be a warning in another test."""
    loop = asyncio.get_running_loop()
    for one in gc.get_objects():
        if isinstance(one, asyncio.StreamWriter) and one._loop is loop:  # type: ignore[attr-defined]  # Not public.
            one.close()
    await asyncio.sleep(0)
