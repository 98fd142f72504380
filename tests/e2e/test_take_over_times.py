import os
import signal
import time
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from tests.support.e2e_probes import Probes, probing
from tests.support.e2e_stack import ORCHESTRATORS, services_of
from tests.support.e2e_world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
LEAVING = "orchestrator-1"
STAYING = "orchestrator-2"
AFTER_SIGKILL_SECONDS = 20
AFTER_SIGTERM_SECONDS = 1
Record = Callable[[str, object], None]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with running_world(tmp_path_factory.mktemp("takeovers"), services_of(ORCHESTRATORS)) as world:
        yield world


async def shared_evenly(world: World) -> None:
    """Wait until both replicas have their share, and answer."""
    await world.stack.until_ready(LEAVING)

    async def is_even() -> bool:
        return len(await world.owned_by(LEAVING)) == len(await world.owned_by(STAYING))

    await world.until(is_even)
    probes = Probes(world)
    await probes.send()
    await world.until(probes.are_answered)


async def test_after_sigterm_every_partition_is_served_again_at_once(world: World, record_property: Record) -> None:
    await shared_evenly(world)

    async with probing(world) as probes:
        sent_at = time.monotonic()
        leaving = world.stack.pids[LEAVING]
        os.kill(leaving, signal.SIGTERM)
        await world.until(lambda: world.stack.pids.get(LEAVING, leaving) != leaving)
        gone_at = time.monotonic()
        await shared_evenly(world)

    left, joined = probes.gaps(sent_at, gone_at), probes.gaps(gone_at)
    record_property("slowest answer after SIGTERM", seconds(left))
    record_property("slowest answer while a replica joins", seconds(joined))
    assert max(left.values()) < AFTER_SIGTERM_SECONDS
    assert max(joined.values()) < AFTER_SIGTERM_SECONDS


async def test_after_sigkill_every_partition_is_served_again_in_time(world: World, record_property: Record) -> None:
    await shared_evenly(world)

    async with probing(world) as probes:
        killed_at = time.monotonic()
        world.stack.kill(LEAVING)
        await probes.send()
        asked_at = time.monotonic()
        await world.until(lambda: probes.are_answered(asked_at))

    gaps = probes.gaps(killed_at)
    record_property("slowest answer after SIGKILL", seconds(gaps))
    assert max(gaps.values()) < AFTER_SIGKILL_SECONDS


def seconds(gaps: dict[str, float]) -> str:
    return ", ".join(f"partition {name} {gap:.2f} s" for name, gap in gaps.items())
