"""Unique keys within a logical partition."""

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, refused
from tests.conformance.cosmos.containers import container

unique_keys = Area("unique keys", "Unique key constraints", "aio")

_ONE = container(unique_key_policy={"uniqueKeys": [{"paths": ["/email"]}]})
_TWO = container(unique_key_policy={"uniqueKeys": [{"paths": ["/name/first", "/name/last"]}]})


@unique_keys.case(_ONE)
async def a_value_that_another_item_has_is_409(account: Account, users: ContainerProxy) -> None:
    await account.fill(users, account.item("1", email="a@x"), account.item("2", email="b@x"))

    assert (await refused(users.create_item(account.item("3", email="a@x")))).status_code == 409
    assert (await refused(users.upsert_item(account.item("3", email="a@x")))).status_code == 409
    assert (await refused(users.replace_item("2", account.item("2", email="a@x")))).status_code == 409


@unique_keys.case(_ONE)
async def a_patch_may_not_take_the_value_of_another(account: Account, users: ContainerProxy) -> None:
    await account.fill(users, account.item("1", email="a@x"), account.item("2", email="b@x"))
    change = [{"op": "set", "path": "/email", "value": "a@x"}]

    assert (await refused(users.patch_item("2", account.key, change))).status_code == 409


@unique_keys.case(_ONE)
async def another_partition_may_have_the_same_value(account: Account, users: ContainerProxy) -> None:
    await users.create_item(account.item("1", email="a@x"))

    assert await users.create_item({"id": "1", "pk": "other", "email": "a@x"})


@unique_keys.case(_TWO)
async def several_paths_are_unique_together(account: Account, users: ContainerProxy) -> None:
    await users.create_item(account.item("1", name={"first": "Ada", "last": "L"}))
    await users.create_item(account.item("2", name={"first": "Ada", "last": "M"}))

    again = users.create_item(account.item("3", name={"first": "Ada", "last": "L"}))

    assert (await refused(again)).status_code == 409


@unique_keys.case(_ONE)
async def a_missing_value_is_as_unique_as_null(account: Account, users: ContainerProxy) -> None:
    await users.create_item(account.item("1"))

    assert (await refused(users.create_item(account.item("2", email=None)))).status_code == 409


@unique_keys.case(_ONE)
async def a_deleted_item_frees_its_value(account: Account, users: ContainerProxy) -> None:
    await users.create_item(account.item("1", email="a@x"))
    await users.delete_item("1", account.key)

    assert await users.create_item(account.item("2", email="a@x"))
