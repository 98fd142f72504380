"""Limits on names, sizes and nesting."""

from typing import Any

import pytest
from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, refused
from tests.conformance.cosmos.containers import SHARED

limits = Area("limits", "Service quotas and default limits", "aio")


def _nested(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = {"a": found}
    return found


@limits.case(SHARED, client="sync")
async def an_item_over_two_megabytes_is_413(account: Account, orders: ContainerProxy) -> None:
    large = account.item("1", text="x" * (2 * 1024 * 1024))

    assert (await refused(account.in_thread(orders, lambda one: one.create_item(large)))).status_code == 413


@limits.case(SHARED, client="sync")
async def an_item_just_below_two_megabytes_is_stored(account: Account, orders: ContainerProxy) -> None:
    large = account.item("1", text="x" * 2_090_000)

    created = await account.in_thread(orders, lambda one: one.create_item(large))

    assert len(created["text"]) == 2_090_000


@limits.case(SHARED)
async def an_id_has_255_characters_at_least(account: Account, orders: ContainerProxy) -> None:
    name = "i" * 255

    assert (await orders.create_item(account.item(name)))["id"] == name


@limits.case(SHARED)
async def an_id_over_1023_bytes_is_400(account: Account, orders: ContainerProxy) -> None:
    assert (await refused(orders.create_item(account.item("i" * 1024)))).status_code == 400


@limits.case(SHARED)
async def the_client_refuses_characters_that_no_id_may_have(account: Account, orders: ContainerProxy) -> None:
    """The client refuses ids with a slash, backslash, question mark or hash."""
    for name in ("a/b", "a\\b", "a?b", "a#b"):
        with pytest.raises(ValueError, match="illegal"):
            await orders.create_item(account.item(name))


@limits.case(SHARED)
async def an_id_may_have_all_other_characters(account: Account, orders: ContainerProxy) -> None:
    for name in ("a b", "ü:@", "100%", "a+b&c=d", "{}[]", "'\""):
        await orders.create_item(account.item(name))

        assert (await orders.read_item(name, account.key))["id"] == name


@limits.case(SHARED)
async def a_partition_key_over_2048_bytes_is_400(account: Account, orders: ContainerProxy) -> None:
    assert (await refused(orders.create_item({"id": "1", "pk": "x" * 2049}))).status_code == 400
    assert account.key


@limits.case(SHARED)
async def an_object_is_no_partition_key(account: Account, orders: ContainerProxy) -> None:
    assert (await refused(orders.create_item({"id": account.key, "pk": {"a": 1}}))).status_code == 400


@limits.case(SHARED)
async def a_hundred_levels_of_nesting_are_stored(account: Account, orders: ContainerProxy) -> None:
    deep = _nested(100)

    assert (await orders.create_item(account.item("1", deep=deep)))["deep"] == deep


@limits.case(SHARED)
async def more_than_128_levels_of_nesting_are_400(account: Account, orders: ContainerProxy) -> None:
    assert (await refused(orders.create_item(account.item("1", deep=_nested(140))))).status_code == 400


@limits.case(SHARED)
async def a_page_has_four_megabytes_at_most(account: Account, orders: ContainerProxy) -> None:
    for number in range(5):
        await orders.create_item(account.item(str(number), text="x" * 1_000_000), no_response=True)

    pages = [
        [item["id"] async for item in page]
        async for page in orders.query_items("SELECT * FROM c", partition_key=account.key).by_page()
    ]

    assert sum(map(len, pages)) == 5
    assert max(map(len, pages)) <= 4


@limits.case(SHARED)
async def a_query_over_512_kilobytes_is_400(account: Account, orders: ContainerProxy) -> None:
    error = await refused(account.query(orders, f"SELECT * FROM c WHERE c.text = '{'x' * 524_288}'"))

    assert error.status_code in {400, 413}
