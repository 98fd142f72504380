"""The change feed: the latest versions of items, in the order of their writes."""

from datetime import timedelta
from typing import Any

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, everything, refused
from tests.conformance.cosmos.containers import container

feeds = Area("change feed", "Change feed in Azure Cosmos DB", "aio")

_OWN = container()


async def _read(orders: ContainerProxy, **options: Any) -> list[str]:
    return [item["id"] async for item in orders.query_items_change_feed(**options)]


async def _token(orders: ContainerProxy, **options: Any) -> str:
    """Where a reading of all changes ended."""
    await everything(orders.query_items_change_feed(**options))
    return str(orders.client_connection.last_response_headers["etag"])


async def _over_partitions(orders: ContainerProxy, count: int) -> None:
    for number in range(count):
        await orders.create_item({"id": str(number), "pk": f"p{number}"})


@feeds.case(_OWN)
async def it_shows_all_partitions_from_the_beginning(_: Account, orders: ContainerProxy) -> None:
    """It shows the items of all partitions from the beginning."""
    await _over_partitions(orders, 6)

    assert sorted(await _read(orders, start_time="Beginning")) == ["0", "1", "2", "3", "4", "5"]


@feeds.case(_OWN)
async def it_starts_now_unless_told_otherwise(_: Account, orders: ContainerProxy) -> None:
    await _over_partitions(orders, 2)

    assert await _read(orders) == []
    assert await _read(orders, start_time="Now") == []


@feeds.case(_OWN)
async def changes_of_a_partition_come_in_their_order(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, *(account.item(name) for name in ("3", "1", "2")))
    await orders.replace_item("3", account.item("3", n=1))

    assert await _read(orders, start_time="Beginning", partition_key=account.key) == ["1", "2", "3"]


@feeds.case(_OWN)
async def an_item_shows_its_latest_version_once(account: Account, orders: ContainerProxy) -> None:
    for number in range(3):
        await orders.upsert_item(account.item("1", n=number))

    shown = await everything(orders.query_items_change_feed(start_time="Beginning"))

    assert [item["n"] for item in shown] == [2]


@feeds.case(_OWN)
async def a_deleted_item_does_not_show(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, account.item("1"), account.item("2"))
    await orders.delete_item("1", account.key)

    assert await _read(orders, start_time="Beginning") == ["2"]


@feeds.case(_OWN)
async def items_of_a_batch_show(account: Account, orders: ContainerProxy) -> None:
    await orders.execute_item_batch([("create", (account.item(name),)) for name in "12"], account.key)

    assert await _read(orders, start_time="Beginning") == ["1", "2"]


@feeds.case(_OWN)
async def it_goes_on_from_a_token(_: Account, orders: ContainerProxy) -> None:
    await _over_partitions(orders, 4)
    token = await _token(orders, start_time="Beginning")
    await orders.create_item({"id": "new", "pk": "p1"})

    assert await _read(orders, continuation=token) == ["new"]


@feeds.case(_OWN)
async def a_token_taken_now_shows_what_comes_later(_: Account, orders: ContainerProxy) -> None:
    await _over_partitions(orders, 2)
    token = await _token(orders, start_time="Now")
    await _over_partitions_again(orders)

    assert sorted(await _read(orders, continuation=token)) == ["0", "1"]


async def _over_partitions_again(orders: ContainerProxy) -> None:
    for number in range(2):
        await orders.replace_item(str(number), {"id": str(number), "pk": f"p{number}", "again": True})


@feeds.case(_OWN)
async def a_partition_goes_on_from_a_token(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, account.item("1"))
    token = await _token(orders, start_time="Beginning", partition_key=account.key)
    await account.fill(orders, account.item("2"), {"id": "3", "pk": "other"})

    assert await _read(orders, continuation=token) == ["2"]


@feeds.case(_OWN)
async def feed_ranges_show_everything_between_them(_: Account, orders: ContainerProxy) -> None:
    await _over_partitions(orders, 6)
    parts = [part async for part in orders.read_feed_ranges()]

    shown = [await _read(orders, start_time="Beginning", feed_range=part) for part in parts]

    assert sorted(name for names in shown for name in names) == ["0", "1", "2", "3", "4", "5"]


@feeds.case(_OWN)
async def the_feed_range_of_a_partition_shows_its_changes_alone(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, account.item("1"), {"id": "2", "pk": "other"})
    part = await orders.feed_range_from_partition_key(account.key)

    assert await _read(orders, start_time="Beginning", feed_range=part) == ["1"]


@feeds.case(_OWN)
async def pages_hold_as_many_changes_as_were_asked_for(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, *(account.item(str(number)) for number in range(5)))
    feed = orders.query_items_change_feed(start_time="Beginning", partition_key=account.key, max_item_count=2)

    sizes = [len(await everything(page)) async for page in feed.by_page()]

    assert [size for size in sizes if size] == [2, 2, 1]


@feeds.case(_OWN, waits=10)
async def it_starts_at_a_point_in_time(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1"))
    await account.pass_time(5)
    start = account.now() - timedelta(seconds=2)
    await account.pass_time(5)
    await orders.create_item(account.item("2"))

    assert await _read(orders, start_time=start) == ["2"]


@feeds.case(_OWN)
async def all_versions_are_refused_unless_the_account_keeps_them(_: Account, orders: ContainerProxy) -> None:
    """The change feed of all versions and deletes is 400 unless the account keeps them."""
    error = await refused(_read(orders, mode="AllVersionsAndDeletes"))

    assert error.status_code == 400


@feeds.case(_OWN)
async def a_feed_range_is_told_to_be_within_another(_: Account, orders: ContainerProxy) -> None:
    parts = [part async for part in orders.read_feed_ranges()]
    one = await orders.feed_range_from_partition_key("a")

    assert sum([await orders.is_feed_range_subset(part, one) for part in parts]) == 1
