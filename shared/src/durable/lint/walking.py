"""Going through the code of a function, each node with the scope in which its names have their meaning.

1. Annotations are left out: they name types and run nothing.
2. A nested function or lambda belongs to the function around it, since it can only run within its instance.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from durable.lint.scopes import FunctionNode, Scope

_ANNOTATIONS = frozenset({"annotation", "returns"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: what its names mean there, and what is around it."""

    scope: Scope
    parents: Mapping[ast.AST, ast.AST]

    def around(self, node: ast.AST) -> ast.AST | None:
        """Give the node of which this one is a part."""
        return self.parents.get(node)


def parents_of(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    """Give for each node the one that it is a part of."""
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def walk(root: ast.Module | FunctionNode, scopes: Mapping[ast.AST, Scope]) -> Iterator[tuple[ast.AST, Scope]]:
    """Give each node that runs when a module or function runs, with what is nested in it."""
    body = [root.body] if isinstance(root, ast.Lambda) else root.body
    for node in body:
        yield from _within(node, scopes[root], scopes)


def _within(node: ast.AST, scope: Scope, scopes: Mapping[ast.AST, Scope]) -> Iterator[tuple[ast.AST, Scope]]:
    yield node, scope
    inner = scopes.get(node, scope)
    for name, child in _parts(node):
        yield from _within(child, inner if name == "body" else scope, scopes)


def _parts(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        if name in _ANNOTATIONS:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield name, child


def own_nodes(nodes: list[ast.stmt]) -> Iterator[ast.AST]:
    """Give each node of some statements but for what stands inside functions and lambdas among them."""
    for node in nodes:
        yield from _own(node)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, FunctionNode | ast.ClassDef):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)
