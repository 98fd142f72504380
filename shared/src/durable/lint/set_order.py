"""DUR006: going through a set, whose order is not the same in the process that replays the saga.

1. Only an order that can be seen counts: `sorted`, `len`, `sum`, `any` and the like give the same for every order.
2. A call of `ctx` for each element is an order that can be seen, whatever is done with the outcomes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from durable.lint.codes import SET_ORDER
from durable.lint.findings import Finding, finding
from durable.lint.kinds import is_set
from durable.lint.scopes import Scope
from durable.lint.walking import Place

_INSTEAD = "write `sorted(...)`, or keep a list or a dict"
_ORDERED = frozenset(f"builtins.{name}" for name in ("enumerate", "filter", "iter", "list", "map", "tuple", "zip")) | {
    "builtins.dict.fromkeys",
    "itertools.chain",
    "collections.deque",
}
_UNORDERED = frozenset(
    f"builtins.{name}" for name in ("all", "any", "frozenset", "len", "max", "min", "set", "sorted", "sum")
)
_VERBS = frozenset({"as_completed", "first", "gather", "map"})


def set_order(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find sets whose order the saga gets to see."""
    for expression in _gone_through(node, place):
        if is_set(expression, place.scope):
            yield finding(SET_ORDER, expression, _INSTEAD)


def _gone_through(node: ast.AST, place: Place) -> Iterator[ast.expr]:
    match node:
        case ast.For(iter=iterable):
            yield iterable
        case ast.ListComp() | ast.DictComp() | ast.GeneratorExp() | ast.SetComp():
            if not _order_is_lost(node, place):
                yield from (generator.iter for generator in node.generators)
        case ast.Starred(value=value, ctx=ast.Load()) if not isinstance(place.around(node), ast.Set):
            yield value
        case ast.Assign(targets=[ast.Tuple() | ast.List()], value=value):
            yield value
        case ast.Call():
            yield from _arguments(node, place.scope)


def _arguments(call: ast.Call, scope: Scope) -> Iterator[ast.expr]:
    if scope.dotted(call.func) in _ORDERED or scope.verb(call) in _VERBS:
        yield from call.args
    match call.func:
        case ast.Attribute(value=ast.Constant(value=str()), attr="join"):
            yield from call.args
        case ast.Attribute(value=base, attr="pop") if not call.args:
            yield base


def _order_is_lost(node: ast.ListComp | ast.DictComp | ast.GeneratorExp | ast.SetComp, place: Place) -> bool:
    if any(isinstance(part, ast.Await) or place.scope.verb(part) for part in ast.walk(node)):
        return False
    around = place.around(node)
    consumed = isinstance(around, ast.Call) and place.scope.dotted(around.func) in _UNORDERED
    return consumed or isinstance(node, ast.SetComp)
