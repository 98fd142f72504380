import pytest

from durable.adapters.memory import ManualClock, MemoryStore
from orchestrator.cluster import Membership, PartitionCountDiffers, agree_on_partition_count


def membership(store: MemoryStore, host: str) -> Membership:
    return Membership(store, ManualClock(), host, iter("abcdefgh").__next__)


async def test_the_partition_count_of_the_first_start_is_recorded() -> None:
    store = MemoryStore()

    await agree_on_partition_count(store, 4)
    await agree_on_partition_count(store, 4)

    recorded = await store.read("cluster", "deployment")
    assert recorded is not None
    assert recorded.record["partition_count"] == 4


async def test_another_partition_count_is_refused_and_says_which_was_recorded() -> None:
    store = MemoryStore()
    await agree_on_partition_count(store, 4)

    with pytest.raises(PartitionCountDiffers, match=r"expected PARTITION_COUNT=4.*found 8"):
        await agree_on_partition_count(store, 8)


async def test_who_joins_is_listed_until_it_leaves() -> None:
    store = MemoryStore()
    one, other = membership(store, "one"), membership(store, "other")
    await one.join()
    await other.join()

    both = await one.hosts()
    await other.leave()

    assert both == {"one", "other"}
    assert await one.hosts() == {"one"}


async def test_a_change_by_intent_is_noticed_once() -> None:
    store = MemoryStore()
    one, other = membership(store, "one"), membership(store, "other")
    await one.join()
    await one.changed()
    quiet = await one.changed()
    await other.join()

    assert quiet is False
    assert await one.changed() is True
    assert await one.changed() is False


async def test_leaving_twice_is_no_error() -> None:
    store = MemoryStore()
    one = membership(store, "one")
    await one.join()

    await one.leave()
    await one.leave()

    assert await one.hosts() == frozenset()
