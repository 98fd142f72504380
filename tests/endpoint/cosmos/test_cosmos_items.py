import pytest
from azure.core import MatchConditions
from azure.core.utils import CaseInsensitiveDict
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy


def order(name: str, customer: str = "ada", **more: object) -> dict[str, object]:
    return {"id": name, "customer": customer, **more}


async def test_a_created_item_comes_back_with_its_system_properties(orders: ContainerProxy) -> None:
    created = await orders.create_item(order("1", total=3.5, lines=[{"sku": "é"}]))

    read = await orders.read_item("1", "ada")

    assert read == created
    assert read["lines"] == [{"sku": "é"}]
    assert {"_rid", "_self", "_etag", "_ts", "_attachments"} <= read.keys()


async def test_creating_an_id_twice_is_a_conflict_but_only_within_a_partition(orders: ContainerProxy) -> None:
    await orders.create_item(order("1"))
    await orders.create_item(order("1", "bob"))

    with pytest.raises(exceptions.CosmosResourceExistsError):
        await orders.create_item(order("1"))


async def test_reading_what_is_not_there_is_404(orders: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.read_item("1", "ada")


async def test_a_read_of_an_unchanged_item_has_no_body(orders: ContainerProxy) -> None:
    created = await orders.create_item(order("1"))

    read = await orders.read_item("1", "ada", etag=created["_etag"], match_condition=MatchConditions.IfModified)

    assert dict(read) == {}


async def test_a_replace_needs_the_current_etag_when_it_names_one(orders: ContainerProxy) -> None:
    first = await orders.create_item(order("1", n=1))
    second = await orders.replace_item(
        "1", order("1", n=2), etag=first["_etag"], match_condition=MatchConditions.IfNotModified
    )

    with pytest.raises(exceptions.CosmosAccessConditionFailedError):
        await orders.replace_item(
            "1", order("1", n=3), etag=first["_etag"], match_condition=MatchConditions.IfNotModified
        )

    assert second["_etag"] != first["_etag"]
    assert second["_rid"] == first["_rid"]
    assert (await orders.read_item("1", "ada"))["n"] == 2


async def test_a_replace_of_what_is_not_there_is_404(orders: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.replace_item("1", order("1"))


async def test_an_upsert_creates_and_then_replaces(orders: ContainerProxy) -> None:
    await orders.upsert_item(order("1", n=1))
    await orders.upsert_item(order("1", n=2))

    assert (await orders.read_item("1", "ada"))["n"] == 2


async def test_a_deleted_item_is_gone(orders: ContainerProxy) -> None:
    created = await orders.create_item(order("1"))

    with pytest.raises(exceptions.CosmosAccessConditionFailedError):
        await orders.delete_item("1", "ada", etag='"other"', match_condition=MatchConditions.IfNotModified)
    await orders.delete_item("1", "ada", etag=created["_etag"], match_condition=MatchConditions.IfNotModified)

    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.read_item("1", "ada")


async def test_a_whole_item_stands_for_its_id(orders: ContainerProxy) -> None:
    item = await orders.create_item(order("1"))
    await orders.create_item(order("2"))

    replaced = await orders.replace_item(item, {**item, "n": 1})

    assert (await orders.read_item(item, "ada"))["n"] == 1
    await orders.delete_item(replaced, "ada")
    assert [left["id"] async for left in orders.read_all_items()] == ["2"]


async def test_a_write_that_wants_no_response_gets_an_empty_body_and_the_etag(orders: ContainerProxy) -> None:
    headers = CaseInsensitiveDict()

    created = await orders.create_item(
        order("1"), no_response=True, response_hook=lambda got, _body: headers.update(got)
    )

    assert dict(created) == {}
    assert headers["etag"] == (await orders.read_item("1", "ada"))["_etag"]


async def test_each_item_response_names_its_range_and_session(orders: ContainerProxy) -> None:
    headers = CaseInsensitiveDict()

    await orders.create_item(order("1"), response_hook=lambda got, _body: headers.update(got))

    assert headers["x-ms-documentdb-partitionkeyrangeid"] in {"0", "1"}
    assert headers["x-ms-session-token"].endswith(f"#{headers['lsn']}")
    assert headers["x-ms-alt-content-path"] == "dbs/shop/colls/orders"
    assert float(headers["x-ms-request-charge"]) > 4


async def test_a_document_of_another_partition_than_the_header_is_refused(orders: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosBatchOperationError) as caught:
        await orders.execute_item_batch([("create", (order("1", "bob"),))], partition_key="ada")

    assert caught.value.status_code == 400
    assert caught.value.operation_responses[0]["subStatusCode"] == 1001
