from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.cosmos.aio import ContainerProxy

from durable.adapters.memory import ManualClock


@pytest.fixture
async def filled(orders: ContainerProxy) -> ContainerProxy:
    for customer in ("ada", "bob", "cleo"):
        for n in range(4):
            await orders.create_item({"id": f"{n}", "customer": customer})
    return orders


async def changes(container: ContainerProxy, **options: Any) -> list[tuple[str, str]]:
    return [(item["customer"], item["id"]) async for item in container.query_items_change_feed(**options)]


async def test_the_read_feed_returns_each_item_once_whatever_the_page_size(filled: ContainerProxy) -> None:
    found = [(item["customer"], item["id"]) async for item in filled.read_all_items(max_item_count=5)]

    assert len(found) == len(set(found)) == 12


async def test_the_change_feed_starts_at_the_beginning_and_resumes(filled: ContainerProxy) -> None:
    first = await changes(filled, start_time="Beginning")
    token = filled.client_connection.last_response_headers["etag"]
    nothing = await changes(filled, continuation=token)
    await filled.create_item({"id": "new", "customer": "bob"})
    await filled.upsert_item({"id": "0", "customer": "ada", "changed": True})
    later = await changes(filled, continuation=token)

    assert len(first) == 12
    assert nothing == []
    assert sorted(later) == [("ada", "0"), ("bob", "new")]


async def test_the_change_feed_of_a_partition_shows_its_items_in_the_order_of_their_writes(
    filled: ContainerProxy,
) -> None:
    await filled.upsert_item({"id": "1", "customer": "bob", "changed": True})
    await filled.delete_item("2", "bob")

    found = await changes(filled, start_time="Beginning", partition_key="bob", max_item_count=2)

    assert found == [("bob", "0"), ("bob", "3"), ("bob", "1")]


async def test_the_change_feed_of_each_range_together_shows_everything(filled: ContainerProxy) -> None:
    ranges = [feed_range async for feed_range in filled.read_feed_ranges()]

    found = [await changes(filled, start_time="Beginning", feed_range=feed_range) for feed_range in ranges]

    assert len(ranges) == 2
    assert len({item for part in found for item in part}) == 12


async def test_the_change_feed_can_start_at_a_point_in_time(filled: ContainerProxy, clock: ManualClock) -> None:
    clock.advance(timedelta(hours=1))
    await filled.create_item({"id": "late", "customer": "ada"})

    found = await changes(filled, start_time=datetime(2031, 5, 1, 12, 30, tzinfo=UTC))

    assert found == [("ada", "late")]
