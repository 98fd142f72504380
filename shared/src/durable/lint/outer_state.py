"""DUR010: writing to what outlives the instance: the variables of the module and what they hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from durable.lint.codes import OUTER_STATE
from durable.lint.findings import Finding, finding
from durable.lint.scopes import Scope
from durable.lint.walking import Place

_INSTEAD = "keep it in a variable of the saga"
_CONTAINERS = frozenset(
    {
        "builtins.dict",
        "builtins.list",
        "builtins.set",
        "collections.Counter",
        "collections.OrderedDict",
        "collections.defaultdict",
        "collections.deque",
    }
)
_MUTATORS = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "extendleft",
        "insert",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "reverse",
        "setdefault",
        "sort",
        "update",
    }
)


def outer_state(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find writes to the variables of the module."""
    match node:
        case ast.Global():
            yield finding(OUTER_STATE, node, _INSTEAD)
        case ast.Subscript(value=target, ctx=ast.Store() | ast.Del()):
            if _is_of_the_module(target, place.scope):
                yield finding(OUTER_STATE, node, _INSTEAD)
        case ast.Attribute(value=target, ctx=ast.Store() | ast.Del()):
            if _is_of_the_module(target, place.scope):
                yield finding(OUTER_STATE, node, _INSTEAD)
        case ast.Call(func=ast.Attribute(value=target, attr=method)) if method in _MUTATORS:
            if _is_container_of_the_module(target, place.scope):
                yield finding(OUTER_STATE, node, _INSTEAD)


def _is_of_the_module(target: ast.expr, scope: Scope) -> bool:
    match target:
        case ast.Name(id=name):
            owner = scope.owner(name)
            return owner is not None and owner.is_module
        case ast.Attribute(value=base) | ast.Subscript(value=base):
            return _is_of_the_module(base, scope)
        case _:
            return False


def _is_container_of_the_module(target: ast.expr, scope: Scope) -> bool:
    if not isinstance(target, ast.Name) or not _is_of_the_module(target, scope):
        return False
    owner = scope.owner(target.id)
    return owner is not None and any(_is_container(value, owner) for value in owner.values.get(target.id, []))


def _is_container(value: ast.expr | None, scope: Scope) -> bool:
    match value:
        case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp() | ast.SetComp():
            return True
        case ast.Call(func=function):
            return scope.dotted(function) in _CONTAINERS
        case _:
            return False
