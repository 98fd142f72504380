from typing import Any

import pytest
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy


def order(name: str, **more: object) -> dict[str, object]:
    return {"id": name, "customer": "ada", **more}


async def failure(orders: ContainerProxy, operations: list[Any]) -> exceptions.CosmosBatchOperationError:
    with pytest.raises(exceptions.CosmosBatchOperationError) as caught:
        await orders.execute_item_batch(operations, partition_key="ada")
    return caught.value


async def test_a_batch_runs_all_six_kinds_of_operation_in_order(orders: ContainerProxy) -> None:
    await orders.create_item(order("old"))

    results = await orders.execute_item_batch(
        [
            ("create", (order("1", n=1),)),
            ("upsert", (order("2"),)),
            ("read", ("1",)),
            ("replace", ("1", order("1", n=9))),
            ("patch", ("1", [{"op": "incr", "path": "/n", "value": 1}]), {"filter_predicate": "FROM c WHERE c.n = 9"}),
            ("delete", ("old",)),
        ],
        partition_key="ada",
    )

    assert [result["statusCode"] for result in results] == [201, 201, 200, 200, 200, 204]
    assert results[2]["resourceBody"]["n"] == 1
    assert results[4]["eTag"] == (await orders.read_item("1", "ada"))["_etag"]
    assert (await orders.read_item("1", "ada"))["n"] == 10


async def test_one_failing_operation_undoes_the_whole_batch(orders: ContainerProxy) -> None:
    await orders.create_item(order("taken"))

    error = await failure(orders, [("create", (order("1"),)), ("create", (order("taken"),)), ("delete", ("taken",))])

    assert (error.error_index, error.status_code) == (1, 409)
    assert [result["statusCode"] for result in error.operation_responses] == [424, 409, 424]
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.read_item("1", "ada")


async def test_a_read_of_what_is_not_there_fails_the_whole_batch(orders: ContainerProxy) -> None:
    error = await failure(orders, [("read", ("owner",)), ("create", (order("1"),))])

    assert (error.error_index, error.status_code) == (0, 404)
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.read_item("1", "ada")


async def test_a_batch_checks_etags(orders: ContainerProxy) -> None:
    current = await orders.create_item(order("1"))

    error = await failure(orders, [("replace", ("1", order("1", n=1)), {"if_match_etag": '"other"'})])
    results = await orders.execute_item_batch(
        [("replace", ("1", order("1", n=2)), {"if_match_etag": current["_etag"]})], partition_key="ada"
    )

    assert error.status_code == 412
    assert results[0]["resourceBody"]["n"] == 2


async def test_operations_see_what_earlier_ones_of_their_batch_did(orders: ContainerProxy) -> None:
    await orders.create_item(order("1"))

    results = await orders.execute_item_batch(
        [("delete", ("1",)), ("create", (order("1", again=True),)), ("read", ("1",))], partition_key="ada"
    )

    assert results[2]["resourceBody"]["again"] is True


async def test_a_batch_that_wants_no_response_still_returns_what_it_reads(orders: ContainerProxy) -> None:
    await orders.create_item(order("1"))

    results = await orders.execute_item_batch(
        [("read", ("1",)), ("create", (order("2"),))], partition_key="ada", no_response=True
    )

    assert results[0]["resourceBody"]["id"] == "1"
    assert "resourceBody" not in results[1]
    assert results[1]["eTag"]


async def test_a_hundred_operations_fit_and_one_more_does_not(orders: ContainerProxy) -> None:
    await orders.execute_item_batch([("create", (order(f"a{n}"),)) for n in range(100)], partition_key="ada")

    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await orders.execute_item_batch([("create", (order(f"b{n}"),)) for n in range(101)], partition_key="ada")

    assert caught.value.status_code == 400


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_a_batch_over_the_size_limit_is_413_and_stores_nothing(orders: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await orders.execute_item_batch(
            [("create", (order(f"{n}", pad="x" * 100_000),)) for n in range(13)], partition_key="ada"
        )

    assert caught.value.status_code == 413
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.read_item("0", "ada")


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_an_item_over_two_megabytes_is_413(orders: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await orders.create_item(order("1", pad="x" * 2 * 1024 * 1024))

    assert caught.value.status_code == 413


@pytest.mark.parametrize("name", ["a/b", "a\\b", "a?b", "a#b", "ends ", "x" * 1024])
async def test_an_id_with_forbidden_characters_is_refused_also_inside_a_batch(
    orders: ContainerProxy, name: str
) -> None:
    error = await failure(orders, [("create", (order(name),))])

    assert error.status_code == 400


@pytest.mark.parametrize("name", ["a~1", "ä ö", "100%", "a+b&c=d", "x" * 1023])
async def test_any_other_id_can_be_read_and_deleted(orders: ContainerProxy, name: str) -> None:
    await orders.execute_item_batch([("create", (order(name),))], partition_key="ada")

    assert (await orders.read_item(name, "ada"))["id"] == name
    await orders.delete_item(name, "ada")
