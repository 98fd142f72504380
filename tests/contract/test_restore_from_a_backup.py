"""A store as it was at an earlier moment, and a broker without any message: what a restore leaves."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from durable.adapters.cosmos import store_from
from durable.adapters.servicebus import broker_from
from durable.control import CONTROL
from durable.messages import INSTANCES, LIFECYCLE
from durable.settings import ServiceBusSettings
from durable.status import Status
from emulators.cosmos.server import CosmosEndpoint
from emulators.servicebus.endpoint import ServiceBusEndpoint
from orchestrator.host.reconciling import UNSTARTED
from tests.support.cosmos_endpoint import TOPOLOGY
from tests.support.cosmos_endpoint import settings_for as cosmos_settings
from tests.support.host_world import HostWorld

QUEUES = {
    INSTANCES: {"RequiresSession": True, "RequiresDuplicateDetection": True, "LockDuration": "PT15S"},
    "commands.steps": {"RequiresDuplicateDetection": True},
    CONTROL: {"RequiresSession": True},
}
NAMESPACE = {
    "Name": "tests",
    "Queues": [{"Name": name, "Properties": properties} for name, properties in QUEUES.items()],
    "Topics": [{"Name": LIFECYCLE, "Subscriptions": [{"Name": "all"}]}],
}
PATIENCE = timedelta(minutes=1)


class LaterClock:
    """The time of the machine, and later on request."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later


@asynccontextmanager
async def a_deployment(folder: Path, data: Path) -> AsyncIterator[HostWorld]:
    """Endpoints over real wires: the store over what lies in `data`, the broker empty."""
    topology = folder / "topology.json"
    topology.write_text(json.dumps({"UserConfig": {"Namespaces": [NAMESPACE]}}))
    async with CosmosEndpoint(TOPOLOGY, data=data) as cosmos, ServiceBusEndpoint(topology) as bus:
        world = HostWorld()
        world.clock = LaterClock()  # type: ignore[assignment]  # Any clock will do.
        world.store = await store_from(cosmos_settings(cosmos))  # type: ignore[assignment]  # And any store.
        world.broker = broker_from(ServiceBusSettings("", bus.connection_string))  # type: ignore[assignment]
        yield world
        await world.store.close()
        await world.broker.close()


async def test_after_a_restore_open_runs_go_on_though_all_messages_are_gone(tmp_path: Path) -> None:
    live, backup = tmp_path / "live", tmp_path / "backup"
    async with a_deployment(tmp_path, live) as world, world.hosting():
        await world.start("chain", {"value": 1}, id="calling")
        await world.start("sleeping", {"value": 1}, id="sleeping")
        await world.start("waiting", id="waiting")
        await world.until(lambda: all_are(world, Status.RUNNING), PATIENCE)
    shutil.copytree(live, backup)
    async with a_deployment(tmp_path, live) as world, world.hosting():
        await world.raise_event("number", {"value": 9}, id="waiting", event_id="lost with the disaster")
        await world.until(lambda: has_turns(world, "waiting", 2), PATIENCE)

    async with a_deployment(tmp_path, backup) as world, world.working(), world.hosting():
        assert isinstance(world.clock, LaterClock)
        world.clock.later = UNSTARTED + timedelta(minutes=10)
        await world.until(lambda: is_over(world, "calling"), PATIENCE)
        await world.until(lambda: is_over(world, "sleeping"), PATIENCE)
        for number in (4, 2):
            await world.raise_event("number", {"value": number}, id="waiting", event_id=str(number))
        await world.until(lambda: is_over(world, "waiting"), PATIENCE)
        heads = [await world.head(id) for id in ("calling", "sleeping", "waiting")]

    assert [head.output for head in heads if head] == [{"value": 6}, {"value": 2}, {"value": 42}]


async def all_are(world: HostWorld, status: Status) -> bool:
    heads = [await world.head(id) for id in ("calling", "sleeping", "waiting")]
    return all(head is not None and head.status is status for head in heads)


async def has_turns(world: HostWorld, id: str, count: int) -> bool:
    return len(await world.turns(id)) >= count


async def is_over(world: HostWorld, id: str) -> bool:
    head = await world.head(id)
    return head is not None and head.status is Status.COMPLETED
