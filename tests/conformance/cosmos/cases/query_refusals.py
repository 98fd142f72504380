"""Queries that the service refuses, and what it tells."""

from typing import Any

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cases import Area
from tests.conformance.cosmos.account import Account, everything, refused
from tests.conformance.cosmos.containers import SHARED, container

refusals = Area("refused queries", "NoSQL query language", "aio")


async def _refusal(account: Account, orders: ContainerProxy, sql: str) -> str:
    error = await refused(account.query(orders, sql))
    assert error.status_code == 400
    return str(error.message)


@refusals.case(SHARED)
async def a_syntax_error_is_sc1001_and_names_its_place(account: Account, orders: ContainerProxy) -> None:
    """A syntax error is SC1001 and names its place in the query."""
    message = await _refusal(account, orders, "SELECT * FORM c")

    assert '"code":"SC1001"' in message
    assert '"severity":"Error"' in message
    assert '"location":{"start":' in message


@refusals.case(SHARED)
async def an_unknown_source_is_sc2001(account: Account, orders: ContainerProxy) -> None:
    """An unknown source is SC2001."""
    message = await _refusal(account, orders, "SELECT * FROM c WHERE d.x = 1")

    assert '"location":{"start":22,"end":23},"code":"SC2001"' in message


@refusals.case(SHARED)
async def an_unknown_function_is_named(account: Account, orders: ContainerProxy) -> None:
    message = await _refusal(account, orders, "SELECT FOO(c.x) FROM c")

    assert "'FOO' is not a recognized built-in function name" in message


@refusals.case(SHARED)
async def a_function_with_too_few_arguments_is_sc2050(account: Account, orders: ContainerProxy) -> None:
    """A function with too few arguments is SC2050."""
    assert '"code":"SC2050"' in await _refusal(account, orders, "SELECT STARTSWITH(c.x) FROM c")


@refusals.case(SHARED)
async def a_star_needs_a_single_source(account: Account, orders: ContainerProxy) -> None:
    assert "SELECT *" in await _refusal(account, orders, "SELECT * FROM c JOIN t IN c.tags")


@refusals.case(SHARED)
async def a_column_outside_the_group_is_refused(account: Account, orders: ContainerProxy) -> None:
    message = await _refusal(account, orders, "SELECT c.a, c.b FROM c GROUP BY c.a")

    assert "GROUP BY" in message


@refusals.case(SHARED)
async def sorting_by_an_expression_is_refused(account: Account, orders: ContainerProxy) -> None:
    message = await _refusal(account, orders, "SELECT * FROM c ORDER BY LOWER(c.name)")

    assert "ORDER BY" in message


@refusals.case(SHARED, documented="Indexing policies")
async def sorting_by_a_path_without_an_index_is_refused(account: Account, orders: ContainerProxy) -> None:
    message = await _refusal(account, orders, "SELECT * FROM c ORDER BY c.unindexed")

    assert "order-by item is excluded" in message


@refusals.case(SHARED, documented="Indexing policies")
async def sorting_by_two_paths_needs_a_composite_index(account: Account, orders: ContainerProxy) -> None:
    message = await _refusal(account, orders, "SELECT * FROM c ORDER BY c.name ASC, c.rank ASC")

    assert "composite index" in message


@refusals.case(container(), client="sync")
async def a_query_across_partitions_must_be_allowed(account: Account, orders: ContainerProxy) -> None:
    """A query across partitions is 400 unless the client allows it."""

    def act(one: Any) -> list[Any]:
        return list(one.query_items("SELECT * FROM c", enable_cross_partition_query=False))

    assert (await refused(account.in_thread(orders, act))).status_code == 400


@refusals.case(container())
async def several_aggregates_across_partitions_are_refused_by_the_client(_: Account, orders: ContainerProxy) -> None:
    several = orders.query_items("SELECT COUNT(1) AS n, MAX(c.x) AS m FROM c")

    assert (await refused(everything(several))).status_code == 400


@refusals.case(container())
async def groups_across_partitions_are_refused_as_the_client_can_not_merge_them(
    _: Account, orders: ContainerProxy
) -> None:
    groups = orders.query_items("SELECT c.kind, COUNT(1) AS n FROM c GROUP BY c.kind")

    assert (await refused(everything(groups))).status_code == 400
