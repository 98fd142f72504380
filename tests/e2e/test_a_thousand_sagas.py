from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.support.e2e_checks import check, nothing_waits
from tests.support.e2e_stack import ORCHESTRATORS, WORKER, services_of
from tests.support.e2e_world import CHAIN, World, running_world

SAGAS = 1000
STEPS = 5


@pytest_asyncio.fixture
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    parts = (*ORCHESTRATORS, WORKER)
    async with running_world(tmp_path_factory.mktemp("thousand"), services_of(parts)) as world:
        yield world


async def test_a_thousand_sagas_of_five_steps_all_complete_once_though_a_replica_is_killed_half_way(
    world: World,
) -> None:
    asked = [world.ask(CHAIN) for _ in range(SAGAS)]

    await world.start(asked)
    await world.until(lambda: sum(1 for _ in world.effects) >= SAGAS * STEPS // 2)
    ended_before = sum(map(world.has_ended, asked))
    world.stack.kill("orchestrator-1")
    await world.ended(asked, timedelta(seconds=45))
    await world.stack.until_ready("orchestrator-1")

    await world.until(lambda: nothing_waits(world))
    await check(world, asked)
    assert ended_before < SAGAS
    assert set(await world.stories()) == {one.instance_id for one in asked}
