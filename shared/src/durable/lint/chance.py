"""DUR002: random numbers, UUIDs and secrets that are not those of the instance."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from durable.lint.banned_names import BannedNames
from durable.lint.codes import CHANCE
from durable.lint.findings import Finding, finding
from durable.lint.walking import Place

_RANDOM = "write `ctx.random`"
_UUID = "write `ctx.uuid()`"
_SEEDED = ("random.Random", "numpy.random.RandomState", "numpy.random.default_rng")
_SECRET = "draw it in an activity, called with `ctx.call`"

drawn = BannedNames(
    CHANCE,
    {
        "random": _RANDOM,
        "numpy.random": _RANDOM,
        **dict.fromkeys(_SEEDED),
        "os.urandom": _SECRET,
        "secrets": _SECRET,
        "uuid.getnode": _UUID,
        "uuid.uuid1": _UUID,
        "uuid.uuid4": _UUID,
        "uuid.uuid6": _UUID,
        "uuid.uuid7": _UUID,
        "uuid.uuid8": None,
    },
)


def unseeded(node: ast.AST, place: Place) -> Iterator[Finding]:
    """Find a generator of random numbers that is made without a seed."""
    if isinstance(node, ast.Call) and not node.args and place.scope.dotted(node.func) in _SEEDED:
        yield finding(CHANCE, node, _RANDOM)
