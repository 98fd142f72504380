import asyncio

import pytest
from azure.cosmos import CosmosClient as SyncClient
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy, CosmosClient, DatabaseProxy

from emulators.cosmos import CosmosEndpoint


async def test_databases_are_created_listed_and_deleted(client: CosmosClient) -> None:
    await client.create_database("one")
    await client.create_database_if_not_exists("one")
    await client.create_database_if_not_exists("two")

    with pytest.raises(exceptions.CosmosResourceExistsError):
        await client.create_database("one")
    assert [entry["id"] async for entry in client.list_databases()] == ["one", "two"]
    await client.delete_database("one")
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await client.get_database_client("one").read()


async def test_a_container_keeps_its_properties(database: DatabaseProxy, orders: ContainerProxy) -> None:
    properties = await orders.read()

    assert properties["defaultTtl"] == -1
    assert properties["partitionKey"]["paths"] == ["/customer"]
    assert properties["indexingPolicy"]["excludedPaths"] == [{"path": "/*"}]
    assert [entry["id"] async for entry in database.list_containers()] == ["orders"]


async def test_a_container_can_change_its_time_to_live_and_index_but_not_its_partition_key(
    database: DatabaseProxy, orders: ContainerProxy
) -> None:
    await orders.create_item({"id": "1", "customer": "ada", "place": 7})
    policy = {"includedPaths": [{"path": "/place/?"}], "excludedPaths": [{"path": "/*"}]}

    await database.replace_container(
        "orders",
        PartitionKey("/customer"),
        default_ttl=60,
        indexing_policy=policy,  # type: ignore[arg-type]
    )
    with pytest.raises(exceptions.CosmosHttpResponseError, match="partitionKey"):
        await database.replace_container("orders", PartitionKey("/other"))

    assert (await orders.read())["defaultTtl"] == 60
    found = orders.query_items("SELECT * FROM c WHERE c.place = 7 ORDER BY c.place", partition_key="ada")
    assert [item["id"] async for item in found] == ["1"]


async def test_a_client_with_a_stale_container_finds_the_new_one(
    endpoint: CosmosEndpoint, database: DatabaseProxy, orders: ContainerProxy
) -> None:
    await orders.create_item({"id": "1", "customer": "ada"})
    async with CosmosClient(endpoint.url, credential=endpoint.key) as other:
        there = other.get_database_client("shop")
        await there.delete_container("orders")
        await there.create_container("orders", PartitionKey("/customer"))

    await orders.create_item({"id": "1", "customer": "ada", "new": True})

    assert (await orders.read_item("1", "ada"))["new"] is True


async def test_unique_keys_are_unique_within_a_partition(database: DatabaseProxy) -> None:
    users = await database.create_container(
        "users",
        PartitionKey("/tenant"),
        unique_key_policy={"uniqueKeys": [{"paths": ["/mail"]}]},  # type: ignore[dict-item]
    )
    await users.create_item({"id": "1", "tenant": "a", "mail": "x"})
    await users.create_item({"id": "1", "tenant": "b", "mail": "x"})

    with pytest.raises(exceptions.CosmosResourceExistsError, match="Unique index"):
        await users.create_item({"id": "2", "tenant": "a", "mail": "x"})
    with pytest.raises(exceptions.CosmosBatchOperationError):
        await users.execute_item_batch(
            [("create", ({"id": str(n), "tenant": "a", "mail": "y"},)) for n in (3, 4)], partition_key="a"
        )
    await users.execute_item_batch(
        [("delete", ("1",)), ("create", ({"id": "2", "tenant": "a", "mail": "x"},))], partition_key="a"
    )


async def test_hierarchical_partition_keys_hold_items_and_answer_for_a_prefix(database: DatabaseProxy) -> None:
    deep = await database.create_container("deep", PartitionKey(["/tenant", "/user"], kind="MultiHash"))
    for tenant in ("a", "b"):
        for user in ("1", "2"):
            await deep.create_item({"id": "x", "tenant": tenant, "user": user})

    found = [item["user"] async for item in deep.query_items("SELECT * FROM c", partition_key=["a"])]

    assert sorted(found) == ["1", "2"]
    assert (await deep.read_item("x", ["b", "2"]))["tenant"] == "b"


async def test_a_wrong_key_is_401(endpoint: CosmosEndpoint) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await asyncio.to_thread(SyncClient, endpoint.url, "b3RoZXI=")

    assert caught.value.status_code == 401


def use_synchronously(url: str, key: str) -> list[str]:
    with SyncClient(url, key) as client:
        container = client.create_database("sync").create_container("items", PartitionKey("/pk"))
        container.create_item({"id": "1", "pk": "a"})
        container.execute_item_batch([("create", ({"id": "2", "pk": "a"},))], partition_key="a")
        container.create_item({"id": "3", "pk": "b"})
        return sorted(
            item["id"] for item in container.query_items("SELECT * FROM c", enable_cross_partition_query=True)
        )


async def test_the_synchronous_client_works_too(endpoint: CosmosEndpoint) -> None:
    assert await asyncio.to_thread(use_synchronously, endpoint.url, endpoint.key) == ["1", "2", "3"]
