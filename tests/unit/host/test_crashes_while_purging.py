import asyncio
from collections.abc import Sequence

from durable.errors import WriteUncertain
from durable.messages import InstanceMessage
from durable.ports import Delete, Operation, Receipt
from durable.status import Status
from orchestrator.host.purge import purge_request
from tests.support.host_world import HostWorld
from tests.support.mortal_ports import Life, MortalBroker, MortalStore
from tests.support.ports_with_faults import FaultyWrites
from tests.unit.host.test_crashes import live_and_die
from tests.unit.host.test_two_owners import PAUSE, serve_for_ever


async def to_be_purged() -> tuple[HostWorld, InstanceMessage]:
    """An instance that has ended, the request to purge it, and a start that makes it begin anew."""
    world = HostWorld()
    async with world.working(), world.hosting():
        start = await world.start("chain", {"value": 1})
        await world.ended()
    await world.ask(purge_request("a", ""))
    return world, InstanceMessage("another start", "a", start.event)


async def begins_anew(world: HostWorld, start: InstanceMessage, where: str) -> None:
    await world.until(world.tombstone)
    assert await world.records() == [], where
    await world.tell(start)
    head = await world.ended()
    assert (head.status, head.execution) == (Status.COMPLETED, 2), where
    assert {id.split("~")[1] for id in await world.records()} == {"2"}, where


async def test_a_host_may_die_at_any_port_call_of_a_purge_and_the_next_one_ends_it() -> None:
    world, _ = await to_be_purged()
    moments = (await live_and_die(world, None, world.purged)).moments

    assert moments > 10
    for death_at in range(moments):
        world, start = await to_be_purged()
        life = await live_and_die(world, death_at, world.purged)
        async with world.working(), world.hosting():
            await begins_anew(world, start, f"death {life.names[-1]}, moment {death_at}")


async def test_a_host_that_sleeps_longer_than_its_lock_while_it_purges_takes_nothing_of_what_came_after() -> None:
    world, _ = await to_be_purged()
    moments = (await live_and_die(world, None, world.purged)).moments

    for sleep_at in range(moments):
        world, start = await to_be_purged()
        life = Life(sleep_at=sleep_at, sleep_seconds=PAUSE)
        sleeper = world.ports(MortalBroker(world.broker, life), MortalStore(world.store, life), host="sleeper")
        async with world.working():
            tasks = [asyncio.create_task(serve_for_ever(sleeper))]
            await asyncio.sleep(0)
            tasks.append(asyncio.create_task(serve_for_ever(world.ports(host="other"))))
            await begins_anew(world, start, f"asleep {life.names[-1]}, moment {sleep_at}")
            before = await world.records()
            await asyncio.sleep(2 * PAUSE)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        assert await world.records() == before


class Forgetful(FaultyWrites):
    """Does every batch that deletes and says the first time that it does not know."""

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        is_new = operations not in self.batches
        receipt = await super().write(partition, operations)
        if is_new and any(isinstance(operation, Delete) for operation in operations[1:]):
            raise WriteUncertain("no answer")
        return receipt


async def test_a_purge_whose_answers_are_lost_is_done_all_the_same() -> None:
    world, start = await to_be_purged()
    async with world.working(), world.hosting(world.ports(store=Forgetful(world.store))):
        await begins_anew(world, start, "answers lost")
