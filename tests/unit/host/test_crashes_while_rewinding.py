import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from durable.messages import INSTANCES
from durable.status import Status
from orchestrator.host.partition import PartitionHost
from tests.support.host_world import PARTITION, HostWorld
from tests.support.mortal_ports import Dead, Life, MortalBroker, MortalStore
from tests.support.rewind_world import fork, in_execution, rewind

Done = Callable[[HostWorld], Awaitable[object]]


async def again(world: HostWorld) -> None:
    await rewind(world, 2)


async def aside(world: HostWorld) -> None:
    await fork(world, 2)


async def is_rewound(world: HostWorld) -> None:
    await in_execution(world, 2, Status.COMPLETED)


async def is_forked(world: HostWorld) -> None:
    await world.ended("b")


async def live_and_die(world: HostWorld, done: Done, death_at: int | None) -> Life:
    """Host the partition until the process dies or what was asked for is done."""
    life = Life(death_at)
    ports = world.ports(MortalBroker(world.broker, life), MortalStore(world.store, life), host="mortal")

    async def host() -> None:
        with suppress(Dead, asyncio.CancelledError):
            receiver = await ports.broker.session(INSTANCES, PARTITION)
            await PartitionHost(ports, receiver).serve(lambda: None)

    tasks = {asyncio.create_task(host()), asyncio.ensure_future(done(world)), asyncio.create_task(life.dead.wait())}
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    life.dead.set()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    await life.bury()
    return life


@pytest.mark.parametrize(("asked", "done", "id"), [(again, is_rewound, "a"), (aside, is_forked, "b")])
async def test_a_host_may_die_at_any_port_call_while_it_takes_a_history_over(
    asked: Callable[[HostWorld], Awaitable[None]], done: Done, id: str
) -> None:
    async def begun() -> HostWorld:
        world = HostWorld()
        async with world.working(), world.hosting():
            await world.start("chain", {"value": 1})
            await world.ended()
        await asked(world)
        return world

    world = await begun()
    async with world.working():
        moments = (await live_and_die(world, done, None)).moments

    assert moments > 10
    for death_at in range(moments):
        world = await begun()
        async with world.working():
            life = await live_and_die(world, done, death_at)
            async with world.hosting():
                await done(world)
        head = await world.head(id)
        assert head is not None
        assert (head.status, head.output) == (Status.COMPLETED, {"value": 6}), f"death {life.names[-1]} at {death_at}"
        assert len(set(world.effects)) == 10, "each step has one key in each life"
