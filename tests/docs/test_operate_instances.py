import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from durable import RetryPolicy, SagaContext, Status, saga
from durable.client import InstanceView, SagaClient
from durable.health import Health
from orchestrator.api import create_app
from orchestrator.operations import HeadWriter, Ports, SagaCatalogue
from tests.docs.operating.looking import what_is_stuck
from tests.docs.operating.repairing import repair, settle_by_hand, try_it_aside
from tests.docs.operating.stopping import hold_during_maintenance
from tests.support.host_sagas import ADD_ONE, FAIL, SAGAS, UNDO, Number
from tests.support.host_world import HostWorld
from tests.support.served import served

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "how-to" / "operate-instances.md").read_text()
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@saga("toppling")
async def toppling(ctx: SagaContext, start: Number) -> Number:
    done = await ctx.call(ADD_ONE, start)
    return await ctx.call(FAIL, done)


@saga("stuck")
async def stuck(ctx: SagaContext, start: Number) -> Number:
    ctx.compensate(FAIL, start, retry=RetryPolicy(max_attempts=1))
    ctx.compensate(UNDO, start)
    return await ctx.call(FAIL, start)


@asynccontextmanager
async def operating(world: HostWorld) -> AsyncIterator[SagaClient]:
    """A partition that is hosted, a worker, and a client of the management API, in memory and in real time."""
    sagas = {saga.name: saga for saga in world.sagas}
    ports = Ports(
        store=world.store,
        broker=world.broker,
        clock=world.clock,
        partition_count=1,
        setup=world.setup,
        catalogue=SagaCatalogue(sagas),
        heads=HeadWriter(world.store),
        random_bits=Random(1).getrandbits,
        vault=world.ports().vault,
    )
    async with (
        world.working(),
        world.hosting(),
        served(create_app(ports, Health())) as url,
        SagaClient(url) as client,
    ):
        yield client


@pytest.mark.parametrize("name", ["looking", "stopping", "repairing"])
def test_the_page_shows_the_files_that_are_run_here(name: str) -> None:
    assert (HERE / "operating" / f"{name}.py").read_text() in BLOCK.findall(PAGE)


async def test_an_instance_is_held_looked_at_and_goes_on() -> None:
    async with operating(HostWorld()) as client:
        await client.start("waiting", instance_id="a")
        await client.raise_event("a", "number", Number(value=4))
        await hold_during_maintenance(client, "a")
        await client.raise_event("a", "number", Number(value=2))

        assert await client.result("a", type=Number) == Number(value=42)
        assert await what_is_stuck(client) == []


async def test_a_failed_instance_is_retried_and_tried_aside() -> None:
    async with operating(HostWorld(sagas=(*SAGAS, toppling))) as client:
        await client.start("toppling", Number(value=1), instance_id="a")
        before = await ended(client)
        await repair(client, "a")
        after = await ended(client)

        assert (before.execution, after.execution) == (1, 2)
        assert after.status is Status.FAILED

        await client.start("chain", Number(value=1), instance_id="b")
        await client.result("b")
        assert await try_it_aside(client, "b") == {"value": 6}


async def test_undos_that_failed_are_retried_and_settled_by_hand() -> None:
    async with operating(HostWorld(sagas=(*SAGAS, stuck))) as client:
        await client.start("stuck", Number(value=1), instance_id="a")
        first = await ended(client)
        await repair(client, "a")
        second = await ended(client)
        await settle_by_hand(client, "a")
        third = await ended(client, Status.COMPENSATED)

        assert first.status is second.status is Status.COMPENSATION_FAILED
        assert first.updated_at < second.updated_at
        assert (len(second.not_undone), third.not_undone) == (1, ())


async def ended(client: SagaClient, *statuses: Status) -> InstanceView:
    """Look until the instance has ended, so if it is said."""
    async with asyncio.timeout(30):
        while True:
            view = await client.get("a")
            if view.status in statuses if statuses else view.status.ended:
                return view
            await asyncio.sleep(0.02)
