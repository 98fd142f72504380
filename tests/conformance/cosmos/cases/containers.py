"""Databases, containers, and who may ask for them."""

import asyncio
from base64 import b64encode
from typing import Any

import pytest
from azure.cosmos import CosmosClient as SyncClient
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, Heard, everything, refused
from tests.conformance.cosmos.containers import SHARED, container

resources = Area("databases and containers", "Databases, containers, and items", "aio")


@resources.case(SHARED)
async def a_database_is_read_and_listed(account: Account, _: ContainerProxy) -> None:
    name = account.database.id

    assert (await account.database.read())["id"] == name
    assert name in [entry["id"] async for entry in account.client.list_databases()]


@resources.case(SHARED)
async def databases_are_queried(account: Account, _: ContainerProxy) -> None:
    name = account.database.id
    found = account.client.query_databases(
        "SELECT * FROM c WHERE c.id = @id", parameters=[{"name": "@id", "value": name}]
    )

    assert [entry["id"] async for entry in found] == [name]


@resources.case(SHARED)
async def a_database_that_is_there_is_a_conflict(account: Account, _: ContainerProxy) -> None:
    assert (await refused(account.client.create_database(account.database.id))).status_code == 409
    assert (await account.client.create_database_if_not_exists(account.database.id)).id == account.database.id


@resources.case(SHARED)
async def what_is_not_there_is_404(account: Account, _: ContainerProxy) -> None:
    """A database or container that is not there is 404."""
    assert (await refused(account.client.get_database_client("conformance-none").read())).status_code == 404
    assert (await refused(account.database.get_container_client("none").read())).status_code == 404
    assert (await refused(account.database.get_container_client("none").read_item("1", "a"))).status_code == 404


@resources.case(container(default_ttl=100))
async def a_container_tells_its_properties(account: Account, orders: ContainerProxy) -> None:
    properties = await orders.read()

    assert properties["partitionKey"]["paths"] == ["/pk"]
    assert properties["defaultTtl"] == 100
    assert properties["indexingPolicy"]["indexingMode"] == "consistent"
    assert {"_rid", "_self", "_etag", "_ts"} <= properties.keys()
    assert account.key


@resources.case(container())
async def containers_are_listed_and_queried(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT * FROM c WHERE c.id = @id"
    found = account.database.query_containers(sql, parameters=[{"name": "@id", "value": orders.id}])

    assert orders.id in [entry["id"] async for entry in account.database.list_containers()]
    assert [entry["id"] async for entry in found] == [orders.id]


@resources.case(SHARED)
async def a_container_that_is_there_is_a_conflict(account: Account, orders: ContainerProxy) -> None:
    again = account.database.create_container(orders.id, PartitionKey("/pk"))

    assert (await refused(again)).status_code == 409
    assert (await account.database.create_container_if_not_exists(orders.id, PartitionKey("/pk"))).id == orders.id


@resources.case(container())
async def the_index_policy_of_a_container_may_change(account: Account, orders: ContainerProxy) -> None:
    policy: Any = {"includedPaths": [{"path": "/n/?"}], "excludedPaths": [{"path": "/*"}]}

    await account.database.replace_container(orders, PartitionKey("/pk"), indexing_policy=policy)

    included = (await orders.read())["indexingPolicy"]["includedPaths"]
    assert [entry["path"] for entry in included] == ["/n/?"]


@resources.case(container())
async def the_partition_key_of_a_container_may_not_change(account: Account, orders: ContainerProxy) -> None:
    change = account.database.replace_container(orders, PartitionKey("/other"))

    assert (await refused(change)).status_code == 400


@resources.case(SHARED)
async def an_index_policy_must_speak_of_the_root(account: Account, _: ContainerProxy) -> None:
    policy: Any = {"includedPaths": [{"path": "/n/?"}], "excludedPaths": []}
    made = account.database.create_container("faulty", PartitionKey("/pk"), indexing_policy=policy)

    assert (await refused(made)).status_code == 400


@resources.case(container())
async def a_container_made_anew_is_empty_also_for_clients_of_the_old_one(
    account: Account, orders: ContainerProxy
) -> None:
    """A container that is deleted and made anew is empty, also for clients that know the old one."""
    await orders.create_item(account.item("1"))
    await account.database.delete_container(orders)
    again = await account.database.create_container(orders.id, PartitionKey("/pk"))

    # First: without a session of the new container the SDK may fail on the 404, when others share its client.
    assert await again.create_item(account.item("2"))
    assert (await refused(orders.read_item("1", account.key))).status_code == 404


@resources.case(container())
async def a_container_tells_how_much_it_holds_when_asked(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1"))
    heard = Heard()

    read = await orders.read(
        populate_partition_key_range_statistics=True, populate_quota_info=True, response_hook=heard
    )

    assert read["statistics"]
    assert "documentsCount" in heard.headers["x-ms-resource-usage"]


@resources.case(SHARED)
async def there_are_no_conflicts_in_one_region(account: Account, orders: ContainerProxy) -> None:
    assert await everything(orders.list_conflicts()) == []
    assert account.key


@resources.case(SHARED, documented="Access control on Azure Cosmos DB resources (REST)", client="sync")
async def a_wrong_key_is_401(account: Account, _: ContainerProxy) -> None:
    key = b64encode(b"x" * 64).decode()

    with pytest.raises(exceptions.CosmosHttpResponseError) as caught:
        await asyncio.to_thread(SyncClient, account.url, key)

    assert caught.value.status_code == 401


@resources.case(SHARED, documented="Consistency levels")
async def a_session_token_is_taken_back(account: Account, orders: ContainerProxy) -> None:
    """The session token of a write is good for a read."""
    heard = Heard()
    await orders.create_item(account.item("1"), response_hook=heard)

    read = await orders.read_item("1", account.key, session_token=heard.headers["x-ms-session-token"])

    assert read["id"] == "1"
