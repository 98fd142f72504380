"""Hierarchical partition keys."""

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, everything, ids, refused
from tests.conformance.cosmos.containers import container

hierarchies = Area("hierarchical partition keys", "Hierarchical partition keys", "aio")

_DEEP = container("/tenant", "/user", "/session")


async def _filled(events: ContainerProxy) -> None:
    for number, (tenant, user) in enumerate((("a", "u"), ("a", "v"), ("b", "u"))):
        await events.create_item({"id": str(number), "tenant": tenant, "user": user, "session": "s", "n": number})


@hierarchies.case(_DEEP)
async def an_item_is_found_by_its_whole_key(_: Account, events: ContainerProxy) -> None:
    await _filled(events)

    assert (await events.read_item("1", ["a", "v", "s"]))["n"] == 1
    assert (await refused(events.read_item("1", ["a", "u", "s"]))).status_code == 404


@hierarchies.case(_DEEP)
async def a_query_answers_for_a_prefix_of_the_key(_: Account, events: ContainerProxy) -> None:
    await _filled(events)

    assert await ids(events.query_items("SELECT * FROM c", partition_key=["a"])) == ["0", "1"]
    assert await ids(events.query_items("SELECT * FROM c", partition_key=["a", "v"])) == ["1"]


@hierarchies.case(_DEEP)
async def a_query_without_a_key_finds_all(_: Account, events: ContainerProxy) -> None:
    await _filled(events)

    assert await everything(events.query_items("SELECT VALUE c.n FROM c ORDER BY c.n")) == [0, 1, 2]


@hierarchies.case(_DEEP)
async def a_batch_takes_a_whole_key(_: Account, events: ContainerProxy) -> None:
    item = {"id": "1", "tenant": "a", "user": "u", "session": "s"}

    results = await events.execute_item_batch([("create", (item,))], ["a", "u", "s"])

    assert results[0]["statusCode"] == 201


@hierarchies.case(_DEEP)
async def items_are_replaced_patched_and_deleted_by_their_whole_key(_: Account, events: ContainerProxy) -> None:
    await _filled(events)
    key = ["a", "u", "s"]

    await events.patch_item("0", key, [{"op": "incr", "path": "/n", "value": 5}])
    replaced = await events.replace_item("0", {**await events.read_item("0", key), "more": True})
    await events.delete_item("0", key)

    assert (replaced["n"], replaced["more"]) == (5, True)
    assert (await refused(events.read_item("0", key))).status_code == 404


@hierarchies.case(_DEEP)
async def many_items_are_read_by_their_whole_keys(_: Account, events: ContainerProxy) -> None:
    await _filled(events)

    found = await events.read_items([("0", ["a", "u", "s"]), ("2", ["b", "u", "s"])])

    assert [item["n"] for item in found] == [0, 2]


@hierarchies.case(_DEEP)
async def the_change_feed_answers_for_a_whole_key(_: Account, events: ContainerProxy) -> None:
    await _filled(events)
    feed = events.query_items_change_feed(start_time="Beginning", partition_key=["a", "v", "s"])

    assert [item["id"] async for item in feed] == ["1"]
