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

ALL_FEATURES = b"GroupBy"
"""What a client says that can merge everything which depends on it."""


def plan_of(query: Query, container: Container, features: bytes = b"") -> JsonObject:
    """Return the plan; the rewritten query goes to each range, the rest tells how to merge.

    `features` is what the client says that it can merge; what it can't is refused as the service refuses it. The SDK
    for Node can merge groups, that for Python can't.
    """
    select = query.select
    _check_mergeable(select, can_group=b"GroupBy" in features)
    info: JsonObject = {
        "distinctType": _distinct_type(select),
        "top": query.limit if select.top is not None else None,
        "offset": query.offset if select.offset is not None else None,
        "limit": query.limit if select.limit is not None else None,
        "orderBy": ["Descending" if key.descending else "Ascending" for key in select.order],
        "orderByExpressions": [rendered(key.path, select.alias) for key in select.order],
        "groupByExpressions": [rendered(group, select.alias) for group in select.groups],
        "groupByAliases": [name for name, _ in _columns(select)],
        "aggregates": [] if _columns(select) else [_AGGREGATES[aggregate.name] for aggregate in select.aggregates],
        "groupByAliasToAggregateType": {name: _type_of(node) for name, node in _columns(select)},
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


def _columns(select: Select) -> tuple[tuple[str, Node], ...]:
    """The columns of groups, by name; a single value has none."""
    return select.value.entries if select.groups and isinstance(select.value, ObjectOf) and not select.is_value else ()


def _type_of(node: Node) -> str | None:
    return _AGGREGATES[node.name] if isinstance(node, Aggregate) else None


def _check_mergeable(select: Select, *, can_group: bool) -> None:
    if select.groups and not can_group:
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
    if select.groups:
        return _grouped(select, source)
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


def _grouped(select: Select, source: str) -> str:
    groups = [rendered(group, select.alias) for group in select.groups]
    items = ", ".join(f'{{"item": {group}}}' for group in groups)
    if select.is_value:
        value = rendered(select.value, select.alias)
        payload = f"[{rendered(_mergeable(select.value), select.alias)}]" if select.aggregates else value
    else:
        columns = ((name, _mergeable(node) if isinstance(node, Aggregate) else node) for name, node in _columns(select))
        payload = rendered(ObjectOf(tuple(columns)), select.alias)
    keys = ", ".join(groups)
    return f"SELECT [{items}] AS groupByItems, {payload} AS payload{source}{_where(select)} GROUP BY {keys}"


def _top(query: Query) -> str:
    return "" if query.limit is None else f"TOP {query.offset + query.limit} "


def _mergeable(value: Node) -> Node:
    if isinstance(value, Aggregate) and value.name == "AVG":
        sums = (("sum", Aggregate("SUM", value.argument)), ("count", Aggregate("COUNT", value.argument)))
        return ObjectOf((("item", ObjectOf(sums)),))
    if isinstance(value, Aggregate) and value.name in {"MIN", "MAX"}:
        counted = ((value.name.lower(), value), ("count", Aggregate("COUNT", value.argument)))
        return ObjectOf((("item", value), ("item2", ObjectOf(counted))))
    return ObjectOf((("item", value),))


def _where(select: Select, more: str = "") -> str:
    conditions: list[str] = [_text(select.where, select.alias)] if select.where is not None else []
    if more:
        conditions.append(more)
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _text(where: Node, alias: str) -> str:
    return f"({rendered(where, alias)})"
