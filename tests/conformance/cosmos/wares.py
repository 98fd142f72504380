"""A few items, for queries that need some to select from."""

from typing import Any

from azure.cosmos.aio import ContainerProxy

from tests.conformance.cosmos.account import Account

ITEMS: list[dict[str, Any]] = [
    {"id": "1", "name": "Nail", "rank": 3, "kind": "a", "tags": ["x", "y"], "o": {"k": 1}, "flag": True},
    {"id": "2", "name": "Bolt", "rank": 1, "kind": "b", "tags": ["y"], "o": {"k": 2}, "flag": False},
    {"id": "3", "name": "Nut", "rank": 2, "kind": "a", "tags": [], "o": None},
    {"id": "4", "name": "Screw", "rank": 2.5, "kind": "a", "lines": [{"sku": "p", "n": 2}, {"sku": "q", "n": 3}]},
]


async def asked(account: Account, orders: ContainerProxy, sql: str, **options: Any) -> list[Any]:
    """The results of a query over the items."""
    await account.fill(orders, *({**item, "pk": account.key} for item in ITEMS))
    return await account.query(orders, sql, **options)


async def asked_ids(account: Account, orders: ContainerProxy, where: str, **options: Any) -> list[str]:
    """The ids of the items for which a condition holds, sorted."""
    return sorted(await asked(account, orders, f"SELECT VALUE c.id FROM c WHERE {where}", **options))
