"""What kind of value an expression has, as far as its source tells: a set, or a path.

1. A name is of a kind if its annotation says so, or without one, if every value that it is given is of that kind.
2. In doubt the answer is no: a finding that is wrong costs more than one that is missing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from durable.lint.scopes import Scope

_SET_TYPES = frozenset(
    {
        "builtins.set",
        "builtins.frozenset",
        "typing.Set",
        "typing.FrozenSet",
        "typing.AbstractSet",
        "typing.MutableSet",
        "collections.abc.Set",
        "collections.abc.MutableSet",
    }
)
_PATH_TYPES = frozenset({"pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath"})
_SET_OPERATORS = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.Sub)
_SETS_FROM_SETS = frozenset({"copy", "difference", "intersection", "symmetric_difference", "union"})
_VIEWS = frozenset({"keys", "items"})
_PATHS_FROM_PATHS = frozenset(
    {"absolute", "expanduser", "joinpath", "resolve", "with_name", "with_stem", "with_suffix"}
)

Names = frozenset[tuple[Scope, str]]
Judge = Callable[[ast.expr, Scope, Names], bool]


def is_set(expression: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression certainly gives a set."""
    return _is_set(expression, scope, frozenset())


def is_path(expression: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression certainly gives a path of the file system."""
    return _is_path(expression, scope, frozenset())


def _is_set(expression: ast.expr, scope: Scope, seen: Names) -> bool:
    match expression:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Attribute(value=base, attr=method)) if method in _SETS_FROM_SETS:
            return _is_set(base, scope, seen)
        case ast.Call(func=function):
            return scope.dotted(function) in _SET_TYPES
        case ast.BinOp(left=left, op=operator) if isinstance(operator, _SET_OPERATORS):
            return _is_view(left) or _is_set(left, scope, seen)
        case ast.IfExp(body=one, orelse=other):
            return _is_set(one, scope, seen) and _is_set(other, scope, seen)
        case ast.Name(id=name):
            return _name_is(name, scope, seen, _is_set, _SET_TYPES)
        case _:
            return False


def _is_view(expression: ast.expr) -> bool:
    match expression:
        case ast.Call(func=ast.Attribute(attr=method), args=[]):
            return method in _VIEWS
        case _:
            return False


def _is_path(expression: ast.expr, scope: Scope, seen: Names) -> bool:
    match expression:
        case ast.Call(func=ast.Attribute(value=base, attr=method)) if method in _PATHS_FROM_PATHS:
            return _is_path(base, scope, seen)
        case ast.Call(func=function):
            return scope.dotted(function) in _PATH_TYPES
        case ast.BinOp(left=left, op=ast.Div()):
            return _is_path(left, scope, seen)
        case ast.Attribute(value=base, attr="parent"):
            return _is_path(base, scope, seen)
        case ast.Name(id=name):
            return _name_is(name, scope, seen, _is_path, _PATH_TYPES)
        case _:
            return False


def _name_is(name: str, scope: Scope, seen: Names, judge: Judge, types: frozenset[str]) -> bool:
    owner = scope.owner(name)
    if owner is None:
        return False
    if name in owner.annotations:
        return _says(owner.annotations[name], owner, types)
    if (owner, name) in seen:
        return True  # `s = s | t` leaves it to the other values of `s`.
    values = owner.values.get(name, [])
    return bool(values) and all(value and judge(value, owner, seen | {(owner, name)}) for value in values)


def _says(annotation: ast.expr, scope: Scope, types: frozenset[str]) -> bool:
    match annotation:
        case ast.Constant(value=str(text)):
            return any(text.partition("[")[0] == name.rpartition(".")[2] for name in types)
        case ast.Subscript(value=generic):
            return scope.dotted(generic) in types
        case ast.BinOp(left=left, right=right):
            return _says(left, scope, types) or _says(right, scope, types)
        case _:
            return scope.dotted(annotation) in types
