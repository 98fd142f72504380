from collections.abc import Sequence
from typing import Any

import pytest

from durable.errors import Refusal, WriteRefused, WriteUncertain
from durable.ports import Create, Operation, Receipt, RecordStore
from durable.status import Status
from orchestrator.host.ownership import take_over
from tests.support.host_world import PARTITION, HostWorld
from tests.support.ports_with_faults import FaultyWrites

WIDTH = 70


def pages_in(operations: Sequence[Operation]) -> int:
    return sum(isinstance(one, Create) and one.record["kind"] == "page" for one in operations)


async def pages_of(world: HostWorld, id: str = "a") -> list[str]:
    return [name for name in await world.records(id) if name.count("~") == 4]


async def test_a_turn_larger_than_a_record_is_written_in_pages_and_runs_to_its_end() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("heavy-fan", {"value": WIDTH})
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
        head = await world.ended()

    assert (head.status, head.output) == (Status.COMPLETED, {"value": 10_000 * WIDTH})
    assert neighbour.status is Status.COMPLETED
    assert len(await pages_of(world)) == 2
    await world.check()


async def test_a_large_turn_is_replayed_by_the_next_owner() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("heavy-fan", {"value": WIDTH})
        await world.until(world.turns)
    async with world.working(), world.hosting():
        head = await world.ended()

    assert head.output == {"value": 10_000 * WIDTH}
    await world.check()


@pytest.mark.parametrize("lost", range(5))
async def test_an_answer_lost_while_a_large_turn_is_written_changes_nothing(lost: int) -> None:
    world = HostWorld()
    store = Forgetful(world.store, lost)
    async with world.working(), world.hosting(world.ports(store=store)):
        await world.start("heavy-fan", {"value": WIDTH})
        head = await world.ended()

    assert store.forgotten
    assert head.output == {"value": 10_000 * WIDTH}
    assert len(await pages_of(world)) == 2
    await world.check()


class Forgetful:
    """Applies the n-th write and says that it does not know."""

    def __init__(self, store: RecordStore, lost: int) -> None:
        self._store = store
        self._left = lost
        self.forgotten = False

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        receipt = await self._store.write(partition, operations)
        self._left -= 1
        if self._left == -1:
            self.forgotten = True
            raise WriteUncertain("no answer")
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class TakenBetweenPages:
    """Another owner takes the partition after the first page of a turn is written."""

    def __init__(self, world: HostWorld) -> None:
        self._world = world
        self.taken = False

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        receipt = await self._world.store.write(partition, operations)
        if pages_in(operations) and not self.taken:
            self.taken = True
            await take_over(self._world.store, self._world.clock, PARTITION, "other", "the nonce of another")
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.store, name)


async def test_a_turn_whose_writer_lost_the_partition_between_its_pages_is_not_there() -> None:
    world = HostWorld()
    store = TakenBetweenPages(world)
    async with world.working(), world.hosting(world.ports(store=store)):
        await world.start("heavy-fan", {"value": WIDTH})
        head = await world.ended()

    assert store.taken
    assert head.output == {"value": 10_000 * WIDTH}
    await world.check()


async def test_pages_that_no_turn_names_are_swept_when_the_next_owner_loads_the_instance() -> None:
    world = HostWorld()
    store = TakenBetweenPages(world)
    async with world.working(), world.hosting(world.ports(store=store)):
        await world.start("waiting")
        await world.until(world.turns)
        await world.start("heavy-fan", {"value": WIDTH}, id="heavy")
        await world.ended("heavy")
    before = len(await pages_of(world, "heavy"))
    async with world.hosting():
        await world.raise_event("any", None, id="heavy")
        await world.until(lambda: fewer_pages(world, before))

    assert before == 3
    await world.check("heavy")


async def fewer_pages(world: HostWorld, before: int) -> bool:
    return len(await pages_of(world, "heavy")) < before


async def test_a_page_that_the_store_refuses_blocks_its_instance_and_no_other() -> None:
    world = HostWorld()
    store = Refusing(world.store)
    async with world.working(), world.hosting(world.ports(store=store)):
        await world.start("heavy-fan", {"value": WIDTH})
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
        await world.until(world.turns)

    head = await world.head()
    assert neighbour.status is Status.COMPLETED
    assert head is not None
    assert head.status is Status.BLOCKED
    assert "page 1 of the turn" in dict(head.reasons)["found"]


class Refusing(FaultyWrites):
    """Takes no page."""

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        if pages_in(operations):
            raise WriteRefused(1, Refusal.TOO_LARGE)
        return await super().write(partition, operations)
