"""Endpoints and a collector in the running event loop, for the time of an `async with`."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path

from emulators.cosmos.server import CosmosEndpoint, wall_clock
from emulators.cosmos.topology import ContainerPlan
from emulators.faults.fault import Fault
from emulators.servicebus.clock import Clock
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.telemetry.collector import Collector
from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing.network import reachable
from emulators.testing.topology import Entities, plan_of, topology_of


@asynccontextmanager
async def servicebus_endpoint(
    *entities: Entities,
    clock: Clock | None = None,
    data: Path | None = None,
    faults: Sequence[Fault] = (),
    http: bool = False,
    sockets: bool = True,
) -> AsyncIterator[ServiceBusEndpoint]:
    """A Service Bus with these entities: clients need its `connection_string`.

    Without `sockets` it listens nowhere: clients of the asyncio SDK that run in this event loop reach it all the same.
    With `http` there are the page and `/faults`, at its `http_url`. Without `data` all is forgotten at the end.
    """
    endpoint = ServiceBusEndpoint(plan_of(entities), data, clock=clock, http_port=0 if http else None, listens=sockets)
    async with endpoint:
        endpoint.faults.add(*faults)
        with nullcontext() if sockets else reachable(endpoint):
            yield endpoint


@asynccontextmanager
async def cosmos_endpoint(
    *containers: ContainerPlan | Path,
    clock: Callable[[], datetime] = wall_clock,
    data: Path | None = None,
    faults: Sequence[Fault] = (),
    controllable: bool = False,
) -> AsyncIterator[CosmosEndpoint]:
    """A Cosmos DB account with these containers: clients need its `url` and `key`.

    With `controllable` there is `/faults`. Without `data` all is forgotten at the end. To do without sockets use
    `CosmosEndpoint` and a transport of `emulators.testing.cosmos_transport`: it need not be started.
    """
    endpoint = CosmosEndpoint(topology_of(containers), data=data, clock=clock, controllable=controllable)
    endpoint.faults.add(*faults)
    async with endpoint:
        yield endpoint


@asynccontextmanager
async def tenant_endpoint() -> AsyncIterator[TenantEndpoint]:
    """A tenant of Entra ID: services take its tokens if they are told its `authority` and the id of its `tenant`."""
    async with TenantEndpoint() as endpoint:
        yield endpoint


@asynccontextmanager
async def telemetry_collector(*, data: Path | None = None) -> AsyncIterator[Collector]:
    """A collector of telemetry: exporters need its `url` or its `connection_string`.

    Exporters that block belong into another thread: they wait for an answer that this event loop gives.
    """
    async with Collector(data) as collector:
        yield collector
