"""Transactional batches."""

from typing import Any

import pytest
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, refused
from tests.conformance.cosmos.containers import SHARED, container

batches = Area("batches", "Transactional batch operations", "aio")


async def _failed(account: Account, orders: ContainerProxy, operations: list[Any]) -> Any:
    with pytest.raises(exceptions.CosmosBatchOperationError) as caught:
        await orders.execute_item_batch(operations, account.key)
    return caught.value


@batches.case(SHARED)
async def all_six_kinds_of_operation_run_in_their_order(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, account.item("old", n=1), account.item("gone"))

    results = await orders.execute_item_batch(
        [
            ("create", (account.item("new"),)),
            ("upsert", (account.item("put"),)),
            ("read", ("old",)),
            ("replace", ("old", account.item("old", n=2))),
            ("patch", ("old", [{"op": "incr", "path": "/n", "value": 3}])),
            ("delete", ("gone",)),
        ],
        account.key,
    )

    assert [result["statusCode"] for result in results] == [201, 201, 200, 200, 200, 204]
    assert [results[at]["resourceBody"]["n"] for at in (2, 3, 4)] == [1, 2, 5]
    assert sorted(await account.query(orders, "SELECT VALUE c.id FROM c")) == ["new", "old", "put"]


@batches.case(SHARED)
async def each_result_has_a_charge_and_an_etag(account: Account, orders: ContainerProxy) -> None:
    results = await orders.execute_item_batch([("create", (account.item("1"),))], account.key)

    assert results[0]["requestCharge"] > 0
    assert results[0]["eTag"] == results[0]["resourceBody"]["_etag"]


@batches.case(SHARED)
async def one_that_fails_undoes_all_of_them(account: Account, orders: ContainerProxy) -> None:
    """One operation that fails undoes all: it has its status, and the others are 424."""
    await orders.create_item(account.item("1"))

    error = await _failed(
        account,
        orders,
        [("create", (account.item("2"),)), ("create", (account.item("1"),)), ("create", (account.item("3"),))],
    )

    assert (error.error_index, error.status_code) == (1, 409)
    assert [result["statusCode"] for result in error.operation_responses] == [424, 409, 424]
    assert await account.query(orders, "SELECT VALUE c.id FROM c") == ["1"]


@batches.case(SHARED)
async def a_read_of_what_is_not_there_fails_the_batch(account: Account, orders: ContainerProxy) -> None:
    error = await _failed(account, orders, [("create", (account.item("1"),)), ("read", ("none",))])

    assert (error.error_index, error.status_code) == (1, 404)


@batches.case(SHARED)
async def a_batch_checks_etags(account: Account, orders: ContainerProxy) -> None:
    first = await orders.create_item(account.item("1"))

    def change() -> list[Any]:
        return [("replace", ("1", account.item("1", n=1)), {"if_match_etag": first["_etag"]})]

    await orders.execute_item_batch(change(), account.key)

    assert (await _failed(account, orders, change())).status_code == 412


@batches.case(SHARED)
async def a_batch_checks_predicates_of_patches(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1", n=1))
    arguments = ("1", [{"op": "incr", "path": "/n", "value": 1}])

    error = await _failed(account, orders, [("patch", arguments, {"filter_predicate": "FROM c WHERE c.n = 5"})])

    assert error.status_code == 412


@batches.case(SHARED)
async def operations_of_a_batch_see_those_before_them(account: Account, orders: ContainerProxy) -> None:
    results = await orders.execute_item_batch(
        [
            ("create", (account.item("1", n=1),)),
            ("patch", ("1", [{"op": "incr", "path": "/n", "value": 1}])),
            ("read", ("1",)),
            ("delete", ("1",)),
        ],
        account.key,
    )

    assert results[2]["resourceBody"]["n"] == 2
    assert await account.query(orders, "SELECT * FROM c") == []


@batches.case(SHARED)
async def a_hundred_operations_are_a_batch(account: Account, orders: ContainerProxy) -> None:
    operations = [("create", (account.item(str(number)),)) for number in range(100)]

    assert len(await orders.execute_item_batch(operations, account.key)) == 100


@batches.case(SHARED)
async def a_hundred_and_one_operations_are_400(account: Account, orders: ContainerProxy) -> None:
    operations = [("create", (account.item(str(number)),)) for number in range(101)]

    assert (await refused(orders.execute_item_batch(operations, account.key))).status_code == 400


@batches.case(SHARED, client="sync")
async def a_batch_over_two_megabytes_is_413_and_stores_nothing(account: Account, orders: ContainerProxy) -> None:
    operations = [("create", (account.item(str(number), text="x" * 700_000),)) for number in range(4)]
    large = account.in_thread(orders, lambda one: one.execute_item_batch(operations, account.key))

    assert (await refused(large)).status_code == 413
    assert await account.query(orders, "SELECT * FROM c") == []


@batches.case(SHARED)
async def an_item_of_another_partition_fails_the_batch(account: Account, orders: ContainerProxy) -> None:
    other = {"id": "1", "pk": "other"}

    assert (await _failed(account, orders, [("create", (other,))])).status_code == 400


@batches.case(SHARED)
async def an_id_may_come_twice_in_a_batch(account: Account, orders: ContainerProxy) -> None:
    results = await orders.execute_item_batch(
        [("upsert", (account.item("1", n=1),)), ("upsert", (account.item("1", n=2),))], account.key
    )

    assert [result["statusCode"] for result in results] == [201, 200]
    assert (await orders.read_item("1", account.key))["n"] == 2


@batches.case(container(unique_key_policy={"uniqueKeys": [{"paths": ["/email"]}]}))
async def a_batch_may_pass_a_unique_key_on(account: Account, orders: ContainerProxy) -> None:
    """A batch may free a unique key and take it again."""
    await orders.create_item(account.item("1", email="a@x"))

    await orders.execute_item_batch([("delete", ("1",)), ("create", (account.item("2", email="a@x"),))], account.key)

    assert (await orders.read_item("2", account.key))["email"] == "a@x"
