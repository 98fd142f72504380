import asyncio
from typing import cast

import pytest

from durable.adapters.memory import MemoryStore
from durable.errors import Refusal, WriteRefused, WriteUncertain
from durable.ports import Create, Record, RecordStore
from orchestrator.operations.head_writer import HeadWriter
from tests.support.ports_with_faults import FaultyWrites


def a_head(id: str, start: str = "s", partition: str = "001") -> Record:
    return {"id": id, "partition": partition, "kind": "instance", "start": start, "created_at": "2026"}


class World:
    def __init__(self) -> None:
        self.faulty = FaultyWrites(MemoryStore())
        self.store = cast("RecordStore", self.faulty)
        self.writer = HeadWriter(self.store)

    async def create(self, *heads: Record, size: int = 100) -> list[str | BaseException]:
        return await asyncio.gather(*(self.writer.create(head, size) for head in heads), return_exceptions=True)

    @property
    def sizes(self) -> list[int]:
        return [len(batch) for batch in self.faulty.batches]


@pytest.fixture
def world() -> World:
    return World()


async def etag_of(world: World, id: str) -> str:
    stored = await world.store.read("001", id)
    assert stored is not None
    return stored.etag


async def test_heads_asked_for_at_once_are_written_in_one_batch(world: World) -> None:
    etags = await world.create(*(a_head(f"i{n}") for n in range(20)))

    assert world.sizes == [20]
    assert etags == [await etag_of(world, f"i{n}") for n in range(20)]


async def test_a_batch_holds_at_most_99_heads(world: World) -> None:
    await world.create(*(a_head(f"i{n}") for n in range(150)))

    assert world.sizes == [99, 51]


async def test_a_batch_is_bounded_in_bytes(world: World) -> None:
    await world.create(*(a_head(f"i{n}") for n in range(5)), size=240_000)

    assert world.sizes == [2, 2, 1]


async def test_partitions_are_written_apart(world: World) -> None:
    await world.create(a_head("a", partition="001"), a_head("b", partition="002"))

    assert world.sizes == [1, 1]


async def test_one_id_that_exists_is_refused_and_the_rest_is_written(world: World) -> None:
    await world.create(a_head("b", start="somebody else's"))

    answers = await world.create(a_head("a"), a_head("b"), a_head("c"))

    assert world.sizes == [1, 3, 2]
    refused = answers.pop(1)
    assert isinstance(refused, WriteRefused)
    assert refused.refusal is Refusal.EXISTS
    assert answers == [await etag_of(world, "a"), await etag_of(world, "c")]


async def test_of_two_equal_ids_in_one_batch_one_is_written(world: World) -> None:
    first, second = await world.create(a_head("a", start="one"), a_head("a", start="two"))

    assert isinstance(first, str) != isinstance(second, str)
    stored = await world.store.read("001", "a")
    assert stored is not None
    assert stored.record["start"] == ("one" if isinstance(first, str) else "two")


async def test_an_uncertain_batch_is_repeated_unchanged(world: World) -> None:
    world.faulty.before.append(WriteUncertain("no answer"))

    etags = await world.create(a_head("a"), a_head("b"))

    assert world.faulty.batches[0] == world.faulty.batches[1] == [Create(a_head("a")), Create(a_head("b"))]
    assert etags == [await etag_of(world, "a"), await etag_of(world, "b")]


async def test_a_batch_that_was_written_but_not_confirmed_is_a_success(world: World) -> None:
    world.faulty.after.append(WriteUncertain("no answer"))

    etags = await world.create(a_head("a", start="1"), a_head("b", start="2"), a_head("c", start="3"))

    assert etags == [await etag_of(world, "a"), await etag_of(world, "b"), await etag_of(world, "c")]


async def test_a_batch_of_unknown_outcome_tells_a_foreign_head_from_its_own(world: World) -> None:
    await world.create(a_head("b", start="somebody else's"))
    world.faulty.before.append(WriteUncertain("no answer"))
    world.faulty.after.append(WriteUncertain("no answer"))

    first, second = await world.create(a_head("a"), a_head("b"))

    assert first == await etag_of(world, "a")
    assert isinstance(second, WriteRefused)


async def test_a_batch_too_large_for_the_store_is_taken_apart_and_the_head_at_fault_refused(world: World) -> None:
    too_large = WriteRefused(0, Refusal.TOO_LARGE)
    world.faulty.before += [too_large, too_large]

    first, second = await world.create(a_head("a"), a_head("b"))

    assert isinstance(first, WriteRefused)
    assert first.refusal is Refusal.TOO_LARGE
    assert second == await etag_of(world, "b")


async def test_a_caller_who_gave_up_before_the_write_starts_nothing(world: World) -> None:
    world.faulty.before.append(WriteUncertain("no answer"))
    ahead = asyncio.create_task(world.writer.create(a_head("a"), 100))
    for _ in range(3):
        await asyncio.sleep(0)
    assert world.sizes == [1]
    behind = asyncio.create_task(world.writer.create(a_head("b"), 100))
    await asyncio.sleep(0)

    behind.cancel()
    await ahead

    assert await world.store.read("001", "b") is None


async def test_a_writer_that_fails_leaves_nobody_waiting(world: World) -> None:
    world.faulty.before.append(cast("WriteUncertain", KeyError("a bug")))
    tasks = [asyncio.create_task(world.writer.create(a_head(id), 100)) for id in "ab"]
    await asyncio.sleep(0)
    (draining,) = asyncio.all_tasks() - {*tasks, asyncio.current_task()}

    with pytest.raises(KeyError):
        await draining

    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(answer) for answer in answers] == [WriteUncertain, WriteUncertain]
    assert await world.create(a_head("c")) == [await etag_of(world, "c")]


async def test_its_token_lets_a_read_see_what_it_wrote(world: World) -> None:
    assert world.writer.token("001") is None

    await world.create(a_head("a"))

    assert world.writer.token("001") is not None
