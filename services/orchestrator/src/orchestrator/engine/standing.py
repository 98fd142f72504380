"""What a host may ask of an instance, as its history tells it."""

from __future__ import annotations

from collections.abc import Mapping

from durable.events import (
    ActivityScheduled,
    Blocked,
    ChildStarted,
    HistoryEvent,
    ParentTask,
    SagaStarted,
    TimerCreated,
)
from durable.failure import Failure
from durable.payload import Reason
from orchestrator.engine.continuing import next_start
from orchestrator.engine.ledger import Ledger


class Standing:
    """Reads a ledger; changes nothing."""

    __slots__ = ("_ledger",)

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def ledger(self) -> Ledger:
        """What its history says by itself; to be read only."""
        return self._ledger

    @property
    def saga(self) -> str:
        """Name of its saga; empty before it has started."""
        return self._ledger.started.saga if self._ledger.started else ""

    @property
    def version(self) -> str:
        """The version that it stays on; empty before it has started and if there never was one."""
        return (self._ledger.started.version or "") if self._ledger.started else ""

    @property
    def started(self) -> SagaStarted | None:
        """The event that started this execution."""
        return self._ledger.started

    @property
    def input(self) -> object:
        """Its input as JSON data."""
        return self._ledger.started.input if self._ledger.started else None

    @property
    def parent(self) -> ParentTask | None:
        """The call that waits for its outcome, if one does."""
        return self._ledger.started.parent if self._ledger.started else None

    @property
    def parent_id(self) -> str | None:
        """The instance that started it, if one did."""
        return self._ledger.started.parent_id if self._ledger.started else None

    @property
    def root_id(self) -> str | None:
        """The first of its line of parents, if it has any."""
        return self._ledger.started.root_id if self._ledger.started else None

    @property
    def next_start(self) -> SagaStarted | None:
        """The start of the next execution, once this one has continued as new."""
        return next_start(self._ledger)

    @property
    def end(self) -> HistoryEvent | None:
        """The event that ended it, if it has ended."""
        return self._ledger.end

    @property
    def output(self) -> object:
        """Its result as JSON data, once it has completed."""
        return getattr(self._ledger.end, "output", None)

    @property
    def failure(self) -> Failure | None:
        """What it ended with, if it did not complete."""
        return getattr(self._ledger.end, "failure", None)

    @property
    def not_undone(self) -> tuple[int, ...]:
        """The registrations whose undos failed for good and are not settled."""
        return self._ledger.not_undone

    @property
    def custom_status(self) -> object:
        """What the saga last showed, as JSON data."""
        return self._ledger.custom_status

    @property
    def tags(self) -> dict[str, object]:
        """Its tags as JSON data."""
        return self._ledger.tags

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why its input was rejected, or what blocks it."""
        return reasons_of(self._ledger.blocked or self._ledger.end)

    @property
    def event_count(self) -> int:
        """Length of its history."""
        return self._ledger.count

    def is_open(self, task_id: int, attempt: int) -> bool:
        """Tell whether an attempt is unanswered, or a timer neither fired nor cancelled."""
        return self._ledger.is_open(task_id, attempt)

    @property
    def open_tasks(self) -> list[ActivityScheduled | ChildStarted | TimerCreated]:
        """Calls, children and timers that it waits for, each as the event that asked for it."""
        return [*self._ledger.steps.values(), *self._ledger.timers.values()]

    @property
    def inherited(self) -> Mapping[int, int]:
        """The open children that an execution before this one started, which their outcome then names: which one."""
        return self._ledger.inherited

    def inherits(self, task_id: int) -> bool:
        """Tell whether a child was started by an execution before this one."""
        return task_id in self._ledger.inherited


def reasons_of(event: HistoryEvent | None) -> tuple[Reason, ...]:
    """Give the reasons that an end or a block states: (location, message)."""
    if isinstance(event, Blocked):
        stated = (("expected", event.expected), ("found", event.found), ("location", event.location or ""))
        return tuple((where, what) for where, what in stated if what)
    return getattr(event, "reasons", ())
