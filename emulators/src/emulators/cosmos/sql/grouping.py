"""Aggregates and groups in the SELECT clause: what may stand there, and what is computed for each group."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace

from emulators.cosmos.sql.ast import Aggregate, Node, Path, Select, Subquery, Variable
from emulators.cosmos.sql.lexer import query_error


def check_columns(value: Node, groups: tuple[Node, ...]) -> None:
    """Refuse a property that is neither grouped by nor within an aggregate: it has no one value."""

    def checked(node: Node) -> Node | None:
        if isinstance(node, Aggregate | Subquery) or node in groups:
            return node
        if isinstance(node, Path) or (isinstance(node, Variable) and node.name.isidentifier()):
            shown = ".".join(map(str, node.steps)) if isinstance(node, Path) else node.name
            raise query_error(
                "SC2102",
                f"Property reference '{shown}' is invalid in the select list because it is not contained in either an "
                "aggregate function or the GROUP BY clause.",
            )
        return None

    _replaced(value, checked)


def per_group(select: Select) -> Node:
    """Return what each group becomes: aggregate number n is the variable `result_name(n)`."""

    def variable(node: Node) -> Node | None:
        if isinstance(node, Subquery):
            return node
        return Variable(result_name(select.aggregates.index(node))) if isinstance(node, Aggregate) else None

    return _replaced(select.value, variable)


def result_name(number: int) -> str:
    """Return the variable that holds the result of an aggregate."""
    return f"#{number}"


def _replaced(node: Node, swap: Callable[[Node], Node | None]) -> Node:
    found = swap(node)
    if found is not None:
        return found
    changes = {entry.name: _inside(getattr(node, entry.name), swap) for entry in fields(node)}
    return replace(node, **changes)  # type: ignore[arg-type]  # any node


def _inside(value: object, swap: Callable[[Node], Node | None]) -> object:
    if isinstance(value, tuple):
        return tuple(_inside(part, swap) for part in value)
    return _replaced(value, swap) if is_dataclass(value) else value  # type: ignore[arg-type]  # any node
