"""A turn that is written in pages, through the real SDK, which takes more room for text than we do."""

from durable.adapters.clock import SystemClock
from durable.adapters.cosmos import store_from
from durable.events import SagaStarted
from durable.messages import InstanceMessage
from orchestrator.engine import Instance
from orchestrator.host.committer import Committer
from orchestrator.host.executions import starting
from orchestrator.host.loading import Loader
from orchestrator.host.ownership import take_over
from orchestrator.host.plans import Plan, run_turn
from orchestrator.host.residents import Resident
from orchestrator.records import records_range
from tests.support.cosmos_endpoint import running_endpoint, settings_for
from tests.support.examples import AT
from tests.support.host_world import PARTITION, HostWorld

WIDTH = 150


def a_large_turn(world: HostWorld) -> Plan:
    """Three megabytes in which each character takes two bytes."""
    start = InstanceMessage("start", "a", SagaStarted(saga="heavy-fan", version="1", input={"value": WIDTH}))
    resident = starting(start, PARTITION, world.setup)
    resident.pending_start = start
    assert isinstance(resident.instance, Instance)
    return run_turn(resident, resident.instance, [], None, AT)


async def test_a_large_turn_is_written_and_replayed() -> None:
    async with running_endpoint() as endpoint:
        store = await store_from(settings_for(endpoint))
        world = HostWorld()
        owned = await take_over(store, SystemClock(), PARTITION, "host", "nonce")
        plan = a_large_turn(world)

        commit = await Committer(store, owned).commit([plan], "batch")

        resident = await Loader(world.ports(store=store), owned).load("a")
        records = [stored.record["kind"] async for stored in store.scan(PARTITION, *records_range("a"))]
        await store.close()
    assert commit.committed == [plan]
    assert records == ["turn", *["page"] * 5]
    assert isinstance(resident, Resident)
    assert isinstance(resident.instance, Instance)
    assert (resident.turns, resident.instance.mismatch) == (1, None)
    assert resident.instance.event_count == len(plan.turn.events) == 1 + WIDTH
