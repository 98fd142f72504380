"""DUR008: handles that nobody can await any more, and coroutines that never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from durable.lint.codes import NOT_AWAITED
from durable.lint.findings import Finding, finding
from durable.lint.scopes import Scope
from durable.lint.walking import Place

_AWAITED = frozenset(
    {
        "approval",
        "as_completed",
        "call",
        "call_saga",
        "first",
        "gather",
        "map",
        "poll",
        "sleep",
        "until",
        "wait_for_event",
    }
)
_ENTERED = frozenset({"compensation_group", "lock", "semaphore", "shield", "timeout"})
_OF_HANDLES = frozenset({"as_completed", "first", "gather"})

_AWAIT = "write `await`, or keep the handle and await it later"
_ENTER = "write `async with`"
_SPAWN = "write `ctx.spawn(...)` around it"
_RUN = "write `await`, or `ctx.spawn(...)` around it"


def dropped(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find statements that make a handle, a context manager or a coroutine and drop it."""
    if not isinstance(node, ast.Expr):
        return
    verb = place.scope.verb(node.value)
    if verb in _AWAITED:
        yield finding(NOT_AWAITED, node.value, _AWAIT)
    elif verb in _ENTERED:
        yield finding(NOT_AWAITED, node.value, _ENTER)
    elif _is_coroutine(node.value, place.scope):
        yield finding(NOT_AWAITED, node.value, _RUN)


def unread(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find handles that are given a name which nothing reads; a name that begins with `_` says that this is meant."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if not name.startswith("_"):
            if place.scope.verb(value) in _AWAITED and not _is_read(name, place.scope):
                yield finding(NOT_AWAITED, value, _AWAIT)


def unspawned(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find coroutines where handles are expected."""
    if isinstance(node, ast.Call) and place.scope.verb(node) in _OF_HANDLES:
        for argument in node.args:
            for expression in _handles(argument):
                if _is_coroutine(expression, place.scope):
                    yield finding(NOT_AWAITED, expression, _SPAWN)


def _is_read(name: str, scope: Scope) -> bool:
    owner = scope.owner(name) or scope
    return any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)
        for part in ast.walk(owner.node)
    )


def _handles(argument: ast.expr) -> Iterator[ast.expr]:
    match argument:
        case ast.Starred(value=ast.GeneratorExp(elt=element) | ast.ListComp(elt=element)):
            yield element
        case ast.Starred(value=ast.List(elts=elements) | ast.Tuple(elts=elements)):
            yield from elements
        case _:
            yield argument


def _is_coroutine(expression: ast.expr, scope: Scope) -> bool:
    if not isinstance(expression, ast.Call):
        return False
    function = scope.function(expression.func)
    return isinstance(function, ast.AsyncFunctionDef) and not function.decorator_list
