"""Expressions back to text, for the queries that a plan tells clients to send to each range."""

from emulators.cosmos.jsonvalue import encode
from emulators.cosmos.sql.ast import (
    Aggregate,
    And,
    ArrayOf,
    Between,
    Call,
    Comparison,
    In,
    Literal,
    Node,
    Not,
    ObjectOf,
    Or,
    Parameter,
    Path,
    SortKey,
)


def rendered(node: Node, alias: str) -> str:
    """Return the text of an expression, with parentheses wherever they might matter."""
    match node:
        case Literal(value):
            return encode(value).decode()
        case Parameter(name):
            return name
        case Path(steps):
            return alias + "".join(f"[{encode(step).decode()}]" for step in steps)
        case ArrayOf(items):
            return f"[{_list(items, alias)}]"
        case ObjectOf(entries):
            return "{" + ", ".join(f"{encode(name).decode()}: {rendered(v, alias)}" for name, v in entries) + "}"
        case Call(name, arguments):
            return f"{name}({_list(arguments, alias)})"
        case Aggregate(name, argument):
            return f"{name}({rendered(argument, alias)})"
        case _:
            return f"({_condition(node, alias)})"


def rendered_order(order: tuple[SortKey, ...], alias: str) -> str:
    """Return the text behind ORDER BY."""
    return ", ".join(f"{rendered(key.path, alias)} {'DESC' if key.descending else 'ASC'}" for key in order)


def _condition(node: Not | And | Or | Comparison | In | Between, alias: str) -> str:
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
