from datetime import timedelta
from typing import Any

import pytest
from azure.cosmos import PartitionKey, exceptions
from azure.cosmos.aio import ContainerProxy, DatabaseProxy

from durable.adapters.memory import ManualClock

CARTS: list[dict[str, Any]] = [
    {"id": "1", "tags": ["x", "y"], "lines": [{"sku": "a", "n": 2}, {"sku": "b", "n": 1}], "kind": "big", "at": 10},
    {"id": "2", "tags": ["y"], "lines": [{"sku": "a", "n": 5}], "kind": "big", "at": 20.5},
    {"id": "3", "tags": [], "lines": [{"sku": "c", "n": 1}], "kind": "small", "at": "late"},
    {"id": "4", "tags": "x", "kind": "small"},
]


@pytest.fixture
async def carts(database: DatabaseProxy) -> ContainerProxy:
    made = await database.create_container("carts", PartitionKey("/customer"))
    operations: list[Any] = [("create", ({**cart, "customer": "ada"},)) for cart in CARTS]
    await made.execute_item_batch(operations, partition_key="ada")
    return made


async def query(container: ContainerProxy, sql: str, *, page: int | None = None, **parameters: object) -> list[Any]:
    given = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
    found = container.query_items(sql, parameters=given, partition_key="ada", max_item_count=page)
    return [item async for item in found]


@pytest.mark.parametrize("page", [None, 1, 2])
async def test_a_join_gives_a_row_for_each_element_page_by_page(carts: ContainerProxy, page: int | None) -> None:
    rows = await query(carts, "SELECT c.id, t AS tag FROM c JOIN t IN c.tags", page=page)
    ordered = await query(carts, "SELECT VALUE t FROM c JOIN t IN c.tags ORDER BY c.id DESC", page=page)

    assert [(row["id"], row["tag"]) for row in rows] == [("1", "x"), ("1", "y"), ("2", "y")]
    assert ordered == ["y", "x", "y"]


async def test_a_join_filters_by_its_elements(carts: ContainerProxy) -> None:
    sql = "SELECT c.id, l.n FROM c JOIN l IN c.lines WHERE l.sku = @sku AND l.n > @least"

    assert await query(carts, sql, sku="a", least=1) == [{"id": "1", "n": 2}, {"id": "2", "n": 5}]
    assert await query(carts, sql, sku="a", least=4) == [{"id": "2", "n": 5}]


async def test_joins_multiply_and_may_start_from_an_array(carts: ContainerProxy) -> None:
    both = "SELECT VALUE [t, l.sku] FROM c JOIN t IN c.tags JOIN l IN c.lines WHERE c.id = '1'"

    assert await query(carts, both) == [["x", "a"], ["x", "b"], ["y", "a"], ["y", "b"]]
    assert await query(carts, "SELECT * FROM l IN c.lines WHERE l.n = 1") == [
        {"sku": "b", "n": 1},
        {"sku": "c", "n": 1},
    ]
    assert await query(carts, "SELECT VALUE SUM(l.n) FROM l IN c.lines") == [9]


@pytest.mark.parametrize("page", [None, 1])
async def test_distinct_results_come_once(carts: ContainerProxy, page: int | None) -> None:
    assert await query(carts, "SELECT DISTINCT c.kind FROM c", page=page) == [{"kind": "big"}, {"kind": "small"}]
    assert await query(carts, "SELECT DISTINCT VALUE t FROM c JOIN t IN c.tags", page=page) == ["x", "y"]
    assert await query(carts, "SELECT DISTINCT VALUE c.kind FROM c ORDER BY c.kind DESC", page=page) == ["small", "big"]
    assert await query(carts, "SELECT DISTINCT VALUE c.missing FROM c", page=page) == []
    assert await query(carts, "SELECT DISTINCT VALUE c.id FROM c OFFSET 1 LIMIT 2", page=page) == ["2", "3"]


async def test_groups_have_a_row_each(carts: ContainerProxy) -> None:
    assert await query(carts, "SELECT c.kind, COUNT(1) AS n, MAX(c.id) AS last FROM c GROUP BY c.kind") == [
        {"kind": "big", "n": 2, "last": "2"},
        {"kind": "small", "n": 2, "last": "4"},
    ]
    by_sku = "SELECT UPPER(l.sku) AS sku, SUM(l.n) AS n FROM c JOIN l IN c.lines GROUP BY UPPER(l.sku)"
    assert await query(carts, by_sku, page=2) == [
        {"sku": "A", "n": 7},
        {"sku": "B", "n": 1},
        {"sku": "C", "n": 1},
    ]
    assert await query(carts, "SELECT VALUE c.missing FROM c GROUP BY c.missing") == []
    assert await query(carts, "SELECT c.kind, COUNT(c.at) FROM c WHERE c.id > '1' GROUP BY c.kind") == [
        {"kind": "big", "$1": 1},
        {"kind": "small", "$1": 1},
    ]


async def test_an_average_needs_numbers(carts: ContainerProxy) -> None:
    assert await query(carts, "SELECT VALUE AVG(c.at) FROM c WHERE c.kind = 'big'") == [15.25]
    assert await query(carts, "SELECT VALUE AVG(c.at) FROM c") == []
    assert await query(carts, "SELECT COUNT(1) AS n, AVG(c.missing) AS a, SUM(c.missing) AS s FROM c") == [
        {"n": 4, "s": 0}
    ]
    assert await query(carts, "SELECT VALUE MAX(c.id) || '/' || ToString(COUNT(1)) FROM c") == ["4/4"]


async def test_expressions_work_in_both_clauses(carts: ContainerProxy) -> None:
    sql = (
        "SELECT c.id, c.at ?? 'never' AS at, ARRAY_LENGTH(c.tags) > 1 ? 'many' : 'few' AS tags, "
        "{'twice': c.at * 2} AS more FROM c WHERE c.kind LIKE @like AND LENGTH(c.id) + 1 = 2"
    )

    assert await query(carts, sql, like="%ig") == [
        {"id": "1", "at": 10, "tags": "many", "more": {"twice": 20}},
        {"id": "2", "at": 20.5, "tags": "few", "more": {"twice": 41}},
    ]


async def test_the_time_of_a_query_is_that_of_the_endpoint(carts: ContainerProxy, clock: ManualClock) -> None:
    clock.advance(timedelta(seconds=30))

    ages = await query(carts, "SELECT VALUE GetCurrentTimestamp() / 1000 - c._ts FROM c WHERE c.id = '1'")

    assert ages == [30]


async def test_a_column_outside_the_group_is_refused(carts: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="'id' is invalid in the select list") as caught:
        await query(carts, "SELECT c.id, COUNT(1) AS n FROM c GROUP BY c.kind")

    assert caught.value.status_code == 400
