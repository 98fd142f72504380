"""Reading the scopes of a module: one pass over its tree that notes what each statement binds."""

from __future__ import annotations

import ast

from durable.lint.scopes import FunctionNode, Scope, ScopeNode


def scopes_of(tree: ast.Module) -> dict[ast.AST, Scope]:
    """Give the scope of the module and of each class, function and lambda in it, by node."""
    binder = _Binder(tree)
    binder.generic_visit(tree)
    return binder.scopes


class _Binder(ast.NodeVisitor):
    def __init__(self, tree: ast.Module) -> None:
        self._scope = Scope(tree)
        self.scopes: dict[ast.AST, Scope] = {tree: self._scope}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._define(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._define(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_defaults(node.args)
        self._enter(node, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope.bind(node.name)
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        self._enter(node, node.body)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            self._scope.imports[alias.asname or root] = alias.name if alias.asname else root

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            self._scope.imports[alias.asname or alias.name] = f"{module}.{alias.name}"

    def visit_Global(self, node: ast.Global) -> None:
        self._scope.outside.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self._scope.outside.update(node.names)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value)
        self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._scope.annotations[node.target.id] = node.annotation
        self._assign(node.target, node.value)
        if node.value is not None:
            self.visit(node.value)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._assign(node.target, node.value)
        self.visit(node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if not isinstance(node.target, ast.Name):
            self.visit(node.target)
        elif node.target.id not in self._scope.outside:
            self._scope.values.setdefault(node.target.id, [])  # `s |= t` leaves what `s` is as it was.
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._scope.bind(node.id)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._scope.bind(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self._scope.bind(node.name)
        self.generic_visit(node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._scope.bind(node.rest)
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._scope.bind(node.name)

    def _assign(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._scope.bind(target.id, value)
        else:
            self.visit(target)

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._scope.functions[node.name] = node
        self._visit_all(node.decorator_list)
        self._visit_defaults(node.args)
        self._enter(node, node.body)

    def _visit_defaults(self, arguments: ast.arguments) -> None:
        self._visit_all([*arguments.defaults, *(default for default in arguments.kw_defaults if default)])

    def _enter(self, node: ScopeNode, body: list[ast.stmt] | list[ast.expr]) -> None:
        outer, self._scope = self._scope, Scope(node, parent=self._scope)
        self.scopes[node] = self._scope
        if not isinstance(node, ast.Module | ast.ClassDef):
            self._bind_parameters(node)
        self._visit_all(body)
        self._scope = outer

    def _bind_parameters(self, node: FunctionNode) -> None:
        for parameter in parameters_of(node):
            self._scope.bind(parameter.arg)
            if parameter.annotation is not None:
                self._scope.annotations[parameter.arg] = parameter.annotation
        for rest in (node.args.vararg, node.args.kwarg):
            if rest is not None:
                self._scope.bind(rest.arg)

    def _visit_all(self, nodes: list[ast.stmt] | list[ast.expr] | list[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)


def parameters_of(node: FunctionNode) -> list[ast.arg]:
    """Give the parameters of a function that have a name of their own, in order."""
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
