"""Where Service Bus cases play: local endpoints in this process, or the namespace of a connection string.

1. Locally, cases share one endpoint, with every entity that they need in its topology. A case that waits has an
   endpoint of its own, whose clock it puts forward: no other case may feel that.
2. At a real namespace entities are made by the administration client before a case, and deleted after it.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from azure.core.exceptions import ResourceNotFoundError
from azure.servicebus.aio.management import ServiceBusAdministrationClient

from emulators.certificates import Certificates, certificates_in
from emulators.servicebus.clock import Clock
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.topology import plan_of
from tests.conformance.cases import Case
from tests.conformance.servicebus.bus import Bus, Time
from tests.conformance.servicebus.clocks import RealTime, StillClock, StillTime
from tests.conformance.servicebus.entities import Name, Need, Queue, Topic, named, topology

PATIENCE_SECONDS = float(environ.get("CONFORMANCE_PATIENCE", "60"))

World = list[Bus | str]


class LocalStage:
    """One endpoint for the cases that don't wait; one for each of the others."""

    def __init__(self, cases: Sequence[Case], certificates: Certificates) -> None:
        self._needed = _needed(cases)
        self._certificates = certificates
        shared = {name: need for case in cases if not case.waits for name, need in self._needed[case].items()}
        self.endpoint = self._endpoint(shared)
        self.admin: ServiceBusAdministrationClient | None = None

    def passes_over(self, _: Case) -> str:
        return ""

    @asynccontextmanager
    async def world(self, case: Case) -> AsyncIterator[World]:
        needed = self._needed[case]
        if not case.waits:
            assert self.admin is not None
            async with _closing(self._bus(self.endpoint, RealTime(), self.admin)) as bus:
                yield [bus, *needed]
            return
        clock = StillClock()
        async with (
            self._endpoint(needed, clock) as endpoint,
            self.admin_of(endpoint) as admin,
            _closing(self._bus(endpoint, StillTime(clock), admin)) as bus,
        ):
            yield [bus, *needed]

    def admin_of(self, endpoint: ServiceBusEndpoint) -> ServiceBusAdministrationClient:
        """The management client of an endpoint that has been started."""
        assert endpoint.admin_connection_string is not None
        return ServiceBusAdministrationClient.from_connection_string(
            endpoint.admin_connection_string, **self._admin_options
        )

    @property
    def _admin_options(self) -> dict[str, Any]:
        return {"connection_verify": str(self._certificates.authority), "retry_total": 0}

    def _bus(self, endpoint: ServiceBusEndpoint, time: Time, admin: ServiceBusAdministrationClient) -> Bus:
        bus = Bus(endpoint.connection_string, time, admin, wait=20, briefly=0.1)
        bus.admin_options = self._admin_options
        return bus

    def _endpoint(self, needed: Mapping[str, Need], clock: Clock | None = None) -> ServiceBusEndpoint:
        plan = plan_of(topology(needed))
        return ServiceBusEndpoint(plan, clock=clock, admin_port=0, certificates=self._certificates)


class RealStage:
    """A namespace somewhere else."""

    def __init__(self, cases: Sequence[Case], connection_string: str, admin: ServiceBusAdministrationClient) -> None:
        self._needed = _needed(cases)
        self._connection_string = connection_string
        self._admin = admin

    def passes_over(self, case: Case) -> str:
        if case.waits <= PATIENCE_SECONDS:
            return ""
        return f"waits {case.waits:g} seconds, CONFORMANCE_PATIENCE allows {PATIENCE_SECONDS:g}"

    @asynccontextmanager
    async def world(self, case: Case) -> AsyncIterator[World]:
        needed = self._needed[case]
        try:
            for name, need in reversed(needed.items()):
                await _make(self._admin, name, need)
            async with _closing(Bus(self._connection_string, RealTime(), self._admin, wait=20, briefly=3)) as bus:
                yield [bus, *needed]
        finally:
            await asyncio.gather(*(_remove(self._admin, *each) for each in needed.items()))


@asynccontextmanager
async def stage(cases: Sequence[Case], connection_string: str | None) -> AsyncIterator[LocalStage | RealStage]:
    """The stage for cases of one run."""
    if connection_string is not None:
        # The running command administers at another port than it speaks AMQP; a real namespace has one address.
        told = environ.get("CONFORMANCE_SERVICEBUS_ADMIN", connection_string)
        async with ServiceBusAdministrationClient.from_connection_string(told) as admin:
            yield RealStage(cases, connection_string, admin)
        return
    with TemporaryDirectory() as folder:
        local = LocalStage(cases, certificates_in(Path(folder)))
        async with local.endpoint, local.admin_of(local.endpoint) as local.admin:
            yield local


def _needed(cases: Sequence[Case]) -> dict[Case, dict[str, Need]]:
    run = uuid4().hex[:6]
    return {case: named(f"conformance-{run}-{number}", case.needs) for number, case in enumerate(cases)}


@asynccontextmanager
async def _closing(bus: Bus) -> AsyncIterator[Bus]:
    try:
        yield bus
    finally:
        await bus.close()


async def _make(admin: ServiceBusAdministrationClient, name: str, need: Need) -> None:
    if isinstance(need, Queue):
        await admin.create_queue(name, **need.options)
    elif isinstance(need, Topic):
        await _make_topic(admin, name, need)


async def _make_topic(admin: ServiceBusAdministrationClient, name: str, need: Topic) -> None:
    await admin.create_topic(name, **need.options)
    for subscription, each in need.subscriptions.items():
        await admin.create_subscription(name, subscription, **each.options)
        if each.rules:
            await admin.delete_rule(name, subscription, "$Default")
        for rule, one in each.rules.items():
            await admin.create_rule(name, subscription, rule, filter=one.filter, action=one.sql_action)


async def _remove(admin: ServiceBusAdministrationClient, name: str, need: Need) -> None:
    """Delete what was made under a name, unless the case has done so itself."""
    if isinstance(need, Queue | Name):
        with suppress(ResourceNotFoundError):
            await admin.delete_queue(name)
    if isinstance(need, Topic | Name):
        with suppress(ResourceNotFoundError):
            await admin.delete_topic(name)
