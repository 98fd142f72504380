from typing import Any

import pytest
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

MAIL_OF_2 = [{"op": "set", "path": "/mail", "value": "y"}]


@pytest.fixture
async def users(database: DatabaseProxy) -> ContainerProxy:
    policy: Any = {"uniqueKeys": [{"paths": ["/mail"]}, {"paths": ["/first", "/name/last"]}]}
    made = await database.create_container("users", PartitionKey("/tenant"), unique_key_policy=policy)
    await made.create_item(user("1", "x"))
    await made.create_item(user("2", "y"))
    return made


def user(key: str, mail: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "tenant": "a", "mail": mail, "first": key, "name": {"last": "l"}, **more}


async def test_no_way_of_writing_takes_the_key_of_another(users: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosResourceExistsError, match="Unique index"):
        await users.create_item(user("3", "x"))
    with pytest.raises(exceptions.CosmosResourceExistsError):
        await users.upsert_item(user("1", "y"))
    with pytest.raises(exceptions.CosmosResourceExistsError):
        await users.replace_item("1", user("1", "y"))
    with pytest.raises(exceptions.CosmosResourceExistsError):
        await users.patch_item("1", "a", MAIL_OF_2)
    with pytest.raises(exceptions.CosmosBatchOperationError) as caught:
        await users.execute_item_batch([("patch", ("1", MAIL_OF_2))], partition_key="a")

    assert caught.value.operation_responses[0]["statusCode"] == 409
    assert (await users.read_item("1", "a"))["mail"] == "x"


async def test_several_paths_are_unique_together(users: ContainerProxy) -> None:
    await users.create_item(user("3", "z", name={"last": "other"}, first="1"))

    with pytest.raises(exceptions.CosmosResourceExistsError):
        await users.patch_item("3", "a", [{"op": "set", "path": "/name/last", "value": "l"}])


async def test_a_missing_value_is_as_unique_as_null(users: ContainerProxy) -> None:
    await users.create_item({"id": "3", "tenant": "a", "first": "3"})

    with pytest.raises(exceptions.CosmosResourceExistsError):
        await users.create_item({"id": "4", "tenant": "a", "first": "4", "mail": None})


async def test_a_key_is_free_again_once_its_item_has_another(users: ContainerProxy) -> None:
    await users.patch_item("1", "a", [{"op": "set", "path": "/mail", "value": "z"}])

    await users.upsert_item(user("3", "x"))


async def test_a_batch_may_swap_keys_and_leaves_them_if_it_fails(users: ContainerProxy) -> None:
    swap: list[Any] = [
        ("patch", ("1", [{"op": "set", "path": "/mail", "value": "free"}])),
        ("patch", ("2", [{"op": "set", "path": "/mail", "value": "x"}])),
        ("upsert", (user("1", "y"),)),
    ]
    with pytest.raises(exceptions.CosmosBatchOperationError):
        await users.execute_item_batch([*swap, ("delete", ("missing",))], partition_key="a")
    assert (await users.read_item("1", "a"))["mail"] == "x"

    await users.execute_item_batch(swap, partition_key="a")

    assert [(await users.read_item(name, "a"))["mail"] for name in "12"] == ["y", "x"]
    with pytest.raises(exceptions.CosmosResourceExistsError):
        await users.create_item(user("3", "x"))
