"""DUR012, a hint: prints and loggers that speak again on every replay."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from durable.lint.banned_names import BannedNames
from durable.lint.codes import WRITTEN_AGAIN
from durable.lint.findings import Finding, finding
from durable.lint.walking import Place

_LOG = "write `ctx.log`"
_LOGGERS = frozenset({"logging.getLogger", "structlog.get_logger", "structlog.getLogger"})

printed = BannedNames(
    WRITTEN_AGAIN,
    dict.fromkeys(
        (
            "builtins.print",
            "logging.critical",
            "logging.debug",
            "logging.error",
            "logging.exception",
            "logging.info",
            "logging.log",
            "logging.warning",
            "loguru.logger",
            "pprint.pprint",
            "sys.stderr",
            "sys.stdout",
        ),
        _LOG,
    ),
)


def logged(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find the use of a logger that the module made for itself."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name))) if owner := place.scope.owner(name):
            values = owner.values.get(name, [])
            if values and all(isinstance(v, ast.Call) and owner.dotted(v.func) in _LOGGERS for v in values):
                yield finding(WRITTEN_AGAIN, node, _LOG)
