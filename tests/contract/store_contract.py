import asyncio

import pytest

from durable.charges import counted
from durable.errors import Refusal, WriteRefused
from durable.ports import Create, Delete, Operation, Read, Replace, Upsert
from tests.support.store_world import StoreWorld, a_record, scanned


async def refused(world: StoreWorld, *operations: Operation) -> tuple[int, Refusal]:
    with pytest.raises(WriteRefused) as caught:
        await world.store.write("001", operations)
    return caught.value.index, caught.value.refusal


class WritingContract:
    """What `RecordStore.write` promises, and what `read` and `scan` then give."""

    async def test_a_created_record_is_read_as_it_was_written(self, world: StoreWorld) -> None:
        record = a_record("a~1", text="Füße 🎉", number=2**53 - 1, nested={"list": [1.5, None, True, {"x": []}]})

        receipt = await world.store.write("001", [Create(record)])

        stored = await world.store.read("001", "a~1", receipt.token)
        assert stored is not None
        assert stored.record == record
        assert (stored.etag,) == receipt.etags
        assert stored.etag
        assert receipt.charge > 0

    async def test_who_asks_is_told_what_it_cost(self, world: StoreWorld) -> None:
        async def write(id: str) -> float:
            with counted() as charges:
                receipt = await world.store.write("001", [Create(a_record(id))])
            assert charges.ru == pytest.approx(receipt.charge)
            return charges.ru

        with counted() as outside:
            await asyncio.gather(write("a~1"), write("a~2"))
        with counted() as reading:
            await world.store.read("001", "a~1")
            alone = reading.ru
            await scanned(world.store, "a~1", "a~2")

        assert outside.ru == 0
        assert 0 < alone < reading.ru

    async def test_there_is_nothing_where_nothing_was_written(self, world: StoreWorld) -> None:
        await world.store.write("001", [Create(a_record("a"))])

        assert await world.store.read("001", "b") is None
        assert await world.store.read("002", "a") is None

    async def test_one_id_may_stand_in_two_partitions(self, world: StoreWorld) -> None:
        for partition in ("001", "002"):
            await world.store.write(partition, [Create(a_record("a", partition))])

        stored = await world.store.read("002", "a")

        assert stored is not None
        assert stored.record["partition"] == "002"

    async def test_creating_what_exists_is_refused(self, world: StoreWorld) -> None:
        await world.store.write("001", [Create(a_record("a", n=1))])

        assert await refused(world, Create(a_record("a", n=2))) == (0, Refusal.EXISTS)

        stored = await world.store.read("001", "a")
        assert stored is not None
        assert stored.record["n"] == 1

    @pytest.mark.parametrize("operation", [Read("b"), Delete("b"), Delete("b", '"x"'), Replace(a_record("b"))])
    async def test_touching_what_is_missing_is_refused(self, world: StoreWorld, operation: Operation) -> None:
        await world.store.write("001", [Create(a_record("a"))])

        assert await refused(world, Read("a"), operation) == (1, Refusal.MISSING)

    async def test_an_etag_guards_a_replace_and_a_delete(self, world: StoreWorld) -> None:
        old = (await world.store.write("001", [Create(a_record("a", n=1))])).etags[0]
        new = (await world.store.write("001", [Replace(a_record("a", n=2), old)])).etags[0]

        assert new != old
        assert await refused(world, Replace(a_record("a", n=3), old)) == (0, Refusal.CHANGED)
        assert await refused(world, Create(a_record("b")), Delete("a", old)) == (1, Refusal.CHANGED)
        await world.store.write("001", [Delete("a", new)])
        assert await world.store.read("001", "a") is None

    async def test_a_replace_without_etag_overwrites(self, world: StoreWorld) -> None:
        await world.store.write("001", [Create(a_record("a", n=1))])

        await world.store.write("001", [Replace(a_record("a", n=2))])

        stored = await world.store.read("001", "a")
        assert stored is not None
        assert stored.record == a_record("a", n=2)

    async def test_an_upsert_writes_whether_or_not_the_id_exists(self, world: StoreWorld) -> None:
        for n in (1, 2):
            await world.store.write("001", [Upsert(a_record("a", n=n))])

        stored = await world.store.read("001", "a")
        assert stored is not None
        assert stored.record["n"] == 2

    async def test_a_refused_operation_undoes_its_whole_batch(self, world: StoreWorld) -> None:
        await world.store.write("001", [Create(a_record("kept", n=1)), Create(a_record("there"))])

        batch = (Create(a_record("new")), Replace(a_record("kept", n=2)), Delete("there"), Create(a_record("kept")))
        assert await refused(world, *batch) == (3, Refusal.EXISTS)

        assert [stored.record["id"] for stored in await scanned(world.store, "a", "z")] == ["kept", "there"]
        kept = await world.store.read("001", "kept")
        assert kept is not None
        assert kept.record["n"] == 1

    async def test_a_failing_read_fails_its_batch(self, world: StoreWorld) -> None:
        assert await refused(world, Read("~owner~1"), Create(a_record("a"))) == (0, Refusal.MISSING)

        assert await world.store.read("001", "a") is None

    async def test_a_batch_that_reads_its_owner_first_is_written(self, world: StoreWorld) -> None:
        owner = (await world.store.write("001", [Create(a_record("~owner~1"))])).etags[0]

        receipt = await world.store.write("001", [Read("~owner~1"), Create(a_record("a"))])

        assert receipt.etags[0] == owner
        assert await world.store.read("001", "a", receipt.token) is not None

    async def test_operations_of_one_batch_see_those_before_them(self, world: StoreWorld) -> None:
        batch: list[Operation] = [
            Create(a_record("~owner~1")),
            Delete("~owner~1"),
            Create(a_record("~owner~1", n=2)),
            Read("~owner~1"),
        ]

        receipt = await world.store.write("001", batch)

        assert receipt.etags[1] == ""
        assert receipt.etags[3] == receipt.etags[2]

    async def test_a_hundred_operations_fit_and_one_more_does_not(self, world: StoreWorld) -> None:
        batch = [Create(a_record(f"{n:03d}")) for n in range(101)]

        with pytest.raises(ValueError, match="1 to 100"):
            await world.store.write("001", batch)
        with pytest.raises(ValueError, match="1 to 100"):
            await world.store.write("001", [])
        receipt = await world.store.write("001", batch[:100])

        assert len(receipt.etags) == 100
        assert len(set(receipt.etags)) == 100

    async def test_a_record_that_is_too_large_is_refused(self, world: StoreWorld) -> None:
        large = a_record("large", text="x" * 2_200_000)

        assert (await refused(world, Create(large)))[1] is Refusal.TOO_LARGE

        assert await world.store.read("001", "large") is None

    async def test_a_batch_that_is_too_large_is_refused_whole(self, world: StoreWorld) -> None:
        batch = [Create(a_record(f"large-{n}", text="x" * 900_000)) for n in range(4)]

        assert (await refused(world, *batch))[1] is Refusal.TOO_LARGE

        assert await scanned(world.store, "a", "z") == []

    async def test_a_batch_of_the_largest_allowed_size_is_written(self, world: StoreWorld) -> None:
        batch = [Create(a_record(f"r{n}", text="x" * 11_900)) for n in range(100)]

        assert len((await world.store.write("001", batch)).etags) == 100

    @pytest.mark.parametrize(
        "record",
        [a_record("with/slash"), a_record(""), a_record("a", partition="002"), {"partition": "001", "n": 1}],
    )
    async def test_a_record_that_does_not_belong_there_is_refused(
        self, world: StoreWorld, record: dict[str, object]
    ) -> None:
        assert await refused(world, Create(a_record("good")), Create(record)) == (1, Refusal.INVALID)

        assert await world.store.read("001", "good") is None

    async def test_a_scan_gives_its_range_in_order_of_code_points(self, world: StoreWorld) -> None:
        names = ["a~1~0000000002", "a~1~0000000010", "a~2~0000000001", "B~1", "aa", "a-b", "a.b", "~owner~3", "a"]
        await world.store.write("001", [Create(a_record(name)) for name in names])
        await world.store.write("002", [Create(a_record("a~1~0000000003", "002"))])

        turns = [stored.record["id"] for stored in await scanned(world.store, "a~1~0000000000", "a~1~9999999999")]
        everything = [stored.record["id"] for stored in await scanned(world.store, " ", "~~~~")]

        assert turns == ["a~1~0000000002", "a~1~0000000010"]
        assert everything == sorted(names)

    async def test_a_scan_includes_both_ends_and_gives_versions(self, world: StoreWorld) -> None:
        receipt = await world.store.write("001", [Create(a_record(f"{n}")) for n in range(5)])

        found = [stored async for stored in world.store.scan("001", "1", "3", receipt.token)]

        assert [stored.record for stored in found] == [a_record("1"), a_record("2"), a_record("3")]
        assert tuple(stored.etag for stored in found) == receipt.etags[1:4]

    async def test_a_long_scan_is_whole(self, world: StoreWorld) -> None:
        for start in range(0, 2500, 100):
            batch = [Create(a_record(f"a~1~{n:010d}", text="x" * 500)) for n in range(start, start + 100)]
            await world.store.write("001", batch)

        found = await scanned(world.store, "a~1~", "a~1~~")

        assert [stored.record["id"] for stored in found] == [f"a~1~{n:010d}" for n in range(2500)]

    async def test_of_two_concurrent_creates_one_is_refused(self, world: StoreWorld) -> None:
        batches = [[Create(a_record("a", n=n)), Create(a_record(f"other-{n}"))] for n in range(4)]

        results = await asyncio.gather(*(world.store.write("001", batch) for batch in batches), return_exceptions=True)

        assert sorted(type(result).__name__ for result in results) == ["Receipt"] + ["WriteRefused"] * 3
        assert len(await scanned(world.store, "a", "z")) == 2
