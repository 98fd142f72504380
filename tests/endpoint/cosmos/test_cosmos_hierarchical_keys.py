import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from azure.cosmos import CosmosClient as SyncClient
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from emulators.cosmos import CosmosEndpoint

KEY: Sequence[Any] = ["a", "1", 7]


@pytest.fixture
async def deep(database: DatabaseProxy) -> ContainerProxy:
    return await database.create_container(
        "deep", PartitionKey(["/tenant", "/user/name", "/year"], kind="MultiHash"), default_ttl=-1
    )


def item(name: str, tenant: str = "a", user: str = "1", year: int = 7) -> dict[str, Any]:
    return {"id": name, "tenant": tenant, "user": {"name": user}, "year": year}


@pytest.fixture
async def filled(deep: ContainerProxy) -> ContainerProxy:
    for tenant in "ab":
        for user in "12":
            for year in (7, 8):
                await deep.create_item(item(f"{tenant}{user}{year}", tenant, user, year))
    return deep


async def query(container: ContainerProxy, sql: str, **options: Any) -> list[Any]:
    return [found async for found in container.query_items(sql, **options)]


async def test_all_operations_take_a_whole_key(deep: ContainerProxy) -> None:
    created = await deep.create_item(item("x"))
    await deep.upsert_item({**item("x"), "n": 1})
    await deep.patch_item("x", KEY, [{"op": "incr", "path": "/n", "value": 2}], filter_predicate="FROM c WHERE c.n = 1")
    replaced = await deep.replace_item("x", {**await deep.read_item("x", KEY), "more": True})
    batch: list[Any] = [("create", (item("y"),)), ("patch", ("x", [{"op": "remove", "path": "/more"}]))]
    await deep.execute_item_batch(batch, partition_key=KEY)

    assert replaced["n"] == 3
    assert created["_rid"] == replaced["_rid"]
    assert "more" not in await deep.read_item("x", KEY)
    await deep.delete_item("y", KEY)
    assert [found["id"] async for found in deep.read_all_items()] == ["x"]


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        (["a"], ["a17", "a18", "a27", "a28"]),
        (["b", "2"], ["b27", "b28"]),
        (["b", "2", 8], ["b28"]),
        (["c"], []),
        (["c", "1"], []),
    ],
)
@pytest.mark.parametrize("page", [None, 1])
async def test_a_query_answers_for_a_prefix(
    filled: ContainerProxy, prefix: list[Any], expected: list[str], page: int | None
) -> None:
    found = await query(filled, "SELECT VALUE c.id FROM c", partition_key=prefix, max_item_count=page)

    assert sorted(found) == expected


async def test_a_prefix_may_be_sorted_counted_and_filtered(filled: ContainerProxy) -> None:
    newest = "SELECT VALUE c.id FROM c WHERE c.year > 7 ORDER BY c.id DESC"

    assert await query(filled, newest, partition_key=["b"]) == ["b28", "b18"]
    assert await query(filled, "SELECT VALUE COUNT(1) FROM c", partition_key=["a", "2"]) == [2]
    assert await query(filled, "SELECT VALUE COUNT(1) FROM c") == [8]


async def test_all_partitions_are_found_without_a_key(filled: ContainerProxy) -> None:
    assert len(await query(filled, "SELECT * FROM c")) == 8
    assert await query(filled, "SELECT VALUE c.id FROM c WHERE c.tenant = 'b' AND c.user.name = '1'") in (
        ["b17", "b18"],
        ["b18", "b17"],
    )


async def test_many_items_are_read_at_once(filled: ContainerProxy) -> None:
    wanted: list[Any] = [("a17", ["a", "1", 7]), ("b28", ["b", "2", 8]), ("a17", ["a", "2", 7])]

    assert sorted(found["id"] for found in await filled.read_items(wanted)) == ["a17", "b28"]


async def test_changes_of_one_partition_are_those_of_its_key(filled: ContainerProxy) -> None:
    changes = filled.query_items_change_feed(start_time="Beginning", partition_key=["a", "2", 7])

    assert [found["id"] async for found in changes] == ["a27"]


async def test_null_is_a_value_of_a_level(deep: ContainerProxy) -> None:
    await deep.create_item({"id": "x", "tenant": "a", "user": {"name": None}, "year": 7})

    assert await query(deep, "SELECT VALUE c.id FROM c", partition_key=["a"]) == ["x"]
    assert await query(deep, "SELECT VALUE c.id FROM c", partition_key=["a", "1"]) == []
    assert (await deep.read_item("x", ["a", None, 7]))["year"] == 7


async def test_a_prefix_is_no_key_for_an_item(filled: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="needs a value for each") as caught:
        await filled.read_item("a17", ["a", "1"])

    assert (caught.value.status_code, caught.value.sub_status) == (400, 1001)


def use_synchronously(url: str, key: str) -> list[str]:
    with SyncClient(url, key) as client:
        container = client.get_database_client("shop").get_container_client("deep")
        container.upsert_item(item("sync", "b"))
        return [found["id"] for found in container.query_items("SELECT * FROM c", partition_key=["b"])]


async def test_the_synchronous_client_has_them_too(endpoint: CosmosEndpoint, deep: ContainerProxy) -> None:
    await deep.create_item(item("x"))

    assert await asyncio.to_thread(use_synchronously, endpoint.url, endpoint.key) == ["sync"]
