import asyncio
from contextlib import suppress
from typing import Any

from durable import SagaContext, saga
from durable.messages import INSTANCES
from durable.ports import Record
from durable.requests import UNBLOCK, OwnerRequest
from durable.status import Status
from orchestrator.engine import Registry, Setup
from orchestrator.host.caution import NAMED_MAX
from orchestrator.host.partition import PartitionHost
from orchestrator.host.suspicion import inherited
from tests.support.host_sagas import ADD_ONE, SAGAS, Number
from tests.support.host_world import PARTITION, HostWorld
from tests.support.mortal_ports import Dead, Life, MortalBroker, MortalStore

RUNS: list[str] = []
LIVES: list[Life] = []


@saga("deadly")
async def deadly(ctx: SagaContext, start: Number) -> Number:
    await ctx.call(ADD_ONE, start)
    RUNS.append(ctx.instance_id)
    LIVES[-1].dead.set()  # What comes next of this process never comes.
    return start


@saga("deadly")
async def cured(ctx: SagaContext, start: Number) -> Number:
    await ctx.call(ADD_ONE, start)
    return start


async def owner_document(world: HostWorld) -> Record:
    (one,) = [stored.record async for stored in world.store.scan(PARTITION, "~owner~", "~owner~9999999999")]
    return one


async def live(world: HostWorld, seconds: float = 60) -> Life:
    """Host the partition until the process is dead, or for a while; then it is gone without a word."""
    life = Life()
    LIVES.append(life)
    ports = world.ports(MortalBroker(world.broker, life), MortalStore(world.store, life), host="mortal")

    async def host() -> None:
        with suppress(Dead, asyncio.CancelledError):
            await PartitionHost(ports, await ports.broker.session(INSTANCES, PARTITION)).serve(lambda: None)

    serving = asyncio.create_task(host())
    dying = asyncio.create_task(life.dead.wait())
    await asyncio.wait({serving, dying}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    life.dead.set()
    for task in (serving, dying):
        task.cancel()
    await asyncio.wait({serving, dying})
    await life.bury()
    return life


def a_world() -> HostWorld:
    RUNS.clear()
    LIVES.clear()
    return HostWorld(sagas=(*SAGAS, deadly))


async def status(world: HostWorld, id: str = "a") -> Any:
    head = await world.head(id)
    return head and head.status


async def test_an_instance_that_kills_each_host_is_blocked_and_its_neighbours_go_on() -> None:
    world = a_world()
    async with world.working():
        await world.start("deadly", {"value": 1})
        await live(world)
        for number in range(20):
            await world.start("chain", {"value": number}, id=f"neighbour {number}".replace(" ", "-"))
        lives = 1
        while await status(world) is not Status.BLOCKED:
            await live(world)
            lives += 1
            assert lives < 10
        async with world.hosting():
            neighbours = [await world.ended(f"neighbour-{number}") for number in range(20)]

    assert len(RUNS) == NAMED_MAX + 1  # Once unnamed, then named.
    head = await world.head()
    assert head is not None
    assert f"code that ended its host, or outlasted its lock, {NAMED_MAX} times" in dict(head.reasons)["found"]
    assert [one.output for one in neighbours] == [{"value": number + 5} for number in range(20)]


async def test_a_blocked_killer_goes_on_with_repaired_code() -> None:
    world = a_world()
    async with world.working():
        await world.start("deadly", {"value": 1})
        while await status(world) is not Status.BLOCKED:
            await live(world)
        async with world.hosting():
            await world.start("chain", {"value": 1}, id="b")
            await world.ended("b")
        world.setup = Setup(Registry([*SAGAS, cured]), world.setup.destinations)
        async with world.hosting():
            await world.raise_event("anything", None)
            head = await world.ended()

    assert head.status is Status.COMPLETED
    await world.check()


async def test_a_killer_that_an_operator_unblocks_is_tried_again_at_once() -> None:
    world = a_world()
    async with world.working():
        await world.start("deadly", {"value": 1})
        while await status(world) is not Status.BLOCKED:
            await live(world)
        world.setup = Setup(Registry([*SAGAS, cured]), world.setup.destinations)
        async with world.hosting():
            await world.ask(OwnerRequest("unblock", "a", UNBLOCK))
            head = await world.ended()

    assert head.status is Status.COMPLETED
    await world.check()


async def test_a_partition_that_was_given_back_is_served_without_caution() -> None:
    world = a_world()
    async with world.working():
        async with world.hosting():
            await world.start("chain", {"value": 1})
            await world.ended()
        given_back = await owner_document(world)
        async with world.hosting():
            document = await owner_document(world)

    assert given_back["given_back"] is True
    assert "careful" not in document


async def test_a_partition_that_was_not_given_back_is_served_with_caution_until_its_backlog_is_through() -> None:
    world = a_world()
    await live(world, seconds=1)
    async with world.working(), world.hosting():
        document = await owner_document(world)
        await world.start("chain", {"value": 1})
        await world.ended()
        await asyncio.sleep(30)
        later = await owner_document(world)

    assert document["careful"] is True
    assert "careful" not in later
    assert "running" not in later
    assert later["suspects"] == {}


def test_a_suspicion_grows_with_each_host_that_ended_while_an_instance_was_run() -> None:
    first = inherited({"running": ["a"], "suspects": {"b": 1}})
    second = inherited({**first, "running": ["a"]})

    assert first["suspects"] == {"a": 1, "b": 1}
    assert second["suspects"] == {"a": 2, "b": 1}
    assert second["careful"] is True


def test_a_suspicion_shrinks_when_a_partition_is_given_back() -> None:
    assert inherited({"given_back": True, "suspects": {"a": 3, "b": 1}}) == {"suspects": {"a": 2}}
    assert inherited(None) == {}
