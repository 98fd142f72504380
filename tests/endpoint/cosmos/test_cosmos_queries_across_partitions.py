from typing import Any

import pytest
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from emulators.cosmos import CosmosEndpoint

CUSTOMERS = [f"customer-{n}" for n in range(8)]


@pytest.fixture
async def filled(orders: ContainerProxy) -> ContainerProxy:
    for place, customer in enumerate(CUSTOMERS):
        operations: list[Any] = [
            ("create", ({"id": f"{n}", "customer": customer, "kind": "ab"[n % 2], "rank": place * 10 + n},))
            for n in range(5)
        ]
        await orders.execute_item_batch(operations, partition_key=customer)
    return orders


async def query(container: ContainerProxy, sql: str, **options: Any) -> list[Any]:
    return [found async for found in container.query_items(sql, **options)]


async def test_all_partitions_are_asked_through_a_plan(filled: ContainerProxy, endpoint: CosmosEndpoint) -> None:
    found = await query(filled, "SELECT * FROM c WHERE c.rank >= 10 AND c.rank < 30")

    assert {item["customer"] for item in found} == {"customer-1", "customer-2"}
    kinds = endpoint.gateway.stats.as_json()["by_kind"]
    assert isinstance(kinds, dict)
    assert kinds["query-plan"] == 1
    assert kinds["query"] == 3


async def test_results_of_all_ranges_are_merged_in_order(filled: ContainerProxy) -> None:
    ranks = [item["rank"] for item in await query(filled, "SELECT c.rank FROM c ORDER BY c.rank DESC")]

    assert ranks == sorted(ranks, reverse=True)
    assert len(ranks) == 40


async def test_the_newest_of_a_kind_are_found_page_by_page(filled: ContainerProxy) -> None:
    sql = "SELECT * FROM c WHERE c.kind = @k ORDER BY c.rank DESC OFFSET 2 LIMIT 6"

    found = await query(filled, sql, parameters=[{"name": "@k", "value": "a"}], max_item_count=2)

    assert [item["rank"] for item in found] == [70, 64, 62, 60, 54, 52]


async def test_top_counts_over_all_ranges(filled: ContainerProxy) -> None:
    assert await query(filled, "SELECT TOP 3 VALUE c.rank FROM c ORDER BY c.rank") == [0, 1, 2]
    assert len(await query(filled, "SELECT TOP 7 * FROM c")) == 7
    assert len(await query(filled, "SELECT * FROM c OFFSET 38 LIMIT 10")) == 2


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("COUNT(1)", 40), ("SUM(c.rank)", 1480), ("MIN(c.rank)", 0), ("MAX(c.rank)", 74), ("COUNT(c.missing)", 0)],
)
async def test_aggregates_are_merged(filled: ContainerProxy, aggregate: str, expected: int) -> None:
    assert await query(filled, f"SELECT VALUE {aggregate} FROM c") == [expected]


async def test_a_condition_on_the_partition_key_sends_the_query_to_one_range(
    filled: ContainerProxy, endpoint: CosmosEndpoint
) -> None:
    found = await query(filled, "SELECT * FROM c WHERE c.customer = 'customer-3' AND c.kind = 'b'")

    assert [item["rank"] for item in found] == [31, 33]
    kinds = endpoint.gateway.stats.as_json()["by_kind"]
    assert isinstance(kinds, dict)
    assert kinds["query"] == 2


async def test_reading_many_items_at_once(filled: ContainerProxy) -> None:
    wanted = [("1", "customer-1"), ("2", "customer-5"), ("missing", "customer-1"), ("3", "customer-1")]

    found = await filled.read_items(wanted)

    assert sorted(item["rank"] for item in found) == [11, 13, 52]


async def test_without_an_index_for_it_sorting_happens_after_filtering(database: DatabaseProxy) -> None:
    everything = await database.create_container("everything", PartitionKey("/customer"))
    values: list[Any] = [3, 1.5, "text", None, True, 2]
    for n, value in enumerate(values):
        await everything.create_item({"id": f"{n}", "customer": "ada", "value": value})
    await everything.create_item({"id": "undefined", "customer": "ada"})

    found = await query(
        everything, "SELECT VALUE c.value FROM c ORDER BY c.value", partition_key="ada", max_item_count=2
    )

    assert found == [None, True, 1.5, 2, 3, "text"]


async def test_grouping_across_partitions_is_refused(filled: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="GROUP"):
        await query(filled, "SELECT c.kind, COUNT(1) AS n FROM c GROUP BY c.kind")
