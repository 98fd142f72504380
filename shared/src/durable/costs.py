"""What a run has cost, as the management API and the client show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TOTALS = ("ru", "messages", "bytes", "record_bytes", "worker_seconds")


@dataclass(frozen=True, slots=True)
class StepCost:
    """What the calls of one activity or child saga have cost.

    Attributes:
        name: of the activity or saga; `~other` for all beyond the first fifty names.
        attempts: commands or starts sent.
        worker_seconds: from begin to end of each attempt that answered, also of those that failed.
        messages: sent for these calls and received from them.
        bytes: of the bodies of those messages.
    """

    name: str
    attempts: int
    worker_seconds: float
    messages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run has cost so far, over all of its executions; that of its children is their own.

    Attributes:
        ru: request units of the store; the charge of the last turn is estimated.
        messages: sent for the instance and received by it.
        bytes: of the bodies of those messages, and of the records written.
        record_bytes: of the records alone.
        worker_seconds: of all attempts that answered.
        steps: what of it belongs to calls, by name.
    """

    ru: float
    messages: int
    bytes: int
    record_bytes: int
    worker_seconds: float
    steps: tuple[StepCost, ...]


def read_cost(record: Mapping[str, Any] | None) -> Cost | None:
    """Read what the management API shows; unknown fields are ignored."""
    if record is None:
        return None
    steps = tuple(
        StepCost(one["name"], one["attempts"], one["worker_seconds"], one["messages"], one["bytes"])
        for one in record["steps"]
    )
    totals = {name: record[name] for name in _TOTALS}
    return Cost(**totals, steps=steps)
