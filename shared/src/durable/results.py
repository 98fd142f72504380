"""What a map, a first and a look at an instance give back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, Literal, TypeVar

from durable.errors import MapFailed
from durable.failure import Failure

T_co = TypeVar("T_co", covariant=True)


class MapEnd(Enum):
    """Why a map ended."""

    ALL_COMPLETED = "all completed"
    MINIMUM_REACHED = "the minimum of successes was reached"
    TOLERANCE_EXCEEDED = "more failed than is tolerated"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How many items of a map may fail: it ends early as soon as more have.

    Attributes:
        count: so many; more exceed it.
        share: such a share of all items, from 0 to 1; more exceed it.
    """

    count: int | None = None
    share: float | None = None

    def __post_init__(self) -> None:
        if self.count is None and self.share is None:
            raise ValueError("expected a count or a share of failures to tolerate; found neither")
        if self.count is not None and self.count < 0:
            raise ValueError(f"expected a count of 0 or more; found {self.count}")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"expected a share from 0 to 1; found {self.share}")

    def exceeded_by(self, failed: int, items: int) -> bool:
        """Tell whether so many failures of so many items are more than is tolerated."""
        if self.count is not None and failed > self.count:
            return True
        return self.share is not None and failed > self.share * items


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
        if self.failed or self.not_started or self.reason is not MapEnd.ALL_COMPLETED:
            whole: MapResult[object] = MapResult(list(self.succeeded), self.failed, self.not_started, self.reason)
            raise MapFailed(
                f"expected an output of every item; {len(self.failed)} failed and "
                f"{len(self.not_started)} were not started ({self.reason.value}){self._first_failure}",
                whole,
            )
        return [output for _, output in self.succeeded]

    @property
    def _first_failure(self) -> str:
        if not self.failed:
            return ""
        index, failure = self.failed[0]
        return f"; the first failure was of item {index}: {failure.type}: {failure.message}"


@dataclass(frozen=True, slots=True)
class First(Generic[T_co]):
    """Which of several handles ended first.

    Attributes:
        index: its place among the arguments.
        value: what it gave.
    """

    index: int
    value: T_co


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that an instance waits for.

    Attributes:
        kind: what it is.
        name: the activity, the event, the child's saga or the purpose of the timer.
        label: what the author calls it, if anything.
        task_id: its task; 0 for an event that is waited for without a time-out.
        attempt: the present attempt.
        since: when it was asked for.
        due: when it falls due, for timers, delayed attempts and waits with a time-out.
    """

    kind: Literal["activity", "timer", "event", "child", "undo"]
    name: str
    label: str | None
    task_id: int
    attempt: int
    since: datetime
    due: datetime | None
