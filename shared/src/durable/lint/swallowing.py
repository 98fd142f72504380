"""DUR009: catching what is not the saga's to catch.

An instance that leaves memory closes its coroutine by `GeneratorExit`. Code that stops that runs on without a history.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from durable.lint.codes import SWALLOWED
from durable.lint.findings import Finding, finding
from durable.lint.scopes import Scope
from durable.lint.walking import Place, own_nodes

_NARROWER = "catch `SagaError` or `Exception`, or end the block with `raise`"
_TOO_MUCH = frozenset({"builtins.BaseException", "builtins.GeneratorExit"})


def swallowed(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find handlers that catch everything and don't raise, and blocks that return from `finally`."""
    match node:
        case ast.ExceptHandler(type=caught, body=body) if _is_too_much(caught, place.scope):
            if not any(isinstance(part, ast.Raise) for part in own_nodes(body)):
                yield finding(SWALLOWED, node, _NARROWER, f"except {ast.unparse(caught)}" if caught else "except")
        case ast.Call(func=function, args=arguments) if place.scope.dotted(function) == "contextlib.suppress":
            if any(_is_too_much(caught, place.scope) for caught in arguments):
                yield finding(SWALLOWED, node, _NARROWER)
        case ast.Try(finalbody=body):
            for part in own_nodes(body):
                if isinstance(part, ast.Return):
                    yield finding(SWALLOWED, part, "return after the block", "return in finally")


def _is_too_much(caught: ast.expr | None, scope: Scope) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_is_too_much(one, scope) for one in caught.elts)
    return caught is None or scope.dotted(caught) in _TOO_MUCH
