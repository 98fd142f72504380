"""What an instance spends: sums, and sums by step, as they stand in turn records and in heads.

1. A turn record says what was spent on it: `[ru, records, messages, bytes, {step: [attempts, worker_seconds, messages,
   bytes]}]`, where `records` are bytes written and what follows is of no step. A head holds the sum up to its turn.
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
OPERATION_BYTES = 14_000
# What the store's price list gives for a write of 1 kB, by weight: the estimate before there was any batch.
RU_PER_WEIGHT = 5.0 / OPERATION_BYTES

Sums = list[Any]  # Attempts, worker seconds, messages, bytes.


@dataclass(slots=True)
class Spent:
    """What was spent.

    Attributes:
        ru: request units.
        records: bytes of records.
        messages, bytes: of no step.
        steps: sums by step.
    """

    ru: float = 0.0
    records: int = 0
    messages: int = 0
    bytes: int = 0
    steps: dict[str, Sums] = field(default_factory=dict)

    def of(self, step: str) -> Sums:
        """Give the sums of a step, to be added to."""
        sums = self.steps.get(step)
        if sums is None:
            if len(self.steps) >= STEPS_MAX:
                step = OTHER
            sums = self.steps.setdefault(step, [0, 0.0, 0, 0])
        return sums

    def message(self, step: str | None, size: int) -> None:
        """Add a message that was sent or received."""
        if step is None:
            self.messages += 1
            self.bytes += size
        else:
            sums = self.steps.get(step) or self.of(step)
            sums[2] += 1
            sums[3] += size

    def add(self, ru: float, records: int, messages: int, size: int, steps: Mapping[str, Sums]) -> None:
        """Add what `in_turn` gave."""
        self.ru += ru
        self.records += records
        self.messages += messages
        self.bytes += size
        for step, added in steps.items():
            sums = self.steps.get(step) or self.of(step)
            sums[0] += added[0]
            sums[1] += added[1]
            sums[2] += added[2]
            sums[3] += added[3]

    def plus(self, other: Spent) -> Spent:
        """Give the sum of both."""
        steps = {step: [*sums] for step, sums in self.steps.items()}
        total = Spent(self.ru, self.records, self.messages, self.bytes, steps)
        total.add(other.ru, other.records, other.messages, other.bytes, other.steps)
        return total

    def totals(self) -> dict[str, Any]:
        """Give the sums of all, by name."""
        steps = self.steps.values()
        return {
            "ru": round(self.ru, 2),
            "messages": self.messages + sum(one[2] for one in steps),
            "bytes": self.records + self.bytes + sum(one[3] for one in steps),
            "record_bytes": self.records,
            "worker_seconds": round(sum(one[1] for one in steps), 6),
        }

    def in_turn(self) -> list[Any]:
        """Give what a turn record holds."""
        return [round(self.ru, 2), self.records, self.messages, self.bytes, self.steps]

    def in_head(self) -> dict[str, Any]:
        """Give what a head holds: the totals by name, for queries over heads, and the steps."""
        steps = {step: [one[0], round(one[1], 6), *one[2:]] for step, one in self.steps.items()}
        return {**self.totals(), "steps": steps}

    @classmethod
    def from_head(cls, record: Mapping[str, Any]) -> Self:
        """Read what `in_head` gave."""
        steps = {step: [*sums] for step, sums in record["steps"].items()}
        messages = record["messages"] - sum(one[2] for one in steps.values())
        size = record["bytes"] - record["record_bytes"] - sum(one[3] for one in steps.values())
        return cls(record["ru"], record["record_bytes"], messages, size, steps)
