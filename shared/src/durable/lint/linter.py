"""Linting one module: its saga code, each node under each rule, less what is suppressed."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from durable.lint.binding import scopes_of
from durable.lint.findings import Finding
from durable.lint.rules import RULES
from durable.lint.saga_code import saga_code
from durable.lint.suppressions import apply, suppressions
from durable.lint.walking import Place, parents_of, walk


@dataclass(frozen=True, slots=True)
class Linted:
    """What came of a module.

    Attributes:
        functions: how many of its functions are saga code, those nested in others not counted.
        findings: in the order of their lines.
    """

    functions: int
    findings: list[Finding]


def lint_source(source: str) -> Linted:
    """Lint the source of a module.

    Raises:
        SyntaxError: it is no Python, with the place.
        ValueError: it holds null bytes.
    """
    tree = ast.parse(source)
    scopes = scopes_of(tree)
    functions = saga_code(tree, scopes)
    parents = parents_of(tree)
    findings = [
        found
        for function in functions
        for node, scope in walk(function, scopes)
        for rule in RULES
        for found in rule(node, Place(scope, parents))
    ]
    kept = apply(suppressions(source), findings)
    return Linted(len(functions), sorted(kept, key=lambda one: (one.line, one.column, one.code.id)))
