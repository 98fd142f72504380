"""Finding the use of what a saga may not touch, by its dotted name: the mechanism, without any names.

1. The longest entry that a name begins with decides: `os.path.join` is `os.path`, not `os`.
2. What only begins with an entry is found where it is called; what is an entry itself, wherever it is named.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from durable.lint.codes import Code
from durable.lint.findings import Finding, finding
from durable.lint.walking import Place


@dataclass(frozen=True, slots=True)
class BannedNames:
    """A rule: names that are no good in a saga, each with what to write instead; `None`: that one is fine."""

    code: Code
    names: Mapping[str, str | None]

    def __call__(self, node: ast.AST, place: Place) -> Iterator[Finding]:
        """Find the use of a banned name."""
        if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return
        around = place.around(node)
        if isinstance(around, ast.Attribute):
            return  # Only the whole of a dotted name is looked at.
        path = place.scope.dotted(node)
        call = around if isinstance(around, ast.Call) and around.func is node else None
        if path is None or (call is None and path not in self.names):
            return
        if instead := self._instead(path):
            yield finding(self.code, call or node, instead)

    def _instead(self, path: str) -> str | None:
        entry = path
        while entry not in self.names:
            entry, dot, _ = entry.rpartition(".")
            if not dot:
                return None
        return self.names[entry]
