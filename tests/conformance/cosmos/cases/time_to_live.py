"""Time to live, of items and of containers."""

from azure.cosmos import PartitionKey
from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, ids, refused
from tests.conformance.cosmos.containers import SHARED, container

time_to_live = Area("time to live", "Time to live (TTL)", "aio")


@time_to_live.case(SHARED, waits=4)
async def an_item_is_gone_after_its_time(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, account.item("1", ttl=2), account.item("2"))

    await account.pass_time(4)

    assert (await refused(orders.read_item("1", account.key))).status_code == 404
    assert await account.query(orders, "SELECT VALUE c.id FROM c") == ["2"]


@time_to_live.case(container(default_ttl=2), waits=4)
async def the_time_of_the_container_counts_for_items_without_one(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, account.item("1"), account.item("2", ttl=-1), account.item("3", ttl=100))

    await account.pass_time(4)

    assert await ids(orders.read_all_items()) == ["2", "3"]


@time_to_live.case(container(), waits=4)
async def without_a_setting_of_the_container_items_live_on(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1", ttl=2))

    await account.pass_time(4)

    assert (await orders.read_item("1", account.key))["ttl"] == 2


@time_to_live.case(SHARED, waits=4)
async def each_write_starts_the_time_anew(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1", ttl=3))
    await account.pass_time(2)
    await orders.replace_item("1", account.item("1", ttl=3))

    await account.pass_time(2)

    assert (await orders.read_item("1", account.key))["id"] == "1"


@time_to_live.case(SHARED, waits=4)
async def the_id_of_an_expired_item_is_free(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1", ttl=2, n=1))

    await account.pass_time(4)

    assert (await orders.create_item(account.item("1", n=2)))["n"] == 2


@time_to_live.case(container(default_ttl=-1), waits=4)
async def a_container_may_change_its_time(account: Account, orders: ContainerProxy) -> None:
    """A change of the container's time to live counts for the items that it holds."""
    await account.fill(orders, account.item("1"), account.item("2", ttl=100))

    await account.database.replace_container(orders, PartitionKey("/pk"), default_ttl=2)
    await account.pass_time(4)

    assert await ids(orders.read_all_items()) == ["2"]


@time_to_live.case(SHARED)
async def a_time_of_nothing_is_400(account: Account, orders: ContainerProxy) -> None:
    """A time to live of 0, or one that is no number, is 400."""
    assert (await refused(orders.create_item(account.item("1", ttl=0)))).status_code == 400
    assert (await refused(orders.create_item(account.item("1", ttl="2")))).status_code == 400
