from datetime import timedelta

import pytest
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from durable.adapters.memory import ManualClock


async def ids(container: ContainerProxy) -> list[str]:
    return [item["id"] async for item in container.query_items("SELECT * FROM c", partition_key="ada")]


async def test_an_item_with_a_time_to_live_expires_and_others_do_not(
    orders: ContainerProxy, clock: ManualClock
) -> None:
    await orders.create_item({"id": "brief", "customer": "ada", "ttl": 15})
    await orders.create_item({"id": "lasting", "customer": "ada"})

    clock.advance(timedelta(seconds=14))
    assert await ids(orders) == ["brief", "lasting"]
    clock.advance(timedelta(seconds=1))

    assert await ids(orders) == ["lasting"]
    with pytest.raises(exceptions.CosmosResourceNotFoundError):
        await orders.read_item("brief", "ada")


async def test_a_write_starts_the_time_to_live_anew(orders: ContainerProxy, clock: ManualClock) -> None:
    await orders.upsert_item({"id": "1", "customer": "ada", "ttl": 15})
    clock.advance(timedelta(seconds=10))
    await orders.upsert_item({"id": "1", "customer": "ada", "ttl": 15})
    clock.advance(timedelta(seconds=10))

    assert await ids(orders) == ["1"]


async def test_the_id_of_an_expired_item_is_free_again(orders: ContainerProxy, clock: ManualClock) -> None:
    await orders.create_item({"id": "1", "customer": "ada", "ttl": 1})
    clock.advance(timedelta(seconds=100))

    await orders.create_item({"id": "1", "customer": "ada"})

    assert await ids(orders) == ["1"]


async def test_the_default_of_the_container_counts_unless_the_item_says_otherwise(
    database: DatabaseProxy, clock: ManualClock
) -> None:
    brief = await database.create_container("brief", PartitionKey("/customer"), default_ttl=5)
    await brief.create_item({"id": "default", "customer": "ada"})
    await brief.create_item({"id": "forever", "customer": "ada", "ttl": -1})

    clock.advance(timedelta(seconds=6))

    assert await ids(brief) == ["forever"]


async def test_without_a_default_the_item_lives_on(database: DatabaseProxy, clock: ManualClock) -> None:
    off = await database.create_container("off", PartitionKey("/customer"))
    await off.create_item({"id": "1", "customer": "ada", "ttl": 1})

    clock.advance(timedelta(days=1))

    assert await ids(off) == ["1"]


async def test_a_unique_key_is_free_again_after_its_item_expired(database: DatabaseProxy, clock: ManualClock) -> None:
    users = await database.create_container(
        "users",
        PartitionKey("/tenant"),
        default_ttl=5,
        unique_key_policy={"uniqueKeys": [{"paths": ["/mail"]}]},  # type: ignore[dict-item]
    )
    await users.create_item({"id": "1", "tenant": "a", "mail": "x"})
    clock.advance(timedelta(seconds=6))

    await users.create_item({"id": "2", "tenant": "a", "mail": "x"})


async def test_a_patch_may_change_the_time_to_live(orders: ContainerProxy, clock: ManualClock) -> None:
    await orders.create_item({"id": "brief", "customer": "ada"})
    await orders.create_item({"id": "lasting", "customer": "ada", "ttl": 5})

    await orders.patch_item("brief", "ada", [{"op": "add", "path": "/ttl", "value": 5}])
    await orders.patch_item("lasting", "ada", [{"op": "remove", "path": "/ttl"}])
    clock.advance(timedelta(seconds=6))

    assert await ids(orders) == ["lasting"]


async def test_a_new_default_of_the_container_counts_for_the_items_that_it_has(
    database: DatabaseProxy, clock: ManualClock
) -> None:
    changing = await database.create_container("changing", PartitionKey("/customer"))
    await changing.create_item({"id": "default", "customer": "ada"})
    await changing.create_item({"id": "own", "customer": "ada", "ttl": 100})

    await database.replace_container("changing", PartitionKey("/customer"), default_ttl=10)
    clock.advance(timedelta(seconds=20))
    assert await ids(changing) == ["own"]
    await database.replace_container("changing", PartitionKey("/customer"))
    clock.advance(timedelta(days=1))

    assert "own" in await ids(changing)


@pytest.mark.parametrize(("ttl", "shown"), [(0, "0"), (-2, "-2"), (2**31, "2147483648"), (None, "null"), ("5", '"5"')])
async def test_a_time_to_live_that_is_no_number_of_seconds_is_refused(
    orders: ContainerProxy, ttl: object, shown: str
) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match=f"input ttl '{shown}' is invalid") as refused:
        await orders.create_item({"id": "1", "customer": "ada", "ttl": ttl})

    assert refused.value.status_code == 400
    assert "less than or equal to '2147483647', or '-1' which means never expire" in str(refused.value)
