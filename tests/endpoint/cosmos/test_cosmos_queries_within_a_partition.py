from typing import Any

import pytest
from azure.cosmos import exceptions
from azure.cosmos.aio import ContainerProxy


@pytest.fixture
async def filled(orders: ContainerProxy) -> ContainerProxy:
    for customer in ("ada", "bob"):
        operations: list[Any] = [
            (
                "create",
                (
                    {
                        "id": f"{n:03}",
                        "customer": customer,
                        "kind": "big" if n % 3 == 0 else "small",
                        "rank": n,
                        "tags": [f"t{n % 2}"],
                        "name": f"Order {n}",
                        **({"note": None} if n == 4 else {}),
                    },
                ),
            )
            for n in range(10)
        ]
        await orders.execute_item_batch(operations, partition_key=customer)
    return orders


async def query(container: ContainerProxy, sql: str, **parameters: object) -> list[Any]:
    given = [{"name": f"@{name}", "value": value} for name, value in parameters.items()]
    return [found async for found in container.query_items(sql, parameters=given, partition_key="ada")]


def ids(found: list[Any]) -> list[str]:
    return [item["id"] for item in found]


async def test_a_range_of_ids_comes_in_order_and_from_one_partition_only(filled: ContainerProxy) -> None:
    found = await query(filled, "SELECT * FROM c WHERE c.id >= @a AND c.id <= @b ORDER BY c.id", a="002", b="004")

    assert [(item["customer"], item["id"]) for item in found] == [("ada", "002"), ("ada", "003"), ("ada", "004")]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("c.kind = 'big'", ["000", "003", "006", "009"]),
        ("c.kind != 'big' AND c.rank < 3", ["001", "002"]),
        ("NOT (c.rank < 8)", ["008", "009"]),
        ("c.rank = 1 OR c.rank = 7", ["001", "007"]),
        ("c.rank IN (1, 3, 99)", ["001", "003"]),
        ("c.rank NOT IN (0, 1, 2, 3, 4, 5, 6, 7, 8)", ["009"]),
        ("c.rank BETWEEN 3 AND 4", ["003", "004"]),
        ("5 > c.rank AND c.rank >= 4", ["004"]),
        ("STARTSWITH(c.id, '00') AND ENDSWITH(c.name, '7')", ["007"]),
        ("CONTAINS(c.name, 'ORDER 2', true)", ["002"]),
        ("ARRAY_CONTAINS(c.tags, 't0') AND c.rank < 4", ["000", "002"]),
        ("IS_DEFINED(c.note)", ["004"]),
        ("IS_NULL(c.note)", ["004"]),
        ('c["rank"] = 5', ["005"]),
        ("c.tags[0] = 't1' AND c.rank > 6", ["007", "009"]),
        ("c.customer = 'bob'", []),
        ("c.rank = '1'", []),
        ("true AND c.rank = 2", ["002"]),
    ],
)
async def test_conditions_select_what_they_say(filled: ContainerProxy, condition: str, expected: list[str]) -> None:
    assert ids(await query(filled, f"SELECT * FROM c WHERE {condition}")) == expected


async def test_results_are_projected(filled: ContainerProxy) -> None:
    assert await query(filled, "SELECT c.id, c.rank AS place FROM c WHERE c.rank = 3") == [{"id": "003", "place": 3}]
    assert await query(filled, "SELECT VALUE c.name FROM c WHERE c.rank = 3") == ["Order 3"]
    assert await query(filled, "SELECT VALUE {'n': c.rank, 'all': [c.kind, c.missing]} FROM c WHERE c.rank = 3") == [
        {"n": 3, "all": ["big"]}
    ]


async def test_sorting_skipping_and_limiting(filled: ContainerProxy) -> None:
    sql = "SELECT * FROM c WHERE c.kind = @kind ORDER BY c.rank DESC OFFSET 1 LIMIT 2"

    assert ids(await query(filled, sql, kind="big")) == ["006", "003"]
    assert ids(await query(filled, "SELECT TOP 2 * FROM c ORDER BY c.rank")) == ["000", "001"]
    assert ids(await query(filled, "SELECT TOP @n * FROM c", n=1)) == ["000"]


async def test_aggregates_cover_all_matches(filled: ContainerProxy) -> None:
    assert await query(filled, "SELECT VALUE COUNT(1) FROM c WHERE c.kind = 'big'") == [4]
    assert await query(filled, "SELECT VALUE SUM(c.rank) FROM c") == [45]
    assert await query(filled, "SELECT MIN(c.rank) AS low, MAX(c.rank) AS high FROM c") == [{"low": 0, "high": 9}]
    assert await query(filled, "SELECT VALUE MAX(c.missing) FROM c") == []


@pytest.mark.parametrize("order", ["", "ORDER BY c.rank", "ORDER BY c.rank DESC", "ORDER BY c.id DESC"])
async def test_pages_go_on_where_the_last_one_ended_although_items_come_and_go(
    filled: ContainerProxy, order: str
) -> None:
    found: list[str] = []
    token: str | None = None
    while True:
        pages: Any = filled.query_items(f"SELECT * FROM c {order}", partition_key="ada", max_item_count=3).by_page(
            token
        )
        page = [item async for item in await anext(pages)]
        found += ids(page)
        for item in page:
            await filled.delete_item(item["id"], "ada")
        token = pages.continuation_token
        if token is None:
            break

    assert sorted(found) == [f"{n:03}" for n in range(10)]


async def test_pages_of_a_limited_query_add_up_to_the_limit(filled: ContainerProxy) -> None:
    sql = "SELECT VALUE c.rank FROM c WHERE c.rank >= 1 ORDER BY c.rank OFFSET 2 LIMIT 5"

    found: list[Any] = [rank async for rank in filled.query_items(sql, partition_key="ada", max_item_count=2)]

    assert found == [3, 4, 5, 6, 7]


async def test_sorting_by_a_path_without_an_index_is_refused_as_the_service_does(filled: ContainerProxy) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match="order-by item is excluded"):
        await query(filled, "SELECT * FROM c ORDER BY c.name")
    with pytest.raises(exceptions.CosmosHttpResponseError, match=r"composite index .* /kind ASC, /rank DESC in"):
        await query(filled, "SELECT * FROM c ORDER BY c.kind, c.rank DESC")


@pytest.mark.parametrize(
    ("sql", "token"),
    [
        ("SELECT * FROM c JOIN t IN (SELECT VALUE 1)", "SELECT"),
        ("SELECT c.kind, c.id FROM c GROUP BY c.kind", "id"),
        ("SELECT * FROM c WHERE ST_DISTANCE(c.kind) = 1", "ST_DISTANCE"),
        ("SELECT c.rank ~ 1 FROM c", "~"),
        ("SELECT * FROM c WHERE d.kind = 1", "d"),
        ("SELECT * FROM c WHERE", "end of the query"),
        ("SELECT * FROM c WHERE c.rank = @unknown", "@unknown"),
    ],
)
async def test_what_is_not_understood_is_refused_by_name(filled: ContainerProxy, sql: str, token: str) -> None:
    with pytest.raises(exceptions.CosmosHttpResponseError, match=token) as caught:
        await query(filled, sql)

    assert caught.value.status_code == 400
