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
    [
        ("COUNT(1)", 40),
        ("SUM(c.rank)", 1480),
        ("AVG(c.rank)", 37),
        ("SUM(c.rank * 2)", 2960),
        ("MIN(c.rank)", 0),
        ("MAX(c.rank)", 74),
        ("COUNT(c.missing)", 0),
    ],
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
    with pytest.raises(exceptions.CosmosHttpResponseError, match="GroupBy, which the calling client does not support"):
        await query(filled, "SELECT c.kind, COUNT(1) AS n FROM c GROUP BY c.kind")


async def test_a_composition_of_aggregates_across_partitions_is_refused(filled: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="Compositions of aggregates"):
        await query(filled, "SELECT VALUE COUNT(1) + 1 FROM c")


async def test_what_is_the_same_in_several_ranges_is_found_once(filled: ContainerProxy) -> None:
    assert sorted(await query(filled, "SELECT DISTINCT VALUE c.kind FROM c")) == ["a", "b"]
    assert await query(filled, "SELECT DISTINCT VALUE c.kind FROM c ORDER BY c.kind DESC") == ["b", "a"]
    assert len(await query(filled, "SELECT DISTINCT TOP 3 c.customer FROM c")) == 3
    assert len(await query(filled, "SELECT DISTINCT VALUE c.rank % 10 FROM c", max_item_count=2)) == 5


async def test_arrays_are_joined_across_ranges(database: DatabaseProxy) -> None:
    carts = await database.create_container("carts", PartitionKey("/customer"))
    for place, customer in enumerate(CUSTOMERS):
        await carts.create_item({"id": "1", "customer": customer, "n": place, "lines": [{"sku": s} for s in "xy"]})
    sql = "SELECT c.n, l.sku FROM c JOIN l IN c.lines WHERE l.sku = @sku ORDER BY c.n OFFSET 1 LIMIT 2"

    found = await query(carts, sql, parameters=[{"name": "@sku", "value": "y"}], max_item_count=1)

    assert found == [{"n": 1, "sku": "y"}, {"n": 2, "sku": "y"}]
    assert await query(carts, "SELECT VALUE COUNT(1) FROM c JOIN l IN c.lines") == [16]


async def test_several_keys_sort_across_ranges_with_a_composite_index(database: DatabaseProxy) -> None:
    policy: Any = {
        "includedPaths": [{"path": "/*"}],
        "excludedPaths": [],
        "compositeIndexes": [[{"path": "/kind", "order": "ascending"}, {"path": "/rank", "order": "descending"}]],
    }
    sorted_by_two = await database.create_container("two", PartitionKey("/customer"), indexing_policy=policy)
    for place, customer in enumerate(CUSTOMERS):
        await sorted_by_two.create_item({"id": "1", "customer": customer, "kind": "ab"[place % 2], "rank": place})

    found = await query(sorted_by_two, "SELECT c.kind, c.rank FROM c ORDER BY c.kind ASC, c.rank DESC")

    assert [(item["kind"], item["rank"]) for item in found] == [
        (k, r) for k, s in (("a", 6), ("b", 7)) for r in range(s, -1, -2)
    ]
