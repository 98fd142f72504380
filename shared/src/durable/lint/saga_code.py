"""Telling which functions of a module are saga code, that is run again on replay.

1. A function is saga code if it is declared by `@saga(...)` or takes a `SagaContext`.
2. What saga code names among the functions of its module is saga code too: it is called there, or handed to `ctx`.
3. A function that is called with the context holds it under the name of that parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from durable.lint.binding import parameters_of
from durable.lint.scopes import FunctionNode, Scope
from durable.lint.walking import walk

SAGA = frozenset({"durable.saga", "durable.saga.saga"})
CONTEXT = frozenset({"durable.SagaContext", "durable.context.SagaContext"})


def saga_code(tree: ast.Module, scopes: Mapping[ast.AST, Scope]) -> list[FunctionNode]:
    """Give the outermost functions that are saga code, in order; their scopes learn their contexts."""
    found: set[FunctionNode] = set()
    todo = list(_declared(tree, scopes))
    while todo:
        function = todo.pop()
        if function not in found:
            found.add(function)
            todo.extend(_named(function, scopes))
        todo.extend(_handed_the_context(function, scopes))
    inner = {node for function in found for node, _ in walk(function, scopes)}
    return sorted(found - inner, key=lambda function: (function.lineno, function.col_offset))


def _declared(tree: ast.Module, scopes: Mapping[ast.AST, Scope]) -> Iterator[FunctionNode]:
    for node, scope in scopes.items():
        if isinstance(node, FunctionNode) and _takes_context(node, scope):
            yield node
    for node, scope in walk(tree, scopes):
        if isinstance(node, ast.Call) and node.args and _makes_saga(node.func, scope):
            function = scope.function(node.args[0])
            if function is not None:
                _hold_context(function, 0, scopes)
                yield function


def _takes_context(node: FunctionNode, scope: Scope) -> bool:
    outside = scope.parent or scope
    is_saga = any(_makes_saga(decorator, outside) for decorator in getattr(node, "decorator_list", []))
    parameters = parameters_of(node)
    if is_saga and parameters:
        scope.contexts.add(parameters[0].arg)
    scope.contexts.update(parameter.arg for parameter in parameters if _is_context(parameter.annotation, outside))
    return is_saga or bool(scope.contexts)


def _makes_saga(expression: ast.expr, scope: Scope) -> bool:
    return isinstance(expression, ast.Call) and scope.dotted(expression.func) in SAGA


def _is_context(annotation: ast.expr | None, scope: Scope) -> bool:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = _parsed(annotation.value)
    return annotation is not None and any(scope.dotted(node) in CONTEXT for node in ast.walk(annotation))


def _parsed(annotation: str) -> ast.expr | None:
    try:
        return ast.parse(annotation, mode="eval").body
    except SyntaxError:
        return None


def _named(function: FunctionNode, scopes: Mapping[ast.AST, Scope]) -> Iterator[FunctionNode]:
    for node, scope in walk(function, scopes):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and (named := scope.function(node)):
            yield named


def _handed_the_context(function: FunctionNode, scopes: Mapping[ast.AST, Scope]) -> Iterator[FunctionNode]:
    """Give the functions that learn here, for the first time, which of their parameters is the context."""
    for node, scope in walk(function, scopes):
        called = scope.function(node.func) if isinstance(node, ast.Call) else None
        if called is None or not isinstance(node, ast.Call):
            continue
        places: list[int | str] = [place for place, value in enumerate(node.args) if scope.is_context(value)]
        places += [keyword.arg for keyword in node.keywords if keyword.arg and scope.is_context(keyword.value)]
        news = [_hold_context(called, place, scopes) for place in places]
        if any(news):
            yield called


def _hold_context(function: FunctionNode, place: int | str, scopes: Mapping[ast.AST, Scope]) -> bool:
    """Note that a function gets the context at a position or under a name; tell whether that was news."""
    names = [parameter.arg for parameter in parameters_of(function)]
    name = place if isinstance(place, str) else names[place] if place < len(names) else None
    if name is None or name not in names or name in scopes[function].contexts:
        return False
    scopes[function].contexts.add(name)
    return True
