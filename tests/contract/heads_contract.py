from datetime import timedelta

import pytest

from durable.codec import encode_time
from durable.ports import Create, HeadQuery
from durable.status import Status
from tests.support.store_world import DAY, StoreWorld, a_head, a_record, listed

PARTITIONS = ("001", "002", "003", "014")


class HeadsContract:
    """What `RecordStore.heads` promises."""

    async def test_heads_come_newest_first_from_all_partitions(self, world: StoreWorld) -> None:
        for n in range(8):
            head = a_head(f"h{n}", minute=n, partition=PARTITIONS[n % 4])
            await world.store.write(head["partition"], [Create(head), Create(a_record(f"turn{n}", head["partition"]))])

        page = await world.store.heads(HeadQuery())

        assert [head.record["id"] for head in page.heads] == [f"h{n}" for n in reversed(range(8))]
        assert page.heads[0].record == a_head("h7", minute=7, partition="014")
        assert page.heads[0].etag
        assert page.continuation is None

    async def test_no_heads_are_an_empty_page(self, world: StoreWorld) -> None:
        await world.store.write("001", [Create(a_record("turn"))])

        page = await world.store.heads(HeadQuery())

        assert (page.heads, page.continuation) == ((), None)

    async def test_a_query_narrows_by_status_saga_partition_and_age(self, world: StoreWorld) -> None:
        heads = [
            a_head("a", 1, "001", "one", Status.RUNNING),
            a_head("b", 2, "001", "two", Status.COMPLETED),
            a_head("c", 3, "002", "one", Status.COMPLETED),
            a_head("d", 4, "002", "two", Status.RUNNING),
        ]
        for head in heads:
            await world.store.write(head["partition"], [Create(head)])

        assert await listed(world.store, HeadQuery(status=Status.RUNNING)) == ["d", "a"]
        assert await listed(world.store, HeadQuery(saga="one")) == ["c", "a"]
        assert await listed(world.store, HeadQuery(partition="002")) == ["d", "c"]
        assert await listed(world.store, HeadQuery(created_before=DAY + timedelta(minutes=3))) == ["b", "a"]
        assert await listed(world.store, HeadQuery(created_after=DAY + timedelta(minutes=3))) == ["d"]
        both = HeadQuery(status=Status.COMPLETED, saga="two", partition="001", created_before=DAY + timedelta(days=1))
        assert await listed(world.store, both) == ["b"]

    async def test_heads_are_counted_as_they_are_listed(self, world: StoreWorld) -> None:
        for n in range(12):
            head = a_head(f"h{n}", n, PARTITIONS[n % 4], status=Status.RUNNING if n % 3 else Status.COMPLETED)
            await world.store.write(head["partition"], [Create(head), Create(a_record(f"turn{n}", head["partition"]))])

        assert await world.store.count(HeadQuery()) == 12
        assert await world.store.count(HeadQuery(limit=1)) == 12
        assert await world.store.count(HeadQuery(status=Status.COMPLETED)) == 4
        assert await world.store.count(HeadQuery(partition="001")) == 3
        recent = HeadQuery(status=Status.RUNNING, saga="s", created_after=DAY + timedelta(minutes=5))
        assert await world.store.count(recent) == 4
        assert await world.store.count(HeadQuery(saga="none")) == 0

    async def test_a_query_narrows_to_those_ended_by_a_time(self, world: StoreWorld) -> None:
        for minute, id in enumerate("abc"):
            ended = encode_time(DAY + timedelta(minutes=minute))
            await world.store.write("001", [Create(a_head(id, minute) | {"ended_at": ended})])
        await world.store.write("001", [Create(a_head("open", 0))])

        query = HeadQuery(partition="001", ended_before=DAY + timedelta(minutes=2))

        assert await listed(world.store, query) == ["b", "a"]

    @pytest.mark.parametrize("partition", [None, "001"])
    async def test_pages_give_every_head_once_also_among_equal_times(
        self, world: StoreWorld, partition: str | None
    ) -> None:
        places = PARTITIONS if partition is None else (partition,)
        for place in places:
            batch = [Create(a_head(f"{place}-{n:02d}", n // 10, place)) for n in range(24)]
            await world.store.write(place, batch)

        found: list[str] = []
        times: list[str] = []
        continuation = None
        while True:
            page = await world.store.heads(HeadQuery(partition=partition, limit=7, continuation=continuation))
            assert len(page.heads) <= 7
            found += [head.record["id"] for head in page.heads]
            times += [head.record["created_at"] for head in page.heads]
            continuation = page.continuation
            if continuation is None:
                break

        assert sorted(found) == sorted(f"{place}-{n:02d}" for place in places for n in range(24))
        assert times == sorted(times, reverse=True)

    async def test_a_foreign_continuation_is_an_error(self, world: StoreWorld) -> None:
        with pytest.raises(ValueError, match="continuation"):
            await world.store.heads(HeadQuery(continuation="nonsense"))
