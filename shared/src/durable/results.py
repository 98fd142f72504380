"""What a map gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from durable.errors import MapFailed
from durable.failure import Failure

T_co = TypeVar("T_co", covariant=True)


class MapEnd(Enum):
    """Why a map ended."""

    ALL_COMPLETED = "all completed"
    MINIMUM_REACHED = "the minimum of successes was reached"
    TOLERANCE_EXCEEDED = "more failed than is tolerated"


@dataclass(frozen=True, slots=True)
class MapResult(Generic[T_co]):
    """What became of each item of a map, by its index in the inputs.

    Attributes:
        succeeded: index and output of each item that completed, by index.
        failed: index and failure of each item that failed, by index.
        not_started: indices of the items that were not started.
        reason: why the map ended.
    """

    succeeded: list[tuple[int, T_co]]
    failed: list[tuple[int, Failure]]
    not_started: list[int]
    reason: MapEnd

    @property
    def outputs(self) -> list[T_co]:
        """The outputs in the order of the inputs.

        Raises:
            MapFailed: one is missing.
        """
        if self.failed or self.not_started:
            whole: MapResult[object] = MapResult(list(self.succeeded), self.failed, self.not_started, self.reason)
            raise MapFailed(
                f"expected an output of every item; {len(self.failed)} failed and "
                f"{len(self.not_started)} were not started",
                whole,
            )
        return [output for _, output in self.succeeded]
