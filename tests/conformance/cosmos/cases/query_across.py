"""Queries across partitions, which the client merges, and pages of queries."""

from typing import Any

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, Heard, everything, first_page, refused
from tests.conformance.cosmos.containers import SHARED, container

across = Area("queries across partitions", "Pagination and cross-partition queries", "aio")

_PARTITIONS = 8
_OWN = container()


async def _filled(account: Account, orders: ContainerProxy) -> None:
    for number in range(_PARTITIONS):
        of_partition = f"{account.key}-{number}"
        item = {"id": str(number), "pk": of_partition, "n": number, "kind": "ab"[number % 2], "tags": [number, "t"]}
        await orders.create_item(item)


async def _asked(account: Account, orders: ContainerProxy, sql: str, **options: Any) -> list[Any]:
    await _filled(account, orders)
    return await everything(orders.query_items(sql, **options))


@across.case(_OWN)
async def all_partitions_are_asked(account: Account, orders: ContainerProxy) -> None:
    assert sorted(await _asked(account, orders, "SELECT VALUE c.n FROM c")) == [*range(_PARTITIONS)]


@across.case(_OWN)
async def sorted_results_are_merged(account: Account, orders: ContainerProxy) -> None:
    found = await _asked(account, orders, "SELECT VALUE c.n FROM c ORDER BY c.n DESC", max_item_count=2)

    assert found == [*reversed(range(_PARTITIONS))]


