"""DUR011: loops that wait for what can't change while they run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from durable.lint.codes import ENDLESS
from durable.lint.findings import Finding, finding, source_of
from durable.lint.scopes import Scope
from durable.lint.walking import Place, own_nodes

_INSTEAD = "await something in it, `ctx.sleep(...)` or `ctx.wait_for_event(...)`"
_GOES_ON = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
_LEAVES = (ast.Break, ast.Return, ast.Raise)


def endless(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find `while True` without a way out, and loops until a time, that never await."""
    if not isinstance(node, ast.While):
        return
    inside = list(own_nodes([ast.Expr(node.test), *node.body]))
    if any(isinstance(part, _GOES_ON) for part in inside):
        return
    forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
    leaves = any(isinstance(part, _LEAVES) for part in inside)
    if (forever and not leaves) or (not leaves and _reads_time(node.test, place.scope)):
        yield finding(ENDLESS, node, _INSTEAD, f"while {source_of(node.test)}")


def _reads_time(test: ast.expr, scope: Scope) -> bool:
    return any(
        isinstance(part, ast.Attribute) and part.attr == "now" and scope.is_context(part.value)
        for part in ast.walk(test)
    )
