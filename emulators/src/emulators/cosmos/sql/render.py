"""Expressions back to text, for the queries that a plan tells clients to send to each range."""

from typing import TypeAlias

from emulators.cosmos.jsonvalue import encode
from emulators.cosmos.sql.ast import (
    Aggregate,
    And,
    ArrayOf,
    Between,
    Calculation,
    Call,
    Coalesced,
    Comparison,
    Conditional,
    In,
    Join,
    Like,
    Literal,
    Member,
    Node,
    Not,
    ObjectOf,
    Or,
    Parameter,
    Path,
    Select,
    SortKey,
    Subquery,
    Variable,
)


def rendered(node: Node, alias: str) -> str:
    """Return the text of an expression, with parentheses wherever they might matter."""
    match node:
        case Literal() | Parameter() | Path() | Variable():
            return _leaf(node, alias)
        case Member(source, key):
            return f"{rendered(source, alias)}[{rendered(key, alias)}]"
        case ArrayOf(items):
            return f"[{_list(items, alias)}]"
        case ObjectOf(entries):
            return "{" + ", ".join(f"{encode(name).decode()}: {rendered(v, alias)}" for name, v in entries) + "}"
        case Call(name, arguments):
            return f"{name}({_list(arguments, alias)})"
        case Aggregate(name, argument):
            return f"{name}({rendered(argument, alias)})"
        case Subquery(kind, select):
            return f"{kind if kind != 'VALUE' else ''}({_inner(select, alias)})"
        case _:
            return f"({_operation(node, alias)})"


def _leaf(node: Literal | Parameter | Path | Variable, alias: str) -> str:
    match node:
        case Literal(value):
            return encode(value).decode()
        case Parameter(name) | Variable(name):
            return name
        case Path(steps):
            return alias + "".join(f"[{encode(step).decode()}]" for step in steps)


def rendered_order(order: tuple[SortKey, ...], alias: str) -> str:
    """Return the text behind ORDER BY."""
    return ", ".join(f"{rendered(key.path, alias)} {'DESC' if key.descending else 'ASC'}" for key in order)


def rendered_joins(joins: tuple[Join, ...], alias: str) -> str:
    """Return the text between FROM and WHERE."""
    return " JOIN ".join([alias, *(_source(join, alias) for join in joins)])


def _source(join: Join, alias: str) -> str:
    source = rendered(join.source, alias)
    if isinstance(join.source, Subquery):
        return f"{source.removeprefix('ARRAY')} AS {join.name}"
    return f"{source} AS {join.name}" if join.as_whole else f"{join.name} IN {source}"


def _inner(select: Select, alias: str) -> str:
    parts = ["SELECT", "DISTINCT" if select.is_distinct else "", f"VALUE {rendered(select.value, alias)}"]
    if select.top is not None:
        parts.insert(2, f"TOP {rendered(select.top, alias)}")
    if select.joins:
        parts.append("FROM " + " JOIN ".join(_source(join, alias) for join in select.joins))
    if select.where is not None:
        parts.append(f"WHERE {rendered(select.where, alias)}")
    if select.groups:
        parts.append(f"GROUP BY {_list(select.groups, alias)}")
    if select.offset is not None and select.limit is not None:
        parts.append(f"OFFSET {rendered(select.offset, alias)} LIMIT {rendered(select.limit, alias)}")
    return " ".join(filter(None, parts))


_Logical: TypeAlias = Not | And | Or | Comparison | In | Between


def _operation(node: _Logical | Calculation | Like | Conditional | Coalesced, alias: str) -> str:
    match node:
        case Calculation(operator, left, right):
            return f"{rendered(left, alias)} {operator} {rendered(right, alias)}"
        case Like(value, pattern, escape):
            more = "" if escape == Literal("") else f" ESCAPE {rendered(escape, alias)}"
            return f"{rendered(value, alias)} LIKE {rendered(pattern, alias)}{more}"
        case Conditional(test, yes, no):
            return f"{rendered(test, alias)} ? {rendered(yes, alias)} : {rendered(no, alias)}"
        case Coalesced(first, second):
            return f"{rendered(first, alias)} ?? {rendered(second, alias)}"
        case _:
            return _condition(node, alias)


def _condition(node: _Logical, alias: str) -> str:
    match node:
        case Not(operand):
            return f"NOT {rendered(operand, alias)}"
        case And(operands):
            return " AND ".join(rendered(operand, alias) for operand in operands)
        case Or(operands):
            return " OR ".join(rendered(operand, alias) for operand in operands)
        case Comparison(operator, left, right):
            return f"{rendered(left, alias)} {operator} {rendered(right, alias)}"
        case In(value, options):
            return f"{rendered(value, alias)} IN ({_list(options, alias)})"
        case Between(value, low, high):
            return f"{rendered(value, alias)} BETWEEN {rendered(low, alias)} AND {rendered(high, alias)}"


def _list(nodes: tuple[Node, ...], alias: str) -> str:
    return ", ".join(rendered(node, alias) for node in nodes)
