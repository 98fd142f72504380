import asyncio
from dataclasses import replace
from datetime import timedelta

from durable.events import ParentTask
from durable.ports import Upsert
from orchestrator.heads import Head, decode_head, encode_head
from orchestrator.host.host_ports import HostLimits, HostPorts
from orchestrator.host.purge import purge_request
from orchestrator.host.retention import HEADS_MAX
from tests.support.host_world import PARTITION, HostWorld

KEPT = timedelta(minutes=30)
LONG = 4 * KEPT


def keeping(world: HostWorld) -> HostPorts:
    return replace(world.ports(), limits=HostLimits(kept_for=KEPT))


async def later(time: timedelta) -> None:
    await asyncio.sleep(time.total_seconds())


async def write_head(world: HostWorld, head: Head) -> None:
    await world.store.write(PARTITION, [Upsert(encode_head(head))])


async def test_an_instance_is_purged_once_it_has_been_over_for_as_long_as_it_is_kept() -> None:
    world = HostWorld()
    async with world.working(), world.hosting(keeping(world)):
        await world.start("chain", {"value": 1})
        await world.ended()
        await later(0.95 * KEPT)
        kept = await world.head()
        await later(KEPT)

    assert kept is not None
    assert await world.tombstone() is not None
    assert await world.records() == []


async def test_an_instance_that_goes_on_is_kept_however_old_it_is() -> None:
    world = HostWorld()
    async with world.working(), world.hosting(keeping(world)):
        await world.start("waiting")
        await world.until(world.turns)
        await later(LONG)
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    assert head.output == {"value": 42}


async def test_all_that_is_due_is_purged_also_if_it_is_more_than_one_look_takes() -> None:
    world = HostWorld()
    ids = [f"i{n}" for n in range(3 * HEADS_MAX + 1)]
    async with world.working(), world.hosting(keeping(world)):
        for id in ids:
            await world.start("chain", {"value": 1}, id=id)
        for id in ids:
            await world.ended(id)
        await later(LONG)

    assert [id for id in ids if await world.tombstone(id) is None] == []


async def child_of(world: HostWorld, parent: Head, run: str) -> None:
    """Make instance `child` the child of a run of the parent."""
    stored = await world.store.read(PARTITION, "child")
    assert stored is not None
    task = ParentTask(instance_id=parent.instance_id, run=run, execution=1, task_id=1)
    await write_head(world, replace(decode_head(stored.record), parent=task))


async def test_a_child_is_kept_until_the_run_of_its_parent_has_ended() -> None:
    world = HostWorld()
    async with world.working(), world.hosting(keeping(world)):
        await world.start("waiting", id="parent")
        await world.until(lambda: world.head("parent"))
        await world.start("chain", {"value": 1}, id="child")
        await world.ended("child")
        parent = await world.head("parent")
        assert parent is not None
        await child_of(world, parent, parent.run)
        await world.ask(purge_request("child", ""))
        await later(LONG)
        kept = await world.head("child")
        for n in range(2):
            await world.raise_event("number", {"value": n}, id="parent", event_id=str(n))
        await world.ended("parent")
        await later(0.95 * KEPT)

    assert kept is not None
    assert await world.tombstone("child") is not None
    assert await world.head("parent") is not None


async def test_a_child_of_an_earlier_run_of_its_parent_is_purged() -> None:
    world = HostWorld()
    async with world.working(), world.hosting(keeping(world)):
        await world.start("waiting", id="parent")
        await world.until(lambda: world.head("parent"))
        await world.start("chain", {"value": 1}, id="child")
        await world.ended("child")
        parent = await world.head("parent")
        assert parent is not None
        await child_of(world, parent, "an earlier run")
        await later(LONG)

    assert await world.tombstone("child") is not None


async def test_a_damaged_head_keeps_no_other_from_being_purged() -> None:
    world = HostWorld()
    async with world.working(), world.hosting(keeping(world)):
        for id in ("a", "damaged"):
            await world.start("chain", {"value": 1}, id=id)
            await world.ended(id)
        stored = await world.store.read(PARTITION, "damaged")
        assert stored is not None
        await world.overwrite({**stored.record, "status": "FromTheFuture"})
        await later(LONG)

    assert await world.tombstone("a") is not None
    assert await world.tombstone("damaged") is None
