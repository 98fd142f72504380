"""What an instance spends: sums by step, as they stand in turn records and in heads.

1. A turn record says what was spent on it: `[ru, records, {step: [attempts, worker_seconds, messages, bytes]}]`, where
   `records` are bytes written; messages of no step stand under the empty name. A head holds the sum up to its turn.
   So the sum of a run is that of its head and of the turns behind it, whoever reads them.
2. What an operation of a batch weighs decides its share of the charge: `OPERATION_BYTES` and its own bytes, twice if it
   replaces a record. That is how the store prices writes, to a few percent.
3. The charge of a turn is known only after it was written, so its record holds an estimate, by what a unit of
   weight cost in the batch before. The next record makes up for the difference.
4. At most `STEPS_MAX` names; what comes beyond is put together under `OTHER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

STEPS_MAX = 50
OTHER = "~other"
NO_STEP = ""
OPERATION_BYTES = 14_000
# What the store's price list gives for a write of 1 kB, by weight: the estimate before there was any batch.
RU_PER_WEIGHT = 5.0 / OPERATION_BYTES

Sums = list[Any]  # Attempts, worker seconds, messages, bytes.


@dataclass(slots=True)
class Spent:
    """What was spent: request units, bytes of records, and sums by step."""

    ru: float = 0.0
    records: int = 0
    steps: dict[str, Sums] = field(default_factory=dict)

    def of(self, step: str) -> Sums:
        """Give the sums of a step, to be added to."""
        sums = self.steps.get(step)
        if sums is None:
            if step != NO_STEP and len(self.steps) - (NO_STEP in self.steps) >= STEPS_MAX:
                step = OTHER
            sums = self.steps.setdefault(step, [0, 0.0, 0, 0])
        return sums

    def message(self, step: str, size: int) -> None:
        """Add a message that was sent or received."""
        sums = self.steps.get(step) or self.of(step)
        sums[2] += 1
        sums[3] += size

    def add(self, ru: float, records: int, steps: Mapping[str, Sums]) -> None:
        """Add what was spent beside."""
        self.ru += ru
        self.records += records
        for step, added in steps.items():
            sums = self.steps.get(step) or self.of(step)
            sums[0] += added[0]
            sums[1] += added[1]
            sums[2] += added[2]
            sums[3] += added[3]

    def plus(self, other: Spent) -> Spent:
        """Give the sum of both."""
        total = Spent(self.ru, self.records, {step: [*sums] for step, sums in self.steps.items()})
        total.add(other.ru, other.records, other.steps)
        return total

    def totals(self) -> tuple[float, int, int]:
        """Give worker seconds, messages and bytes of all steps and of what is of none."""
        sums = self.steps.values()
        size = self.records + sum(one[3] for one in sums)
        return round(sum(one[1] for one in sums), 6), sum(one[2] for one in sums), size

    def named(self) -> list[tuple[str, Sums]]:
        """Give the steps and their sums."""
        return [(step, sums) for step, sums in self.steps.items() if step != NO_STEP]

    def in_turn(self) -> list[Any]:
        """Give what a turn record holds."""
        return [round(self.ru, 2), self.records, self.steps]

    def in_head(self) -> dict[str, Any]:
        """Give what a head holds: the totals by name, for queries over heads, and the steps."""
        seconds, messages, size = self.totals()
        return {
            "ru": round(self.ru, 2),
            "messages": messages,
            "bytes": size,
            "worker_seconds": seconds,
            "record_bytes": self.records,
            "steps": {step: [one[0], round(one[1], 6), *one[2:]] for step, one in self.named()},
        }

    @classmethod
    def from_head(cls, record: Mapping[str, Any]) -> Self:
        """Read what `in_head` gave."""
        steps = {step: [*sums] for step, sums in record["steps"].items()}
        spent = cls(record["ru"], record["record_bytes"], steps)
        seconds, messages, size = spent.totals()
        rest: Sums = [
            0,
            round(record["worker_seconds"] - seconds, 6),
            record["messages"] - messages,
            record["bytes"] - size,
        ]
        if any(rest):
            spent.steps[NO_STEP] = rest
        return spent
