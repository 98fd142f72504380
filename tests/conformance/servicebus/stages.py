"""Where Service Bus cases play: local endpoints in this process, or the namespace of a connection string.

1. Locally, cases share one endpoint, with every entity that they need in its topology. A case that waits has an
   endpoint of its own, whose clock it puts forward: no other case may feel that.
2. At a real namespace entities are made by the administration client before a case, and deleted after it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from os import environ
from uuid import uuid4

from azure.servicebus.aio.management import ServiceBusAdministrationClient

from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.topology import plan_of
from tests.conformance.cases import Case
from tests.conformance.servicebus.bus import Bus
from tests.conformance.servicebus.clocks import RealTime, StillClock, StillTime
from tests.conformance.servicebus.entities import Queue, Topic, named, topology

PATIENCE_SECONDS = float(environ.get("CONFORMANCE_PATIENCE", "60"))

Needed = Mapping[str, Queue | Topic]
World = list[Bus | str]


class LocalStage:
    """One endpoint for the cases that don't wait; one for each of the others."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self._needed = _needed(cases)
        shared = {name: need for case in cases if not case.waits for name, need in self._needed[case].items()}
        self.endpoint = ServiceBusEndpoint(plan_of(topology(shared)))

    def passes_over(self, _: Case) -> str:
        return ""

    @asynccontextmanager
    async def world(self, case: Case) -> AsyncIterator[World]:
        names = list(self._needed[case])
        if not case.waits:
            async with _closing(_local_bus(self.endpoint.connection_string, RealTime())) as bus:
                yield [bus, *names]
            return
        clock = StillClock()
        async with (
            ServiceBusEndpoint(plan_of(topology(self._needed[case])), clock=clock) as endpoint,
            _closing(_local_bus(endpoint.connection_string, StillTime(clock))) as bus,
        ):
            yield [bus, *names]


class RealStage:
    """A namespace somewhere else."""

    def __init__(self, cases: Sequence[Case], connection_string: str) -> None:
        self._needed = _needed(cases)
        self._connection_string = connection_string

    def passes_over(self, case: Case) -> str:
        if case.waits <= PATIENCE_SECONDS:
            return ""
        return f"waits {case.waits:g} seconds, CONFORMANCE_PATIENCE allows {PATIENCE_SECONDS:g}"

    @asynccontextmanager
    async def world(self, case: Case) -> AsyncIterator[World]:
        needed = self._needed[case]
        async with ServiceBusAdministrationClient.from_connection_string(self._connection_string) as administration:
            try:
                for name, need in needed.items():
                    await _make(administration, name, need)
                async with _closing(Bus(self._connection_string, RealTime(), wait=20, briefly=3)) as bus:
                    yield [bus, *needed]
            finally:
                await asyncio.gather(*(_remove(administration, *each) for each in needed.items()))


@asynccontextmanager
async def stage(cases: Sequence[Case], connection_string: str | None) -> AsyncIterator[LocalStage | RealStage]:
    """The stage for cases of one run."""
    if connection_string is not None:
        yield RealStage(cases, connection_string)
        return
    local = LocalStage(cases)
    async with local.endpoint:
        yield local


def _needed(cases: Sequence[Case]) -> dict[Case, dict[str, Queue | Topic]]:
    run = uuid4().hex[:6]
    return {case: named(f"conformance-{run}-{number}", case.needs) for number, case in enumerate(cases)}


def _local_bus(connection_string: str, time: RealTime | StillTime) -> Bus:
    return Bus(connection_string, time, wait=20, briefly=0.1)


@asynccontextmanager
async def _closing(bus: Bus) -> AsyncIterator[Bus]:
    try:
        yield bus
    finally:
        await bus.close()


async def _make(administration: ServiceBusAdministrationClient, name: str, need: Queue | Topic) -> None:
    if isinstance(need, Queue):
        await administration.create_queue(name, **need.options)
        return
    await administration.create_topic(name, **need.options)
    for subscription, each in need.subscriptions.items():
        await administration.create_subscription(name, subscription, **each.options)
        if each.rules:
            await administration.delete_rule(name, subscription, "$Default")
        for rule, one in each.rules.items():
            await administration.create_rule(name, subscription, rule, filter=one.filter, action=one.sql_action)


async def _remove(administration: ServiceBusAdministrationClient, name: str, need: Queue | Topic) -> None:
    delete = administration.delete_queue if isinstance(need, Queue) else administration.delete_topic
    await delete(name)
