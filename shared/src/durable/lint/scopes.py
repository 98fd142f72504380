"""What names mean: for each function and lambda of a module, what it binds, and to what.

1. A name means what the innermost scope that binds it says; a class body is seen by its own statements alone.
2. So an import counts only where nothing nearer has its name: a parameter `time` is not the module `time`.
3. All values that a name is ever given are kept; a value that nobody can know from the source is `None`.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
ScopeNode = ast.Module | ast.ClassDef | FunctionNode

_BUILTINS = frozenset(dir(builtins))


@dataclass(eq=False, slots=True)
class Scope:
    """The names of one module, class body, function or lambda.

    Attributes:
        values: for each name bound here, the values that it is given.
        annotations: for each annotated name, its annotation.
        imports: for each imported name, its dotted path.
        functions: for each function defined here, its node.
        contexts: names that hold the `SagaContext`; filled by whoever finds the saga code.
        outside: names declared `global` or `nonlocal`.
    """

    node: ScopeNode
    parent: Scope | None = None
    values: dict[str, list[ast.expr | None]] = field(default_factory=dict)
    annotations: dict[str, ast.expr] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    functions: dict[str, FunctionNode] = field(default_factory=dict)
    contexts: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)

    @property
    def is_module(self) -> bool:
        """Whether these are the names of the module itself."""
        return isinstance(self.node, ast.Module)

    def bind(self, name: str, value: ast.expr | None = None) -> None:
        """Note that a name is given a value here."""
        if name not in self.outside:
            self.values.setdefault(name, []).append(value)

    def owner(self, name: str) -> Scope | None:
        """Give the scope that says what a name means here; `None`: no statement of the module does."""
        scope: Scope | None = self
        while scope is not None:
            if scope.binds(name) and (scope is self or not isinstance(scope.node, ast.ClassDef)):
                return scope
            scope = scope.parent
        return None

    def dotted(self, expression: ast.AST) -> str | None:
        """Give the path of what an expression names, like `datetime.datetime.now` or `builtins.open`, if known."""
        match expression:
            case ast.Name(id=name):
                owner = self.owner(name)
                if owner is None:
                    return f"builtins.{name}" if name in _BUILTINS else None
                return owner.imports.get(name) if name not in owner.functions else None
            case ast.Attribute(value=base, attr=attribute):
                path = self.dotted(base)
                return path and f"{path}.{attribute}"
            case _:
                return None

    def function(self, expression: ast.AST) -> FunctionNode | None:
        """Give the function of the module that an expression names, if it does."""
        match expression:
            case ast.Name(id=name) if owner := self.owner(name):
                return owner.functions.get(name)
            case _:
                return None

    def is_context(self, expression: ast.AST) -> bool:
        """Tell whether an expression is the `SagaContext`."""
        match expression:
            case ast.Name(id=name) if owner := self.owner(name):
                return name in owner.contexts
            case _:
                return False

    def verb(self, expression: ast.AST) -> str | None:
        """Give the verb of a call like `ctx.call(...)`, if it is one."""
        match expression:
            case ast.Call(func=ast.Attribute(value=base, attr=verb)) if self.is_context(base):
                return verb
            case _:
                return None

    def binds(self, name: str) -> bool:
        """Tell whether a name is bound here."""
        return name in self.values or name in self.imports or name in self.functions
