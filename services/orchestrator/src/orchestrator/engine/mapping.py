"""Map: one activity over many inputs, some at a time.

1. The next input is started when one that runs has ended: constant work for each, however many there are.
2. After a failure nothing more is started; the map ends when what runs has ended.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from durable.activity import Activity
from durable.errors import ActivityError, MapFailed
from durable.failure import Failure
from durable.results import MapEnd, MapResult
from orchestrator.engine.calls import Terms, schedule
from orchestrator.engine.handles import Pending

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution


class Map(Pending[MapResult[Any]]):
    """The calls of an activity for each of some inputs, given as JSON data."""

    __slots__ = ("_activity", "_execution", "_failed", "_running", "_started", "_succeeded", "_terms", "_waiting")

    def __init__(
        self, execution: Execution, activity: Activity[Any, Any], inputs: Sequence[object], terms: Terms
    ) -> None:
        super().__init__(execution.scheduler)
        self._execution = execution
        self._activity = activity
        self._terms = terms
        self._waiting = deque(inputs)
        self._started = 0
        self._running: dict[Pending[Any], int] = {}
        self._succeeded: list[tuple[int, Any]] = []
        self._failed: list[tuple[int, Failure]] = []

    def start(self, width: int) -> None:
        """Start the first ones, and from then on one for each that ends."""
        while len(self._running) < width and self._start_next():
            pass
        self._end_if_over()

    def told(self, call: Pending[Any]) -> None:
        """Note what became of one, and start the next."""
        self._note(self._running.pop(call), call)
        self._start_next()
        self._end_if_over()

    def cancel(self) -> None:
        super().cancel()
        self._waiting.clear()
        for call in tuple(self._running):
            call.cancel()

    def _start_next(self) -> bool:
        if not self._waiting or self._failed or self.settled:
            return False
        index = self._started
        self._started += 1
        call = schedule(self._execution, self._activity, self._waiting.popleft(), self._terms)
        if call.settled:
            self._note(index, call)
        else:
            self._running[call] = index
            call.watch(self)
        return True

    def _note(self, index: int, call: Pending[Any]) -> None:
        if call.error is None:
            self._succeeded.append((index, call.outcome()))
        elif isinstance(call.error, ActivityError):
            self._failed.append((index, call.error.failure))

    def _end_if_over(self) -> None:
        if self.settled or self._running or (self._waiting and not self._failed):
            return
        not_started = list(range(self._started, self._started + len(self._waiting)))
        reason = MapEnd.TOLERANCE_EXCEEDED if self._failed else MapEnd.ALL_COMPLETED
        succeeded, failed = sorted(self._succeeded, key=_index), sorted(self._failed, key=_index)
        result: MapResult[Any] = MapResult(succeeded, failed, not_started, reason)
        if self._failed:
            self.fail(MapFailed(self._told_of(result), result))
        else:
            self.succeed(result)

    def _told_of(self, result: MapResult[Any]) -> str:
        index, failure = self._failed[0]
        return (
            f"map of {self._activity.name!r}: {len(result.failed)} failed, {len(result.succeeded)} succeeded, "
            f"{len(result.not_started)} were not started; the first failure was of item {index}: "
            f"{failure.type}: {failure.message}"
        )


def _index(item: tuple[int, Any]) -> int:
    return item[0]


def start_map(
    execution: Execution, activity: Activity[Any, Any], inputs: Sequence[object], width: int | None, terms: Terms
) -> Map:
    """Call an activity for each input, given as JSON data, at most `width` at a time.

    Raises:
        ValueError: not even one is to run at a time.
    """
    if width is not None and width < 1:
        raise ValueError(f"expected a max_concurrency of 1 or more; found {width}")
    items = Map(execution, activity, inputs, terms)
    items.start(len(inputs) if width is None else width)
    return items
