"""Where the outputs of a saga go: `<saga>/<instance>/<file>` in the object store."""

from __future__ import annotations

import re

STEM_CHARACTERS_MAX = 80
_ILLEGAL = re.compile(r"[^\w.-]+")


def output_name(saga: str, instance_id: str, file: str) -> str:
    """Name an output of an instance."""
    return f"{saga}/{instance_id}/{file}"


def stem_of(name: str) -> str:
    """Give the last part of a name without its extension, fit to be part of an object name."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    return _ILLEGAL.sub("-", stem).strip(".-")[:STEM_CHARACTERS_MAX] or "unnamed"
