"""Partial updates."""

from typing import Any

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, refused
from tests.conformance.cosmos.containers import SHARED

Operations = list[dict[str, Any]]

patches = Area("patches", "Partial document update", "aio")


async def _patched(account: Account, orders: ContainerProxy, operations: Operations, **has: Any) -> Any:
    await orders.create_item(account.item("1", **has))
    return await orders.patch_item("1", account.key, operations)


async def _refused(account: Account, orders: ContainerProxy, operations: Operations, **has: Any) -> int:
    await orders.create_item(account.item("1", **has))
    error = await refused(orders.patch_item("1", account.key, operations))
    item = await orders.read_item("1", account.key)
    assert {name: item.get(name) for name in has} == has
    return error.status_code or 0


@patches.case(SHARED)
async def add_makes_a_property_or_replaces_it(account: Account, orders: ContainerProxy) -> None:
    operations: Operations = [
        {"op": "add", "path": "/a", "value": 1},
        {"op": "add", "path": "/b", "value": {"c": 2}},
    ]

    item = await _patched(account, orders, operations, a=0)

    assert (item["a"], item["b"]) == (1, {"c": 2})


@patches.case(SHARED)
async def add_inserts_into_an_array_or_appends_to_it(account: Account, orders: ContainerProxy) -> None:
    operations: Operations = [
        {"op": "add", "path": "/list/1", "value": "x"},
        {"op": "add", "path": "/list/-", "value": "y"},
    ]

    assert (await _patched(account, orders, operations, list=["a", "b"]))["list"] == ["a", "x", "b", "y"]


@patches.case(SHARED)
async def set_makes_a_property_or_replaces_it(account: Account, orders: ContainerProxy) -> None:
    operations: Operations = [
        {"op": "set", "path": "/a", "value": None},
        {"op": "set", "path": "/b", "value": [1]},
    ]

    item = await _patched(account, orders, operations, a=0)

    assert (item["a"], item["b"]) == (None, [1])


@patches.case(SHARED)
async def set_replaces_an_element_of_an_array(account: Account, orders: ContainerProxy) -> None:
    operations: Operations = [{"op": "set", "path": "/list/1", "value": "x"}]

    assert (await _patched(account, orders, operations, list=["a", "b"]))["list"] == ["a", "x"]


@patches.case(SHARED)
async def replace_needs_something_to_replace(account: Account, orders: ContainerProxy) -> None:
    assert await _refused(account, orders, [{"op": "replace", "path": "/none", "value": 1}], a=0) == 400


@patches.case(SHARED)
async def remove_takes_a_property_or_an_element_away(account: Account, orders: ContainerProxy) -> None:
    operations: Operations = [{"op": "remove", "path": "/a"}, {"op": "remove", "path": "/list/0"}]

    item = await _patched(account, orders, operations, a=0, list=["a", "b"])

    assert "a" not in item
    assert item["list"] == ["b"]


@patches.case(SHARED)
async def remove_needs_something_to_remove(account: Account, orders: ContainerProxy) -> None:
    assert await _refused(account, orders, [{"op": "remove", "path": "/none"}], a=0) == 400


@patches.case(SHARED)
async def incr_adds_to_a_number_or_makes_one(account: Account, orders: ContainerProxy) -> None:
    operations: Operations = [
        {"op": "incr", "path": "/a", "value": -2.5},
        {"op": "incr", "path": "/b", "value": 4},
    ]

    item = await _patched(account, orders, operations, a=1)

    assert (item["a"], item["b"]) == (-1.5, 4)


@patches.case(SHARED)
async def incr_needs_a_number(account: Account, orders: ContainerProxy) -> None:
    assert await _refused(account, orders, [{"op": "incr", "path": "/a", "value": 1}], a="text") == 400


@patches.case(SHARED)
async def move_takes_a_value_elsewhere(account: Account, orders: ContainerProxy) -> None:
    item = await _patched(account, orders, [{"op": "move", "from": "/a", "path": "/b/c"}], a=1, b={})

    assert "a" not in item
    assert item["b"] == {"c": 1}


@patches.case(SHARED)
async def move_needs_something_to_move(account: Account, orders: ContainerProxy) -> None:
    assert await _refused(account, orders, [{"op": "move", "from": "/none", "path": "/b"}], a=1) == 400


@patches.case(SHARED)
async def operations_see_what_those_before_them_did(account: Account, orders: ContainerProxy) -> None:
    operations: Operations = [
        {"op": "add", "path": "/o", "value": {}},
        {"op": "set", "path": "/o/n", "value": 1},
        {"op": "incr", "path": "/o/n", "value": 2},
    ]

    assert (await _patched(account, orders, operations))["o"] == {"n": 3}


@patches.case(SHARED)
async def a_patch_that_fails_half_way_changes_nothing(account: Account, orders: ContainerProxy) -> None:
    operations: Operations = [{"op": "set", "path": "/a", "value": 1}, {"op": "remove", "path": "/none"}]

    assert await _refused(account, orders, operations, a=0) == 400


@patches.case(SHARED)
async def a_parent_must_be_there(account: Account, orders: ContainerProxy) -> None:
    """A patch makes no parents: the path up to its last step must be there."""
    assert await _refused(account, orders, [{"op": "add", "path": "/none/a", "value": 1}], a=0) == 400


@patches.case(SHARED)
async def ten_operations_are_a_patch_and_eleven_are_400(account: Account, orders: ContainerProxy) -> None:
    ten = [{"op": "set", "path": f"/a{number}", "value": number} for number in range(10)]

    assert (await _patched(account, orders, ten))["a9"] == 9
    assert (await refused(orders.patch_item("1", account.key, [*ten, ten[0]]))).status_code == 400


@patches.case(SHARED)
async def the_id_can_not_be_patched(account: Account, orders: ContainerProxy) -> None:
    assert await _refused(account, orders, [{"op": "set", "path": "/id", "value": "2"}], a=0) == 400


@patches.case(SHARED)
async def the_partition_key_can_not_be_patched(account: Account, orders: ContainerProxy) -> None:
    assert await _refused(account, orders, [{"op": "set", "path": "/pk", "value": "2"}], a=0) == 400


@patches.case(SHARED)
async def patching_what_is_not_there_is_404(account: Account, orders: ContainerProxy) -> None:
    change = [{"op": "set", "path": "/a", "value": 1}]

    assert (await refused(orders.patch_item("1", account.key, change))).status_code == 404


@patches.case(SHARED)
async def a_patch_whose_predicate_holds_is_applied(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1", state="open", lines=[1, 2]))
    change = [{"op": "set", "path": "/state", "value": "closed"}]
    holds = "FROM c WHERE c.state = 'open' AND ARRAY_LENGTH(c.lines) > 1"

    patched = await orders.patch_item("1", account.key, change, filter_predicate=holds)

    assert patched["state"] == "closed"


@patches.case(SHARED)
async def a_patch_whose_predicate_does_not_hold_is_412_with_1110(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1", state="closed"))
    change = [{"op": "set", "path": "/state", "value": "again"}]

    error = await refused(orders.patch_item("1", account.key, change, filter_predicate="FROM c WHERE c.state = 'open'"))

    assert (error.status_code, error.sub_status) == (412, 1110)
