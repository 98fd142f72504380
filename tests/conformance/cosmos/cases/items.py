"""Single items: create, read, replace, upsert, delete."""

from typing import Any
from uuid import UUID

from azure.cosmos.aio import ContainerProxy
from azure.cosmos.partition_key import NonePartitionKeyValue, NullPartitionKeyValue

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, Heard, ids, refused
from tests.conformance.cosmos.containers import SHARED, container

items = Area("items", "Documents (REST)", "aio")


@items.case(SHARED)
async def a_created_item_is_given_back_with_system_properties(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item(account.item("1", text="grün", total=1.5, lines=[{"n": None}]))

    assert created["text"] == "grün"
    assert created["lines"] == [{"n": None}]
    assert {"_rid", "_self", "_etag", "_attachments", "_ts"} <= created.keys()


@items.case(SHARED)
async def an_item_is_read_by_id_and_partition_key(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item(account.item("1"))

    assert await orders.read_item("1", account.key) == created


@items.case(SHARED)
async def an_item_is_read_by_itself(account: Account, orders: ContainerProxy) -> None:
    """An item is read by its self-link when a whole item stands for its id."""
    created = await orders.create_item(account.item("1"))

    assert (await orders.read_item(created, account.key))["id"] == "1"


@items.case(SHARED)
async def reading_what_is_not_there_is_404(account: Account, orders: ContainerProxy) -> None:
    assert (await refused(orders.read_item("1", account.key))).status_code == 404


@items.case(SHARED)
async def the_partition_key_is_part_of_the_identity(account: Account, orders: ContainerProxy) -> None:
    """Two partitions may hold items of one id; within one it is a conflict (409)."""
    await orders.create_item(account.item("1"))
    await orders.create_item({"id": "1", "pk": f"{account.key}-other"})

    assert (await refused(orders.create_item(account.item("1")))).status_code == 409


@items.case(SHARED)
async def an_item_without_an_id_is_400(account: Account, orders: ContainerProxy) -> None:
    assert (await refused(orders.create_item({"pk": account.key}))).status_code == 400


@items.case(SHARED)
async def the_client_makes_an_id_when_asked_to(account: Account, orders: ContainerProxy) -> None:
    created = await orders.create_item({"pk": account.key}, enable_automatic_id_generation=True)

    assert str(UUID(created["id"])) == created["id"]


@items.case(SHARED)
async def a_replaced_item_keeps_its_rid_and_gets_another_etag(account: Account, orders: ContainerProxy) -> None:
    """A replaced item keeps its _rid and gets another etag."""
    created = await orders.create_item(account.item("1", n=1, more=True))

    replaced = await orders.replace_item("1", account.item("1", n=2))

    assert (replaced["n"], replaced["_rid"]) == (2, created["_rid"])
    assert "more" not in replaced
    assert replaced["_etag"] != created["_etag"]


@items.case(SHARED)
async def replacing_what_is_not_there_is_404(account: Account, orders: ContainerProxy) -> None:
    assert (await refused(orders.replace_item("1", account.item("1")))).status_code == 404


@items.case(SHARED)
async def an_id_can_not_be_replaced(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1"))

    assert (await refused(orders.replace_item("1", account.item("2")))).status_code == 400


@items.case(SHARED)
async def an_upsert_creates_and_then_replaces(account: Account, orders: ContainerProxy) -> None:
    created = await orders.upsert_item(account.item("1", n=1))
    replaced = await orders.upsert_item(account.item("1", n=2))

    assert (replaced["n"], replaced["_rid"]) == (2, created["_rid"])


@items.case(SHARED)
async def a_deleted_item_is_gone(account: Account, orders: ContainerProxy) -> None:
    await orders.create_item(account.item("1"))

    await orders.delete_item("1", account.key)

    assert (await refused(orders.read_item("1", account.key))).status_code == 404
    assert (await refused(orders.delete_item("1", account.key))).status_code == 404


@items.case(SHARED)
async def an_item_made_anew_gets_another_rid(account: Account, orders: ContainerProxy) -> None:
    """An item that is deleted and made anew gets another _rid."""
    first = await orders.create_item(account.item("1"))
    await orders.delete_item("1", account.key)

    assert (await orders.create_item(account.item("1")))["_rid"] != first["_rid"]


@items.case(SHARED)
async def a_write_without_response_has_no_body(account: Account, orders: ContainerProxy) -> None:
    """A write that wants no response gets an empty body, and the etag in a header."""
    heard = Heard()

    written = await orders.upsert_item(account.item("1"), no_response=True, response_hook=heard)

    assert dict(written) == {}
    assert heard.headers["etag"] == (await orders.read_item("1", account.key))["_etag"]


@items.case(SHARED)
async def each_answer_tells_its_charge_session_and_activity(account: Account, orders: ContainerProxy) -> None:
    heard = Heard()

    await orders.create_item(account.item("1"), response_hook=heard)

    assert float(heard.headers["x-ms-request-charge"]) > 0
    assert ":" in heard.headers["x-ms-session-token"]
    assert str(UUID(heard.headers["x-ms-activity-id"])) == heard.headers["x-ms-activity-id"]


@items.case(SHARED)
async def a_refusal_tells_its_charge_too(account: Account, orders: ContainerProxy) -> None:
    error = await refused(orders.read_item("1", account.key))

    assert error.headers
    assert float(error.headers["x-ms-request-charge"]) > 0


@items.case(SHARED)
async def a_read_costs_less_than_a_write_and_a_large_read_more(account: Account, orders: ContainerProxy) -> None:
    small, large, write = Heard(), Heard(), Heard()
    await orders.create_item(account.item("small"), response_hook=write)
    await orders.create_item(account.item("large", text="x" * 100_000))
    await orders.read_item("small", account.key, response_hook=small)
    await orders.read_item("large", account.key, response_hook=large)

    charges = [float(heard.headers["x-ms-request-charge"]) for heard in (small, large, write)]
    assert charges[0] == 1
    assert charges[0] < charges[2]
    assert charges[0] < charges[1]


@items.case(container())
async def an_item_without_the_partition_key_is_in_a_partition_of_its_own(_: Account, orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1"})

    assert (await orders.read_item("1", NonePartitionKeyValue))["id"] == "1"


@items.case(container())
async def null_is_a_partition_key_apart_from_none(_: Account, orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "pk": None})

    assert (await orders.read_item("1", NullPartitionKeyValue))["pk"] is None
    assert (await refused(orders.read_item("1", NonePartitionKeyValue))).status_code == 404


@items.case(container())
async def numbers_and_booleans_are_partition_keys(_: Account, orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "pk": 5})
    await orders.create_item({"id": "1", "pk": True})

    assert (await orders.read_item("1", 5.0))["pk"] == 5
    assert (await orders.read_item("1", True))["pk"] is True  # noqa: FBT003  A partition key.
    assert (await refused(orders.read_item("1", "5"))).status_code == 404


@items.case(container("/customer/id"))
async def a_partition_key_may_lie_within_the_item(_: Account, orders: ContainerProxy) -> None:
    await orders.create_item({"id": "1", "customer": {"id": "ada"}})

    assert (await orders.read_item("1", "ada"))["id"] == "1"


@items.case(SHARED)
async def whole_and_large_numbers_come_back_as_they_were(account: Account, orders: ContainerProxy) -> None:
    numbers = [0, -1, 2**53 - 1, 1.5, 1e300, -0.25]

    assert (await orders.create_item(account.item("1", numbers=numbers)))["numbers"] == numbers


@items.case(SHARED)
async def several_items_are_read_at_once(account: Account, orders: ContainerProxy) -> None:
    """Several items are read at once; those that are not there are left out."""
    await account.fill(orders, account.item("1"), account.item("2"))
    await orders.create_item({"id": "3", "pk": f"{account.key}-other"})

    found = await orders.read_items(
        [("1", account.key), ("2", account.key), ("3", f"{account.key}-other"), ("4", account.key)]
    )

    assert [item["id"] for item in found] == ["1", "2", "3"]


@items.case(container())
async def all_items_of_a_container_are_read_page_by_page(_: Account, orders: ContainerProxy) -> None:
    for number in range(5):
        await orders.create_item({"id": str(number), "pk": f"p{number}"})

    assert await ids(orders.read_all_items(max_item_count=2)) == ["0", "1", "2", "3", "4"]


@items.case(container(), documented="Delete items by partition key value")
async def all_items_of_a_partition_are_deleted_at_once(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, account.item("1"), account.item("2"), {"id": "3", "pk": "other"})

    await orders.delete_all_items_by_partition_key(account.key)

    assert await account.query(orders, "SELECT * FROM c") == []
    assert (await orders.read_item("3", "other"))["id"] == "3"


@items.case(SHARED, client="sync")
async def the_synchronous_client_does_the_same(account: Account, orders: ContainerProxy) -> None:
    """The synchronous client creates, reads, replaces, patches and deletes too."""

    def act(one: Any) -> list[object]:
        one.create_item(account.item("1", n=1))
        one.replace_item("1", account.item("1", n=2))
        one.patch_item("1", account.key, [{"op": "incr", "path": "/n", "value": 3}])
        read = one.read_item("1", account.key)["n"]
        one.upsert_item(account.item("2"))
        one.delete_item("1", account.key)
        return [read, [item["id"] for item in one.query_items("SELECT * FROM c", partition_key=account.key)]]

    assert await account.in_thread(orders, act) == [5, ["2"]]
