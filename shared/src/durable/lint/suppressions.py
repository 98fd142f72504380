"""Suppressions: `# durable: ignore[DUR003]` takes back the findings of these codes on its line.

1. A suppression names its codes; one that names none suppresses nothing.
2. A suppression that suppresses nothing is a finding, so that none outlives its reason.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from durable.lint.codes import UNUSED
from durable.lint.findings import Finding

_COMMENT = re.compile(r"#\s*durable:\s*ignore(?:\[(?P<codes>[^\]]*)\])?")
_REMOVE = "remove it"
_NAME_CODES = "name what it is for, `# durable: ignore[DUR001]`, or remove it"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One code that a comment suppresses on its line; an empty code: the comment names none."""

    code: str
    line: int
    column: int
    comment: str


def suppressions(source: str) -> list[Suppression]:
    """Read the suppressions of a module that parses."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [one for token in tokens if token.type == tokenize.COMMENT for one in _of_comment(token)]


def apply(given: Iterable[Suppression], findings: Iterable[Finding]) -> list[Finding]:
    """Leave out the findings that are suppressed, and add one for each suppression that was not needed."""
    wanted = {(one.line, one.code): one for one in given}
    found = list(findings)
    needed = {(one.line, one.code.id) for one in found} & wanted.keys()
    kept = [one for one in found if (one.line, one.code.id) not in needed]
    return kept + [_unused(one) for key, one in wanted.items() if key not in needed]


def _of_comment(token: tokenize.TokenInfo) -> Iterator[Suppression]:
    match = _COMMENT.search(token.string)
    if match is None:
        return
    line, column = token.start
    codes = [code.strip() for code in (match["codes"] or "").split(",")]
    for code in [code for code in codes if code] or [""]:
        yield Suppression(code, line, column + match.start() + 1, match[0])


def _unused(one: Suppression) -> Finding:
    found = one.comment if not one.code else f"# durable: ignore[{one.code}]"
    return Finding(UNUSED, one.line, one.column, found, _REMOVE if one.code else _NAME_CODES)
