"""Query plans: what a client must know to run a query over several physical ranges and merge the results."""

from emulators.cosmos.catalog import Container
from emulators.cosmos.jsonvalue import JsonObject, JsonValue
from emulators.cosmos.sql.ast import Node, Select
from emulators.cosmos.sql.parser import ORDER_FILTER
from emulators.cosmos.sql.pushdown import Pushdown
from emulators.cosmos.sql.query import Query
from emulators.cosmos.sql.render import rendered, rendered_order

_AGGREGATES = {"COUNT": "Count", "SUM": "Sum", "MIN": "Min", "MAX": "Max"}


def plan_of(query: Query, container: Container) -> JsonObject:
    """Return the plan; the rewritten query goes to each range, the rest tells how to merge."""
    select = query.select
    info: JsonObject = {
        "distinctType": "None",
        "top": query.limit if select.top is not None else None,
        "offset": query.offset if select.offset is not None else None,
        "limit": query.limit if select.limit is not None else None,
        "orderBy": ["Descending" if key.descending else "Ascending" for key in select.order],
        "orderByExpressions": [rendered(key.path, select.alias) for key in select.order],
        "groupByExpressions": [],
        "groupByAliases": [],
        "aggregates": [_AGGREGATES[aggregate.name] for aggregate in select.aggregates],
        "groupByAliasToAggregateType": {},
        "rewrittenQuery": _rewritten(query),
        "hasSelectValue": select.is_value,
        "hasNonStreamingOrderBy": False,
    }
    ranges: list[JsonValue] = [_ring(query, container)]
    return {"partitionedQueryExecutionInfoVersion": 2, "queryInfo": info, "queryRanges": ranges}


def _ring(query: Query, container: Container) -> JsonObject:
    for pushed in Pushdown(container, query.parameters).conjuncts(query.select.where):
        if pushed.sql == "d.pk = ?":
            point = container.partition_key.of_text(str(pushed.values[0])).epk
            return {"min": point, "max": point, "isMinInclusive": True, "isMaxInclusive": True}
    return {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}


def _rewritten(query: Query) -> str:
    select = query.select
    if select.aggregates and select.is_value:
        return f'SELECT VALUE [{{"item": {rendered(select.value, select.alias)}}}] FROM {select.alias}{_where(select)}'
    top = "" if query.limit is None else f"TOP {query.offset + query.limit} "
    if not select.order:
        value = f"VALUE {rendered(select.value, select.alias)}"
        return f"SELECT {top}{value} FROM {select.alias}{_where(select)}"
    payload = rendered(select.value, select.alias)
    items = ", ".join(f'{{"item": {rendered(key.path, select.alias)}}}' for key in select.order)
    order = rendered_order(select.order, select.alias)
    return (
        f"SELECT {top}{select.alias}._rid, [{items}] AS orderByItems, {payload} AS payload "
        f"FROM {select.alias}{_where(select, f'({ORDER_FILTER})')} ORDER BY {order}"
    )


def _where(select: Select, more: str = "") -> str:
    conditions: list[str] = [_text(select.where, select.alias)] if select.where is not None else []
    if more:
        conditions.append(more)
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _text(where: Node, alias: str) -> str:
    return f"({rendered(where, alias)})"
