from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.support.e2e_checks import check, nothing_waits
from tests.support.e2e_deaths import (
    OWNERS,
    STARTER,
    UNANSWERED,
    WORKERS,
    Deaths,
    Row,
    deadly_services,
    order_deaths,
)
from tests.support.e2e_world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
TAKEN_OVER_WITHIN = timedelta(seconds=40)
SENT_AGAIN_WITHIN = timedelta(seconds=60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("deaths")
    async with running_world(folder, deadly_services(folder)) as world:
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deaths(world: World) -> Deaths:
    return await order_deaths(world)


@pytest.mark.parametrize("row", OWNERS, ids=lambda row: row.process)
async def test_an_owner_dies_and_its_sagas_end_once(world: World, deaths: Deaths, row: Row) -> None:
    await world.ended(deaths.asked[row], TAKEN_OVER_WITHIN)

    assert deaths.has_happened(row)
    assert deaths.is_another_process(row)
    await check(world, deaths.asked[row])


async def test_the_answer_of_a_commit_is_lost_and_its_owner_goes_on(world: World, deaths: Deaths) -> None:
    await world.ended(deaths.asked[UNANSWERED], TAKEN_OVER_WITHIN)

    assert deaths.has_happened(UNANSWERED)
    assert not deaths.is_another_process(UNANSWERED)
    await check(world, deaths.asked[UNANSWERED])


@pytest.mark.parametrize("row", WORKERS, ids=lambda row: row.process)
async def test_a_worker_dies_and_the_activity_runs_again_under_the_same_key(
    world: World, deaths: Deaths, row: Row
) -> None:
    await world.ended(deaths.asked[row], TAKEN_OVER_WITHIN)

    assert deaths.has_happened(row)
    assert deaths.is_another_process(row)
    await check(world, deaths.asked[row])
    ids = {one.instance_id for one in deaths.asked[row]}

    def runs() -> Counter[object]:
        return Counter((e.instance_id, e.task_id, e.attempt, e.key) for e in world.effects if e.instance_id in ids)

    # The command comes back once its lock has ended; its saga, which has its answer already, does not wait for that.
    await world.until(lambda: max(runs().values()) > 1, TAKEN_OVER_WITHIN)
    assert max(runs().values()) == 2


async def test_the_api_dies_between_head_and_start_and_the_owner_sends_the_start(world: World, deaths: Deaths) -> None:
    await world.ended(deaths.asked[STARTER], SENT_AGAIN_WITHIN)

    assert deaths.has_happened(STARTER)
    assert deaths.is_another_process(STARTER)
    assert 409 in deaths.answers
    assert set(deaths.answers) <= {202, 409}
    await check(world, deaths.asked[STARTER])


async def test_nothing_is_left_of_all_the_deaths(world: World, deaths: Deaths) -> None:
    asked = [one for each in deaths.asked.values() for one in each]

    await world.ended(asked, SENT_AGAIN_WITHIN)
    await world.until(lambda: nothing_waits(world))

    assert set(await world.stories()) == {one.instance_id for one in asked}
