import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from durable.messages import INSTANCES
from durable.status import Status
from orchestrator.host.partition import PartitionHost
from tests.support.host_world import LOCK, PARTITION, HostWorld
from tests.support.mortal_ports import Dead, Life, MortalBroker, MortalStore

CASES = {
    "chain": ({"value": 1}, Status.COMPLETED, {"value": 6}, {"add-one": 5}),
    "fan": ({"value": 8}, Status.COMPLETED, {"value": 36}, {"add-one": 8}),
    "heavy-fan": ({"value": 70}, Status.COMPLETED, {"value": 700_000}, {"measure": 70}),
    "undoing": ({"value": 1}, Status.COMPENSATED, None, {"add-one": 1, "fail": 1, "undo": 1}),
    "retrying": ({"value": 7}, Status.COMPLETED, {"value": 7}, {"flaky": 1}),
    "sleeping": ({"value": 1}, Status.COMPLETED, {"value": 2}, {"add-one": 1}),
    "astray": ({"value": 1}, Status.FAILED, None, {}),
}


async def live_and_die(
    world: HostWorld, death_at: int | None, done: Callable[[], Coroutine[Any, Any, object]] | None = None
) -> Life:
    """Host the partition until the process dies, or its saga has ended, or what else is to be `done`."""
    life = Life(death_at)
    ports = world.ports(MortalBroker(world.broker, life), MortalStore(world.store, life), host="mortal")

    async def host() -> None:
        receiver = await ports.broker.session(INSTANCES, PARTITION)
        await PartitionHost(ports, receiver).serve(lambda: None)

    serving = asyncio.create_task(guarded(host()))
    ended = asyncio.create_task(done() if done else world.ended())
    dying = asyncio.create_task(life.dead.wait())
    await asyncio.wait({serving, ended, dying}, return_when=asyncio.FIRST_COMPLETED)
    for task in (ended, dying):
        task.cancel()
    if not life.dead.is_set():
        await asyncio.sleep(1)
    life.dead.set()
    serving.cancel()
    await asyncio.wait({serving})
    await life.bury()
    return life


async def guarded(serving: object) -> None:
    with suppress(Dead, asyncio.CancelledError):
        await serving  # type: ignore[misc]


@pytest.mark.parametrize("name", CASES)
async def test_a_host_may_die_at_any_port_call_and_nobody_notices(name: str) -> None:
    input, status, output, effects = CASES[name]
    world = HostWorld()
    async with world.working():
        await world.start(name, input)
        moments = (await live_and_die(world, None)).moments

    assert moments > 10
    for death_at in range(moments):
        world = HostWorld()
        async with world.working():
            await world.start(name, input)
            life = await live_and_die(world, death_at)
            async with world.hosting():
                head = await world.ended()
                await asyncio.sleep(2 * LOCK.total_seconds())
            where = f"death {life.names[-1]}, moment {death_at}"
            assert (head.status, head.output) == (status, output), where
            assert Counter(name for name, _ in set(world.effects)) == effects, where
            await world.check()
            assert await nothing_left(world), where


async def nothing_left(world: HostWorld) -> bool:
    receiver = await world.broker.session(INSTANCES, PARTITION)
    left = await receiver.receive(10, timedelta(seconds=1))
    await receiver.close()
    return not left
