"""What the linter says: where, what was found, why it matters, what to write instead."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from durable.lint.codes import Code

FOUND_CHARACTERS_MAX = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One place in saga code that a replay, or an instance that ends, would regret.

    Attributes:
        line: from 1.
        column: from 1, in characters.
        found: the code in question, in one line.
        instead: what to write in its place.
    """

    code: Code
    line: int
    column: int
    found: str
    instead: str

    def __str__(self) -> str:
        hint = " (hint)" if self.code.is_hint else ""
        return f"{self.line}:{self.column}: {self.code.id}{hint} {self.found}: {self.code.why}; {self.instead}"


def finding(code: Code, node: ast.expr | ast.stmt | ast.excepthandler, instead: str, found: str = "") -> Finding:
    """Make the finding of a node; what was found is its source unless given."""
    return Finding(code, node.lineno, node.col_offset + 1, found or source_of(node), instead)


def source_of(node: ast.AST) -> str:
    """Give the source of a node as one line that is not too long."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= FOUND_CHARACTERS_MAX else f"{text[: FOUND_CHARACTERS_MAX - 1]}…"
