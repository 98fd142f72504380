"""What the document of an owner says because of the owner before: whether it was given back, and what killed it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from durable.ports import Record


def inherited(before: Mapping[str, Any] | None) -> Record:
    """Give what the document of the next owner says because of the one before; nothing if there was none."""
    if before is None:
        return {}
    suspects = dict(before.get("suspects", {}))
    if before.get("given_back"):
        suspects = {id_: named - 1 for id_, named in suspects.items() if named > 1}
        return {"suspects": suspects} if suspects else {}
    for instance_id in before.get("running", ()):
        suspects[instance_id] = suspects.get(instance_id, 0) + 1
    return {"careful": True, "suspects": suspects}
