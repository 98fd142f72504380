import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import pytest_asyncio

from durable.errors import SessionTaken
from durable.messages import INSTANCES
from tests.e2e.services.fate import Fate
from tests.e2e.services.mortal_ports import COMMITTING, REFUSED
from tests.support.e2e_checks import check, nothing_waits
from tests.support.e2e_stack import SERVICES, WORKER, Locks, Part, doomed, order_of, services_of
from tests.support.e2e_world import SHAPES, SLOW, Asked, World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
SLEEPER = "sleeper"
OTHER = "orchestrator-1"
EACH = 4
PARTITIONS = 4
PATIENCE = timedelta(seconds=30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("owners")
    fate = Fate(COMMITTING, 5, order_of(folder, SLEEPER), signal.SIGSTOP)
    sleeper = doomed(Part(SLEEPER, f"{SERVICES}.mortal_orchestrator"), fate)
    parts = (Part(OTHER, "orchestrator"), sleeper, WORKER)
    services = services_of(parts, partitions=PARTITIONS, locks=Locks(instances="PT5S"))
    async with running_world(folder, services) as world:
        yield world


@contextmanager
def asleep(world: World) -> Iterator[None]:
    """Wake it up in any case, or it can't be stopped either."""
    try:
        yield
    finally:
        os.kill(world.stack.pids[SLEEPER], signal.SIGCONT)


async def fall_asleep(world: World) -> list[Asked]:
    """Have sagas run until the sleeper sleeps: turns have run, and their commit is the next that it does."""
    await world.until(lambda: has(world, SLEEPER, PARTITIONS // 2))
    asked = [world.ask(shape, partition=name) for name in world.partitions for shape in (*SHAPES, SLOW)]
    await world.start(asked)
    await world.until(lambda: all(one.instance_id in world.told for one in asked))
    order = order_of(world.stack.folder, SLEEPER)
    order.touch()
    await world.until(lambda: not order.exists())
    assert not all(map(world.has_ended, asked))
    return asked


async def go_on(world: World, asked: list[Asked]) -> None:
    """Both replicas are at work again, and all ends as if nothing had happened."""
    late = [world.ask(shape, partition=partition) for shape in SHAPES for partition in world.partitions]
    await world.start(late)
    await world.ended([*asked, *late], PATIENCE)
    await world.until(lambda: nothing_waits(world))
    await check(world, [*asked, *late])


async def test_an_owner_that_slept_until_another_took_over_commits_nothing_when_it_goes_on(world: World) -> None:
    asked = await fall_asleep(world)

    with asleep(world):
        await world.until(lambda: has(world, OTHER, PARTITIONS))
        await world.ended(asked, PATIENCE)

    await go_on(world, asked)
    assert REFUSED in world.stack.log(SLEEPER).read_text()


async def test_an_owner_that_slept_longer_than_its_lock_and_was_not_missed_goes_on_itself(world: World) -> None:
    asked = await fall_asleep(world)

    with asleep(world):
        (partition, *_) = await world.owned_by(SLEEPER)
        await world.until(lambda: is_free(world, partition))

    await go_on(world, asked)


async def has(world: World, replica: str, partitions: int) -> bool:
    return len(await world.owned_by(replica)) == partitions


async def is_free(world: World, partition: str) -> bool:
    try:
        session = await world.broker.session(INSTANCES, partition)
    except SessionTaken:
        return False
    await session.close()
    return True
