import asyncio

import pytest

from durable.status import Status
from tests.support.host_world import HostWorld
from tests.support.lives_sagas import ALL_BITS, LIVES
from tests.unit.host.test_two_owners import run_two_hosts

MOMENTS_MAX = 50
CASES = {
    "laps": ({"value": 2}, {"value": 0}, []),
    "tally": ({"value": ALL_BITS - 7}, {"value": ALL_BITS}, []),
    "insisting": ({"value": 2}, {"value": 2}, ["third"]),
    "told": ({"value": 2}, {"value": 2}, ["patient"]),
}


async def begun(world: HostWorld, name: str) -> None:
    await world.start(name, CASES[name][0])
    for bit in (1, 2, 4) if name == "tally" else ():
        await world.raise_event("add", {"value": bit}, event_id=str(bit))


@pytest.mark.parametrize("name", CASES)
async def test_a_host_that_sleeps_longer_than_its_lock_loses_nothing_between_executions(name: str) -> None:
    _, output, others = CASES[name]
    world = HostWorld(sagas=LIVES)
    async with world.working():
        await begun(world, name)
        moments = (await run_two_hosts(world, None)).moments

    for sleep_at in range(min(moments, MOMENTS_MAX)):
        world = HostWorld(sagas=LIVES)
        async with world.working():
            await begun(world, name)
            life = await run_two_hosts(world, sleep_at)
            async with asyncio.timeout(3600):
                heads = [await world.ended(id) for id in ["a", *others]]
        where = f"asleep {life.names[sleep_at]}, moment {sleep_at}"
        assert heads[0].output == output, where
        assert {head.status for head in heads} == {Status.COMPLETED}, where
        for id in ["a", *others]:
            await world.check(id)
