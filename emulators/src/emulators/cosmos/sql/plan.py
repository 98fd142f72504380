"""Query plans: what a client must know to run a query over several physical ranges and merge the results."""

from emulators.cosmos.catalog import Container
from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue
from emulators.cosmos.sql.ast import Aggregate, Node, ObjectOf, Select
from emulators.cosmos.sql.parser import ORDER_FILTER
from emulators.cosmos.sql.pushdown import Pushdown
from emulators.cosmos.sql.query import Query
from emulators.cosmos.sql.render import rendered, rendered_joins, rendered_order

_AGGREGATES = {"AVG": "Average", "COUNT": "Count", "COUNTIF": "CountIf", "SUM": "Sum", "MIN": "Min", "MAX": "Max"}


def plan_of(query: Query, container: Container) -> JsonObject:
    """Return the plan; the rewritten query goes to each range, the rest tells how to merge.

    What the SDK for Python can't merge is refused as the service refuses it.
    """
    select = query.select
    _check_mergeable(select)
    info: JsonObject = {
        "distinctType": _distinct_type(select),
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
    if not query.select.has_source:
        return {"min": "", "max": "", "isMinInclusive": True, "isMaxInclusive": True}
    for pushed in Pushdown(container, query.parameters).conjuncts(query.select.where):
        if pushed.sql == "d.pk = ?":
            point = container.partition_key.of_text(str(pushed.values[0])).epk
            return {"min": point, "max": point, "isMinInclusive": True, "isMaxInclusive": True}
    return {"min": "", "max": "FF", "isMinInclusive": True, "isMaxInclusive": False}


def _check_mergeable(select: Select) -> None:
    if select.groups:
        raise CosmosError(
            400,
            "Query contains 1 or more unsupported features. Upgrade your SDK to a version that does support the "
            "requested features: Query contained GroupBy, which the calling client does not support.",
        )
    if select.aggregates and select.is_value and not isinstance(select.value, Aggregate):
        raise CosmosError(400, "Compositions of aggregates and other expressions are unsupported across partitions.")


def _distinct_type(select: Select) -> str:
    if not select.is_distinct:
        return "None"
    value = select.value
    columns = tuple(node for _, node in value.entries) if isinstance(value, ObjectOf) else (value,)
    return "Ordered" if select.order and columns == tuple(key.path for key in select.order) else "Unordered"


def _rewritten(query: Query) -> str:
    select = query.select
    source = f" FROM {rendered_joins(select.joins, select.alias)}" if select.has_source else ""
    if select.aggregates and select.is_value:
        return f"SELECT VALUE [{rendered(_mergeable(select.value), select.alias)}]{source}{_where(select)}"
    value = rendered(select.value, select.alias)
    if not select.order:
        distinct = "DISTINCT " if select.is_distinct else ""
        return f"SELECT {distinct}{_top(query)}VALUE {value}{source}{_where(select)}"
    items = ", ".join(f'{{"item": {rendered(key.path, select.alias)}}}' for key in select.order)
    order = rendered_order(select.order, select.alias)
    # Clients tell rows apart only after they have merged them, so no range may stop before its last.
    top = "" if select.is_distinct else _top(query)
    return (
        f"SELECT {top}{select.alias}._rid, [{items}] AS orderByItems, {value} AS payload"
        f"{source}{_where(select, f'({ORDER_FILTER})')} ORDER BY {order}"
    )


def _top(query: Query) -> str:
    return "" if query.limit is None else f"TOP {query.offset + query.limit} "


def _mergeable(value: Node) -> Node:
    if isinstance(value, Aggregate) and value.name == "AVG":
        sums = (("sum", Aggregate("SUM", value.argument)), ("count", Aggregate("COUNT", value.argument)))
        return ObjectOf((("item", ObjectOf(sums)),))
    return ObjectOf((("item", value),))


def _where(select: Select, more: str = "") -> str:
    conditions: list[str] = [_text(select.where, select.alias)] if select.where is not None else []
    if more:
        conditions.append(more)
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _text(where: Node, alias: str) -> str:
    return f"({rendered(where, alias)})"
