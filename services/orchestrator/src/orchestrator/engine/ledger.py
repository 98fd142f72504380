"""What the history of an instance says by itself, without any code of its saga.

1. It is folded from the events in their order, one at a time, each in constant time: live, replayed or blocked alike.
2. It never raises: an event that makes no sense where it stands changes nothing; the code tells that it doesn't fit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from durable.events import (
    UNSET,
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    Blocked,
    CompensationRegistered,
    EventReceived,
    HistoryEvent,
    SagaStarted,
    TaskEvent,
    TimerCancelled,
    TimerCreated,
    TimerFired,
    Unblocked,
)
from durable.status import Status
from orchestrator.engine.lifecycle import AFTER, TURNING_POINTS


class Ledger:
    """The standing of an instance by its history.

    Attributes:
        count: number of events.
        at: when the last one was recorded.
        status: where the instance stands.
        turning_points: how many of the events concerned its status.
        started: the event that started it.
        end: the event that ended it.
        blocked: the event that blocked it, while it is blocked.
        last_task: the highest task id.
        calls: the open activities: the event of the present attempt by task id.
        timers: the open timers: the event that set each, by task id.
        received: number of raised events.
    """

    __slots__ = (
        "_interrupted",
        "at",
        "blocked",
        "calls",
        "count",
        "end",
        "last_task",
        "received",
        "started",
        "status",
        "timers",
        "turning_points",
    )

    def __init__(self) -> None:
        self.count = 0
        self.at = UNSET
        self.status = Status.PENDING
        self.turning_points = 0
        self.started: SagaStarted | None = None
        self.end: HistoryEvent | None = None
        self.blocked: Blocked | None = None
        self.last_task = 0
        self.calls: dict[int, ActivityScheduled] = {}
        self.timers: dict[int, TimerCreated] = {}
        self.received = 0
        self._interrupted = Status.RUNNING

    def fold(self, event: HistoryEvent) -> None:
        """Take the next event into account."""
        self.count += 1
        self.at = event.at
        kind = type(event)
        follow = _FOLLOW.get(kind)
        if follow is not None:
            follow(self, event)
        if kind in TURNING_POINTS:
            self._turn(event)

    def is_open(self, task_id: int, attempt: int) -> bool:
        """Tell whether an attempt is unanswered, or a timer neither fired nor cancelled.

        A call outlives the end of its instance, unless that was terminated: it was asked for and will be sent.
        """
        call = self.calls.get(task_id)
        if call is not None:
            return call.attempt == attempt and self.status is not Status.TERMINATED
        return task_id in self.timers and not self.status.ended

    def forget(self, task_id: int) -> None:
        """Close a call that the code has given up; no event says so, since nobody is told."""
        self.calls.pop(task_id, None)

    def interrupted_at_start(self) -> None:
        """Remember that an instance that was blocked before it began would be running now."""
        if self._interrupted is Status.PENDING:
            self._interrupted = Status.RUNNING

    def _turn(self, event: HistoryEvent) -> None:
        before = self.status
        kind = type(event)
        unblocked = kind is Unblocked and before is Status.BLOCKED
        after = self._interrupted if unblocked else AFTER.get(kind, {}).get(before, before)
        self.turning_points += 1
        self.status = after
        if after is Status.BLOCKED and before is not Status.BLOCKED:
            self._interrupted = before
        if after.ended and not before.ended:
            self.end = event
            self.blocked = None


def _started(ledger: Ledger, event: SagaStarted) -> None:
    ledger.started = ledger.started or event
    ledger.interrupted_at_start()


def _scheduled(ledger: Ledger, event: ActivityScheduled) -> None:
    ledger.calls[event.task_id] = event
    _numbered(ledger, event)


def _answered(ledger: Ledger, event: ActivityCompleted | ActivityFailed) -> None:
    call = ledger.calls.get(event.task_id)
    if call is not None and call.attempt == event.attempt:
        del ledger.calls[event.task_id]


def _timer_created(ledger: Ledger, event: TimerCreated) -> None:
    ledger.timers[event.task_id] = event
    _numbered(ledger, event)


def _timer_over(ledger: Ledger, event: TimerFired | TimerCancelled) -> None:
    ledger.timers.pop(event.task_id, None)


def _numbered(ledger: Ledger, event: TaskEvent) -> None:
    ledger.last_task = max(ledger.last_task, event.task_id)


def _received(ledger: Ledger, _event: EventReceived) -> None:
    ledger.received += 1


def _blocked(ledger: Ledger, event: Blocked) -> None:
    ledger.blocked = event


def _unblocked(ledger: Ledger, _event: Unblocked) -> None:
    ledger.blocked = None


_FOLLOW: dict[type[HistoryEvent], Callable[[Ledger, Any], None]] = {
    SagaStarted: _started,
    ActivityScheduled: _scheduled,
    ActivityCompleted: _answered,
    ActivityFailed: _answered,
    TimerCreated: _timer_created,
    TimerFired: _timer_over,
    TimerCancelled: _timer_over,
    CompensationRegistered: _numbered,
    EventReceived: _received,
    Blocked: _blocked,
    Unblocked: _unblocked,
}
