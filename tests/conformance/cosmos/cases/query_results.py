"""Queries in one partition: how what is selected is shaped."""

from typing import Any

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account
from tests.conformance.cosmos.containers import SHARED
from tests.conformance.cosmos.wares import asked

results_of_queries = Area("results of queries", "NoSQL query language", "aio")


def _sorted(results: list[Any]) -> list[Any]:
    return sorted(results, key=repr)


@results_of_queries.case(SHARED)
async def items_are_projected(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT c.id, c.o.k FROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == [{"id": "1", "k": 1}]


@results_of_queries.case(SHARED)
async def what_is_not_there_is_left_out_of_a_projection(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT c.id, c.none FROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == [{"id": "1"}]


@results_of_queries.case(SHARED)
async def columns_get_other_names(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT c.id AS name, c.rank + 1 AS next FROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == [{"name": "1", "next": 4}]


@results_of_queries.case(SHARED)
async def columns_without_a_name_are_numbered(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT c.rank + 1, UPPER(c.name) FROM c WHERE c.id = '2'"

    assert await asked(account, orders, sql) == [{"$1": 2, "$2": "BOLT"}]


@results_of_queries.case(SHARED)
async def value_gives_the_value_alone(account: Account, orders: ContainerProxy) -> None:
    """VALUE gives the value alone."""
    sql = "SELECT VALUE c.name FROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == ["Nail"]


@results_of_queries.case(SHARED)
async def value_leaves_out_what_is_undefined(account: Account, orders: ContainerProxy) -> None:
    """VALUE leaves out what is undefined."""
    sql = "SELECT VALUE c.flag FROM c ORDER BY c.rank"

    assert await asked(account, orders, sql) == [False, True]


@results_of_queries.case(SHARED)
async def objects_and_arrays_are_constructed(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE {'a': [c.id, c.rank], 'b': {'c': c.flag}} FROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == [{"a": ["1", 3], "b": {"c": True}}]


@results_of_queries.case(SHARED)
async def results_are_sorted(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE c.id FROM c ORDER BY c.rank"

    assert await asked(account, orders, sql) == ["2", "3", "4", "1"]


@results_of_queries.case(SHARED)
async def results_are_sorted_downwards(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE c.id FROM c ORDER BY c.rank DESC"

    assert await asked(account, orders, sql) == ["1", "4", "3", "2"]


@results_of_queries.case(SHARED)
async def several_keys_sort_with_a_composite_index(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE c.id FROM c ORDER BY c.rank ASC, c.name DESC"

    assert await asked(account, orders, sql) == ["2", "3", "4", "1"]


@results_of_queries.case(SHARED)
async def top_limits_the_results(account: Account, orders: ContainerProxy) -> None:
    """TOP limits the results."""
    sql = "SELECT TOP 2 VALUE c.id FROM c ORDER BY c.rank"

    assert await asked(account, orders, sql) == ["2", "3"]


@results_of_queries.case(SHARED)
async def offset_and_limit_take_a_window(account: Account, orders: ContainerProxy) -> None:
    """OFFSET and LIMIT take a window."""
    sql = "SELECT VALUE c.id FROM c ORDER BY c.rank OFFSET 1 LIMIT 2"

    assert await asked(account, orders, sql) == ["3", "4"]


@results_of_queries.case(SHARED)
async def distinct_results_come_once(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT DISTINCT VALUE c.kind FROM c ORDER BY c.kind"

    assert await asked(account, orders, sql) == ["a", "b"]


@results_of_queries.case(SHARED)
async def distinct_objects_are_compared_as_a_whole(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT DISTINCT c.kind FROM c WHERE c.kind = 'a'"

    assert await asked(account, orders, sql) == [{"kind": "a"}]


@results_of_queries.case(SHARED)
async def count_counts_what_is_defined(account: Account, orders: ContainerProxy) -> None:
    """COUNT counts what is defined."""
    sql = "SELECT VALUE COUNT(c.flag) FROM c"

    assert await asked(account, orders, sql) == [2]


@results_of_queries.case(SHARED)
async def sum_and_avg_need_numbers(account: Account, orders: ContainerProxy) -> None:
    """SUM and AVG take numbers."""
    sql = "SELECT SUM(c.rank) AS s, AVG(c.rank) AS a FROM c"

    assert await asked(account, orders, sql) == [{"s": 8.5, "a": 2.125}]


@results_of_queries.case(SHARED)
async def min_and_max_take_texts_too(account: Account, orders: ContainerProxy) -> None:
    """MIN and MAX take texts too."""
    sql = "SELECT MIN(c.name) AS low, MAX(c.name) AS high FROM c"

    assert await asked(account, orders, sql) == [{"low": "Bolt", "high": "Screw"}]


@results_of_queries.case(SHARED)
async def a_sum_over_a_text_is_undefined(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT SUM(c.name) AS s, COUNT(1) AS n FROM c"

    assert await asked(account, orders, sql) == [{"n": 4}]


@results_of_queries.case(SHARED)
async def groups_have_a_row_each(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT c.kind, COUNT(1) AS n, MAX(c.rank) AS m FROM c GROUP BY c.kind"

    assert _sorted(await asked(account, orders, sql)) == _sorted(
        [{"kind": "a", "n": 3, "m": 3}, {"kind": "b", "n": 1, "m": 1}]
    )


@results_of_queries.case(SHARED)
async def a_join_gives_a_row_for_each_element(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT c.id, t AS tag FROM c JOIN t IN c.tags"

    assert _sorted(await asked(account, orders, sql)) == _sorted(
        [{"id": "1", "tag": "x"}, {"id": "1", "tag": "y"}, {"id": "2", "tag": "y"}]
    )


@results_of_queries.case(SHARED)
async def joins_multiply(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE CONCAT(a, b) FROM c JOIN a IN c.tags JOIN b IN c.tags WHERE c.id = '1'"

    assert _sorted(await asked(account, orders, sql)) == _sorted(["xx", "xy", "yx", "yy"])


@results_of_queries.case(SHARED)
async def from_may_start_at_an_array(account: Account, orders: ContainerProxy) -> None:
    """FROM may start at an array."""
    sql = "SELECT VALUE l.sku FROM l IN c.lines WHERE l.n > 2"

    assert await asked(account, orders, sql) == ["q"]


@results_of_queries.case(SHARED)
async def from_may_start_at_a_property(account: Account, orders: ContainerProxy) -> None:
    """FROM may start at a property; items without it give no row."""
    sql = "SELECT VALUE k FROM c.o.k"

    assert _sorted(await asked(account, orders, sql)) == _sorted([1, 2])


@results_of_queries.case(SHARED)
async def a_join_filters_by_its_subquery(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE l.sku FROM c JOIN (SELECT VALUE x FROM x IN c.lines WHERE x.n < 3) AS l"

    assert await asked(account, orders, sql) == ["p"]


@results_of_queries.case(SHARED)
async def a_subquery_makes_an_array(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE ARRAY(SELECT VALUE l.n * 2 FROM l IN c.lines) FROM c WHERE c.id = '4'"

    assert await asked(account, orders, sql) == [[4, 6]]


@results_of_queries.case(SHARED)
async def a_subquery_stands_for_a_value(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE (SELECT VALUE SUM(l.n) FROM l IN c.lines) FROM c WHERE c.id = '4'"

    assert await asked(account, orders, sql) == [5]


@results_of_queries.case(SHARED)
async def conditions_choose_values(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE c.rank > 2 ? 'high' : 'low' FROM c ORDER BY c.rank"

    assert await asked(account, orders, sql) == ["low", "low", "high", "high"]


@results_of_queries.case(SHARED)
async def a_value_stands_in_for_what_is_not_there(account: Account, orders: ContainerProxy) -> None:
    """?? stands in for what is not there."""
    sql = "SELECT VALUE c.none ?? c.name FROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == ["Nail"]


@results_of_queries.case(SHARED)
async def keywords_may_be_written_in_any_case(account: Account, orders: ContainerProxy) -> None:
    sql = "select value c.id from c where c.id = '1' order by c.rank desc"

    assert await asked(account, orders, sql) == ["1"]


@results_of_queries.case(SHARED)
async def a_comment_is_left_out(account: Account, orders: ContainerProxy) -> None:
    sql = "SELECT VALUE c.id -- the id\nFROM c WHERE c.id = '1'"

    assert await asked(account, orders, sql) == ["1"]
