"""Timers: points in time that an instance waits for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from durable.errors import Cancelled
from durable.events import TimerCancelled, TimerCreated
from orchestrator.engine.handles import Pending

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution

SLEEP = "sleep"
DEADLINE = "deadline"


class Ringing(Protocol):
    """What a timer rings for."""

    def ring(self) -> None:
        """Learn that the time has come."""


class Timer(Pending[None]):
    """A timer that an author awaits."""

    __slots__ = ("_created", "_execution")

    def __init__(self, execution: Execution, created: TimerCreated) -> None:
        super().__init__(execution.scheduler)
        self._execution = execution
        self._created = created

    def ring(self) -> None:
        self.succeed(None)

    def cancel(self) -> None:
        if self.settled or self.scheduler.closed:
            return
        cancel_timer(self._execution, self._created)
        self.fail(Cancelled())


def due_at(until: timedelta | datetime, now: datetime) -> datetime:
    """Give the point in time in UTC that is meant, never before now.

    Raises:
        TypeError: it has no time zone, or is neither a time span nor a point in time.
    """
    if isinstance(until, timedelta):
        return max(now, now + until)
    if not isinstance(until, datetime):
        raise TypeError(f"expected a timedelta or a datetime with a time zone; found {until!r}")
    if until.tzinfo is None:
        raise TypeError(f"expected a datetime with a time zone, such as `ctx.now`; found {until!r} without one")
    return max(now, until.astimezone(UTC))


def create_timer(execution: Execution, name: str, due: datetime) -> TimerCreated:
    """Set a timer; the caller says in `execution.timers` what it rings for."""
    journal = execution.journal
    return journal.decide(
        TimerCreated(at=journal.at, sequence=journal.next_sequence, task_id=journal.next_task, name=name, due=due)
    )


def cancel_timer(execution: Execution, created: TimerCreated) -> None:
    """Give a timer up."""
    journal = execution.journal
    execution.timers.pop(created.task_id, None)
    journal.decide(
        TimerCancelled(at=journal.at, sequence=journal.next_sequence, task_id=created.task_id, name=created.name)
    )


def sleep(execution: Execution, until: timedelta | datetime) -> Timer:
    """Set a timer to be awaited."""
    created = create_timer(execution, SLEEP, due_at(until, execution.journal.at))
    timer = Timer(execution, created)
    execution.timers[created.task_id] = timer
    return timer
