"""DUR007: `hash()` and `id()`, which no two processes agree on."""

from __future__ import annotations

from durable.lint.banned_names import BannedNames
from durable.lint.codes import IDENTITY

identity = BannedNames(
    IDENTITY,
    {
        "builtins.hash": "compare the values, or write `hashlib.sha256(...)` over their text",
        "builtins.id": "number or name what you need to tell apart, or write `ctx.uuid()`",
    },
)