@across.case(_OWN)
async def several_keys_sort_across_partitions(account: Account, orders: ContainerProxy) -> None:
    await _filled(account, orders)
    for number in range(4):
        await orders.create_item({"id": f"r{number}", "pk": f"r{number}", "rank": number // 2, "name": f"n{number}"})
    sql = "SELECT VALUE c.id FROM c WHERE IS_DEFINED(c.rank) ORDER BY c.rank ASC, c.name DESC"

    assert await everything(orders.query_items(sql)) == ["r1", "r0", "r3", "r2"]


@across.case(_OWN)
async def top_counts_over_all_partitions(account: Account, orders: ContainerProxy) -> None:
    """TOP counts over all partitions."""
    assert await _asked(account, orders, "SELECT TOP 3 VALUE c.n FROM c ORDER BY c.n") == [0, 1, 2]


@across.case(_OWN)
async def a_window_is_cut_from_the_merged_results(account: Account, orders: ContainerProxy) -> None:
    assert await _asked(account, orders, "SELECT VALUE c.n FROM c ORDER BY c.n OFFSET 2 LIMIT 3") == [2, 3, 4]


@across.case(_OWN)
async def counts_are_added(account: Account, orders: ContainerProxy) -> None:
    assert await _asked(account, orders, "SELECT VALUE COUNT(1) FROM c WHERE c.n > 1") == [_PARTITIONS - 2]


@across.case(_OWN)
async def sums_are_added(account: Account, orders: ContainerProxy) -> None:
    assert await _asked(account, orders, "SELECT VALUE SUM(c.n) FROM c") == [sum(range(_PARTITIONS))]


@across.case(_OWN)
async def averages_are_weighed(account: Account, orders: ContainerProxy) -> None:
    assert await _asked(account, orders, "SELECT VALUE AVG(c.n) FROM c") == [(_PARTITIONS - 1) / 2]


@across.case(_OWN)
async def the_least_and_the_greatest_of_all_partitions_are_found(account: Account, orders: ContainerProxy) -> None:
    assert await _asked(account, orders, "SELECT VALUE MIN(c.n) FROM c") == [0]
    assert await everything(orders.query_items("SELECT VALUE MAX(c.n) FROM c")) == [_PARTITIONS - 1]


@across.case(_OWN)
async def what_several_partitions_have_is_found_once(account: Account, orders: ContainerProxy) -> None:
    """DISTINCT finds once what several partitions have."""
    assert sorted(await _asked(account, orders, "SELECT DISTINCT VALUE c.kind FROM c")) == ["a", "b"]


@across.case(_OWN)
async def arrays_are_joined_in_all_partitions(account: Account, orders: ContainerProxy) -> None:
    found = await _asked(account, orders, "SELECT VALUE t FROM c JOIN t IN c.tags WHERE IS_NUMBER(t)")

    assert sorted(found) == [*range(_PARTITIONS)]


@across.case(_OWN)
async def subqueries_run_in_all_partitions(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE c.n FROM c WHERE EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t = 3)"

    assert await _asked(account, orders, sql) == [3]


@across.case(_OWN)
async def a_condition_on_the_partition_key_finds_its_items(account: Account, orders: ContainerProxy) -> None:
    sql = f"SELECT VALUE c.n FROM c WHERE c.pk = '{account.key}-5'"

    assert await _asked(account, orders, sql) == [5]


@across.case(_OWN)
async def parameters_reach_all_partitions(account: Account, orders: ContainerProxy) -> None:
    parameters: list[dict[str, object]] = [{"name": "@least", "value": 6}]

    found = await _asked(account, orders, "SELECT VALUE c.n FROM c WHERE c.n >= @least", parameters=parameters)

    assert sorted(found) == [6, 7]


@across.case(_OWN, documented="Feed ranges")
async def each_feed_range_answers_for_its_part(account: Account, orders: ContainerProxy) -> None:
    await _filled(account, orders)

    found = [
        number
        async for part in orders.read_feed_ranges()
        for number in await everything(orders.query_items("SELECT VALUE c.n FROM c", feed_range=part))
    ]

    assert sorted(found) == [*range(_PARTITIONS)]


@across.case(_OWN, documented="Feed ranges")
async def the_feed_range_of_a_partition_holds_its_items_alone(account: Account, orders: ContainerProxy) -> None:
    await _filled(account, orders)
    part = await orders.feed_range_from_partition_key(f"{account.key}-4")

    assert await everything(orders.query_items("SELECT VALUE c.n FROM c", feed_range=part)) == [4]


@across.case(_OWN, documented="Feed ranges")
async def a_query_of_a_feed_range_goes_on_from_its_token(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, *(account.item(str(number)) for number in range(5)))
    part = await orders.feed_range_from_partition_key(account.key)
    found: list[str] = []
    token, count = None, 0
    while count == 0 or token:
        pages: Any = orders.query_items("SELECT VALUE c.id FROM c", feed_range=part, max_item_count=2).by_page(token)
        found += await first_page(pages)
        token, count = pages.continuation_token, count + 1

    assert sorted(found) == ["0", "1", "2", "3", "4"]
    assert count >= 3


@across.case(SHARED)
async def a_query_in_a_partition_goes_on_from_its_token(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, *(account.item(str(number), rank=number) for number in range(5)))
    sql = "SELECT VALUE c.rank FROM c ORDER BY c.rank"
    pages: Any = orders.query_items(sql, partition_key=account.key, max_item_count=2).by_page()
    found = await first_page(pages)

    others: Any = orders.query_items(sql, partition_key=account.key).by_page(pages.continuation_token)
    rest = [number async for page in others async for number in page]

    assert (found, rest) == ([0, 1], [2, 3, 4])


@across.case(SHARED)
async def pages_hold_as_many_items_as_were_asked_for(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, *(account.item(str(number)) for number in range(5)))

    found = orders.query_items("SELECT * FROM c", partition_key=account.key, max_item_count=2)

    assert [len(await everything(page)) async for page in found.by_page()] == [2, 2, 1]


@across.case(SHARED)
async def items_that_come_between_pages_repeat_no_other(account: Account, orders: ContainerProxy) -> None:
    await account.fill(orders, *(account.item(str(number), rank=number) for number in range(1, 5)))
    pages: Any = orders.query_items(
        "SELECT VALUE c.rank FROM c ORDER BY c.rank", partition_key=account.key, max_item_count=2
    ).by_page()
    first = await first_page(pages)

    await orders.create_item(account.item("0", rank=0))
    rest = [number async for page in pages async for number in page]

    assert (first, rest) == ([1, 2], [3, 4])


@across.case(SHARED)
async def a_wrong_token_is_400(account: Account, orders: ContainerProxy) -> None:
    query = orders.query_items("SELECT * FROM c", partition_key=account.key).by_page("no token")

    assert (await refused(anext(query))).status_code == 400


@across.case(SHARED)
async def a_query_tells_its_charge(account: Account, orders: ContainerProxy) -> None:
    heard = Heard()

    await account.query(orders, "SELECT * FROM c", response_hook=heard)

    assert float(heard.headers["x-ms-request-charge"]) > 1


@across.case(_OWN)
async def without_a_source_there_is_one_result(account: Account, orders: ContainerProxy) -> None:
    """A query without FROM has one result, however many items there are."""
    await account.fill(orders, account.item("1"), account.item("2"))

    assert await account.query(orders, "SELECT VALUE 1 + 1") == [2]
