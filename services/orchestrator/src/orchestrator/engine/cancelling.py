"""How an instance is cancelled: once, at the await where its code stands, or when it leaves its shield.

1. The workers of its open calls and its open children are asked to give up at the same moment; handles stay usable.
2. While undos run, and after the first time, being asked to cancel changes nothing.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from durable.errors import Cancelled, DeadlineExceeded
from durable.events import TimerCreated
from orchestrator.engine.continuing import ContinueAsNew
from orchestrator.engine.timers import DEADLINE, cancel_timer, create_timer, due_at

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from orchestrator.engine.execution import Execution
    from orchestrator.engine.scheduler import Branch

TIMEOUT = "timeout"


def cancel(execution: Execution, reason: str) -> None:
    """Let the code know that it is to end."""
    main = execution.main
    if main is None or main.settled or execution.cancelled is not None or execution.undoing:
        return
    execution.cancelled = reason
    if execution.shields:
        execution.unshielded = True
    else:
        main.interrupt(_cancelled(execution))


def _cancelled(execution: Execution) -> Cancelled:
    reason = execution.cancelled or ""
    for step in tuple(execution.steps.values()):
        step.ask_to_give_up(reason)
    return Cancelled(reason)


class Shield:
    """Holds a cancel of the instance up while it is entered."""

    __slots__ = ("_execution",)

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    async def __aenter__(self) -> None:
        self._execution.shields += 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        execution = self._execution
        execution.shields -= 1
        main = execution.main
        if execution.shields or not execution.unshielded or main is None or execution.scheduler.closed:
            return
        if kind is not None and issubclass(kind, ContinueAsNew):  # The next execution is cancelled.
            return
        execution.unshielded = False
        cancelled = _cancelled(execution)
        if error is None and execution.scheduler.current is main:
            raise cancelled
        main.interrupt(cancelled)


class TimeScope:
    """Raises `DeadlineExceeded` in the branch that entered it when its time is over."""

    __slots__ = ("_branch", "_created", "_execution", "_span")

    def __init__(self, execution: Execution, span: timedelta) -> None:
        self._execution = execution
        self._span = span
        self._branch: Branch[object] | None = None
        self._created: TimerCreated | None = None

    async def __aenter__(self) -> None:
        execution = self._execution
        if execution.scheduler.closed:
            return
        self._branch = execution.scheduler.current
        self._created = create_timer(execution, TIMEOUT, due_at(self._span, execution.journal.at))
        execution.timers[self._created.task_id] = self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        created, self._created = self._created, None
        if created is not None and not self._execution.scheduler.closed:
            cancel_timer(self._execution, created)

    def ring(self) -> None:
        self._created = None
        assert self._branch is not None
        self._branch.interrupt(DeadlineExceeded(f"expected to be done within {self._span}; the time is over"))


class InstanceDeadline:
    """Raises `DeadlineExceeded` in the saga when the time that its starter gave it is over."""

    __slots__ = ("_due", "_execution")

    def __init__(self, execution: Execution, due: datetime) -> None:
        self._execution = execution
        self._due = due

    def set(self) -> None:
        """Set the timer."""
        execution = self._execution
        created = create_timer(execution, DEADLINE, due_at(self._due, execution.journal.at))
        execution.timers[created.task_id] = self

    def ring(self) -> None:
        main = self._execution.main
        assert main is not None
        main.interrupt(DeadlineExceeded(f"expected the instance to end by {self._due.isoformat()}; it has not"))
