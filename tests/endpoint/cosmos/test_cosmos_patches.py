from typing import Any

import pytest
from azure.core import MatchConditions
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy


async def test_a_patch_changes_the_named_properties_only(orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "customer": "ada", "n": 5, "gone": 1, "kept": "x"})

    patched = await orders.patch_item(
        "1",
        "ada",
        [
            {"op": "incr", "path": "/n", "value": 2},
            {"op": "set", "path": "/new", "value": {"x": 1}},
            {"op": "add", "path": "/list", "value": [1]},
            {"op": "add", "path": "/list/-", "value": 2},
            {"op": "replace", "path": "/new/x", "value": 3},
            {"op": "remove", "path": "/gone"},
        ],
    )

    assert {name: value for name, value in patched.items() if not name.startswith("_")} == {
        "id": "1",
        "customer": "ada",
        "n": 7,
        "kept": "x",
        "new": {"x": 3},
        "list": [1, 2],
    }


async def test_a_patch_applies_only_if_its_predicate_holds(orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "customer": "ada", "n": 5})
    add_one = [{"op": "incr", "path": "/n", "value": 1}]

    await orders.patch_item("1", "ada", add_one, filter_predicate="FROM c WHERE c.n = 5")
    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await orders.patch_item("1", "ada", add_one, filter_predicate="FROM c WHERE c.n = 5")

    assert (caught.value.status_code, caught.value.sub_status) == (412, 1110)
    assert (await orders.read_item("1", "ada"))["n"] == 6


async def test_a_patch_honours_if_match(orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "customer": "ada", "n": 5})

    with pytest.raises(exceptions.CosmosAccessConditionFailedError):
        await orders.patch_item(
            "1",
            "ada",
            [{"op": "set", "path": "/n", "value": 1}],
            etag='"other"',
            match_condition=MatchConditions.IfNotModified,
        )


async def test_a_patch_that_fails_half_way_changes_nothing(orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "customer": "ada", "n": 5})
    operations: list[Any] = [{"op": "set", "path": "/n", "value": 6}, {"op": "remove", "path": "/missing"}]

    with pytest.raises(exceptions.CosmosHttpResponseError, match="missing"):
        await orders.patch_item("1", "ada", operations)

    assert (await orders.read_item("1", "ada"))["n"] == 5


async def test_a_value_is_moved(orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "customer": "ada", "from": {"here": [1, 2]}, "to": {}})

    patched = await orders.patch_item("1", "ada", [{"op": "move", "from": "/from/here", "path": "/to/there"}])

    assert (patched["from"], patched["to"]) == ({}, {"there": [1, 2]})


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("FROM o WHERE o.n + 1 = 6 AND ARRAY_LENGTH(o.tags) = 2", True),
        ("FROM o WHERE ARRAY_CONTAINS(o.tags, 'y') AND o.kind LIKE 'b%'", True),
        ("FROM o WHERE (o.missing ?? 5) = o.n", True),
        ("FROM o WHERE o.missing = 5", False),
        ("FROM o WHERE NOT (o.missing = 5)", False),
    ],
)
async def test_a_predicate_may_say_all_that_a_query_may(orders: ContainerProxy, condition: str, *, holds: bool) -> None:
    await orders.create_item({"id": "1", "customer": "ada", "n": 5, "tags": ["x", "y"], "kind": "big"})
    change = [{"op": "set", "path": "/done", "value": True}]

    batch: Any = [("patch", ("1", change), {"filter_predicate": condition})]
    if holds:
        await orders.patch_item("1", "ada", change, filter_predicate=condition)
        await orders.execute_item_batch(batch, partition_key="ada")
    else:
        with pytest.raises(exceptions.CosmosHttpResponseError):
            await orders.patch_item("1", "ada", change, filter_predicate=condition)
        with pytest.raises(exceptions.CosmosBatchOperationError) as caught:
            await orders.execute_item_batch(batch, partition_key="ada")
        assert caught.value.operation_responses[0]["statusCode"] == 412

    assert (await orders.read_item("1", "ada")).get("done", False) is holds
