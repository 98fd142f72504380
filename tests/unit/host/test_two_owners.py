import asyncio
from collections import Counter
from contextlib import suppress

import pytest

from durable.errors import LockLost, SessionTaken
from durable.messages import INSTANCES
from orchestrator.host.host_ports import HostPorts
from orchestrator.host.ownership import take_over
from orchestrator.host.partition import PartitionHost
from tests.support.host_world import LOCK, PARTITION, HostWorld
from tests.support.mortal_ports import Life, MortalBroker, MortalStore
from tests.unit.host.test_crashes import CASES

PAUSE = 3 * LOCK.total_seconds()


async def serve_for_ever(ports: HostPorts) -> None:
    """What a replica does with a partition that it wants: take it whenever it can."""
    while True:
        with suppress(SessionTaken, LockLost):
            receiver = await ports.broker.session(INSTANCES, PARTITION)
            await PartitionHost(ports, receiver).serve(lambda: None)
        await asyncio.sleep(1)


async def run_two_hosts(world: HostWorld, sleep_at: int | None) -> Life:
    """The first host falls asleep for longer than the lock and goes on as if nothing had happened."""
    life = Life(sleep_at=sleep_at, sleep_seconds=PAUSE)
    sleeper = world.ports(MortalBroker(world.broker, life), MortalStore(world.store, life), host="sleeper")
    tasks = [asyncio.create_task(serve_for_ever(sleeper))]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(serve_for_ever(world.ports(host="other"))))
    await world.ended()
    await asyncio.sleep(2 * PAUSE)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return life


@pytest.mark.parametrize("name", CASES)
async def test_a_host_that_sleeps_longer_than_its_lock_and_its_successor_write_one_history(name: str) -> None:
    input, status, output, effects = CASES[name]
    world = HostWorld()
    async with world.working():
        await world.start(name, input)
        moments = (await run_two_hosts(world, None)).moments

    for sleep_at in range(min(moments, 80)):
        world = HostWorld()
        async with world.working():
            await world.start(name, input)
            life = await run_two_hosts(world, sleep_at)
            head = await world.ended()
        where = f"asleep {life.names[sleep_at]}, moment {sleep_at}"
        assert (head.status, head.output) == (status, output), where
        assert Counter(name for name, _ in set(world.effects)) == effects, where
        await world.check()


async def test_two_takeovers_at_once_leave_one_owner() -> None:
    world = HostWorld()

    owned = await asyncio.gather(
        *(take_over(world.store, world.clock, PARTITION, f"host-{n}", f"nonce-{n}") for n in range(5))
    )

    owners = [stored async for stored in world.store.scan(PARTITION, "~owner~", "~owner~9999999999")]
    assert sorted(one.number for one in owned) == [1, 2, 3, 4, 5]
    assert [stored.record["number"] for stored in owners] == [5]
