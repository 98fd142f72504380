"""Map: the same over many inputs, some at a time.

1. The next input is started when one that runs has ended: constant work for each, however many there are.
2. At an early end nothing more is started, and what runs is cancelled: its outcome is ignored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from durable.errors import ActivityError, ChildSagaError, MapFailed
from durable.failure import Failure, failure_of
from durable.results import MapEnd, MapResult, Tolerance
from orchestrator.engine.handles import Pending
from orchestrator.engine.scheduler import Scheduler

Start = Callable[[Any], Pending[Any]]


@dataclass(frozen=True, slots=True)
class MapPolicy:
    """When a map ends early; without a tolerance and a minimum, with the first failure."""

    tolerate: Tolerance | None = None
    min_successes: int | None = None

    @property
    def is_strict(self) -> bool:
        """Whether a failure is raised."""
        return self.tolerate is None and self.min_successes is None

    def end_of(self, succeeded: int, failed: int, items: int) -> MapEnd | None:
        """Tell whether a map has ended, and why."""
        if self.min_successes is not None and succeeded >= self.min_successes:
            return MapEnd.ALL_COMPLETED if succeeded + failed == items else MapEnd.MINIMUM_REACHED
        if failed and self.is_strict:
            return MapEnd.TOLERANCE_EXCEEDED
        if self.tolerate is not None and self.tolerate.exceeded_by(failed, items):
            return MapEnd.TOLERANCE_EXCEEDED
        return MapEnd.ALL_COMPLETED if succeeded + failed == items else None


class Map(Pending[MapResult[Any]]):
    """What is started for each of some inputs."""

    __slots__ = (
        "_failed",
        "_items",
        "_name",
        "_policy",
        "_running",
        "_start",
        "_started",
        "_succeeded",
        "_waiting",
        "_width",
    )

    def __init__(self, scheduler: Scheduler, name: str, start: Start, inputs: Iterable[Any]) -> None:
        super().__init__(scheduler)
        self._name = name
        self._start = start
        self._waiting = deque(inputs)
        self._items = len(self._waiting)
        self._policy = MapPolicy()
        self._width = self._items
        self._started = 0
        self._running: dict[Pending[Any], int] = {}
        self._succeeded: list[tuple[int, Any]] = []
        self._failed: list[tuple[int, Failure]] = []

    def begin(self, width: int | None, policy: MapPolicy) -> None:
        """Start the first ones, and from then on one for each that ends.

        Raises:
            ValueError: not even one is to run at a time, or more successes than inputs are asked for.
        """
        if width is not None and width < 1:
            raise ValueError(f"expected a max_concurrency of 1 or more; found {width}")
        if policy.min_successes is not None and not 0 <= policy.min_successes <= self._items:
            raise ValueError(f"expected min_successes of 0 to {self._items}; found {policy.min_successes}")
        self._policy = policy
        self._width = self._items if width is None else width
        self._go_on()

    def told(self, handle: Pending[Any]) -> None:
        """Note what became of one, and start the next."""
        index = self._running.pop(handle, None)
        if index is None or self.settled:
            return
        self._note(index, handle)
        self._go_on()

    def cancel(self) -> None:
        if not self.settled:
            super().cancel()
            self._stop()

    def _go_on(self) -> None:
        self._end_if_over()
        while len(self._running) < self._width and self._start_next():
            self._end_if_over()

    def _start_next(self) -> bool:
        if not self._waiting or self.settled:
            return False
        index = self._started
        self._started += 1
        handle = self._start(self._waiting.popleft())
        if handle.settled:
            self._note(index, handle)
        else:
            self._running[handle] = index
            handle.watch(self)
        return True

    def _note(self, index: int, handle: Pending[Any]) -> None:
        if handle.error is None:
            self._succeeded.append((index, handle.outcome()))
        else:
            self._failed.append((index, _failure_of(handle.error)))

    def _end_if_over(self) -> None:
        end = self._policy.end_of(len(self._succeeded), len(self._failed), self._items)
        if end is None:
            return
        not_started = list(range(self._started, self._items))
        succeeded, failed = sorted(self._succeeded, key=_index), sorted(self._failed, key=_index)
        result: MapResult[Any] = MapResult(succeeded, failed, not_started, end)
        if self._failed and self._policy.is_strict:
            self.fail(MapFailed(self._told_of(result), result))
        else:
            self.succeed(result)
        self._stop()

    def _stop(self) -> None:
        self._waiting.clear()
        running, self._running = tuple(self._running), {}
        for handle in running:
            handle.cancel()

    def _told_of(self, result: MapResult[Any]) -> str:
        index, failure = self._failed[0]
        return (
            f"map of {self._name!r}: {len(result.failed)} failed, {len(result.succeeded)} succeeded, "
            f"{len(result.not_started)} were not started; the first failure was of item {index}: "
            f"{failure.type}: {failure.message}"
        )


def _failure_of(error: BaseException) -> Failure:
    return error.failure if isinstance(error, ActivityError | ChildSagaError) else failure_of(error)


def _index(item: tuple[int, Any]) -> int:
    return item[0]
