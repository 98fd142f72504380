"""Events of tasks: calls of activities and sagas, timers, and what undoes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from durable.events.event import HistoryEvent, TaskEvent
from durable.failure import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityScheduled(TaskEvent):
    """An attempt of an activity was handed to its worker.

    `due` is set when it was delayed. The time-outs are `start_by` (schedule-to-start), `deadline` (schedule-to-close),
    and in seconds `start_to_close` and `heartbeat`. `once`: a redelivery must not run it again.
    """

    input: object = None
    due: datetime | None = None
    compensates: int | None = None
    start_by: datetime | None = None
    deadline: datetime | None = None
    start_to_close: float | None = None
    heartbeat: float | None = None
    last_heartbeat: object = None
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCompleted(TaskEvent):
    """A worker answered an attempt with a result."""

    output: object = None
    worker: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFailed(TaskEvent):
    """A worker answered an attempt with a failure, or the attempt could not be made.

    `attempt` 0 means whichever attempt is under way: a time-out of the whole call. `heartbeat` is the last detail.
    """

    failure: Failure
    worker: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    heartbeat: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCancelRequested(TaskEvent):
    """The worker of a call, or the child saga `instance_id`, was asked to give up.

    `given_up`: the saga waits for the outcome no more. `terminates`: the child must end at once.
    """

    given_up: bool = False
    instance_id: str | None = None
    terminates: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStarted(TaskEvent):
    """An attempt of a child saga was asked for, at once or when `due`.

    `on_parent_end` is set for a detached child: what becomes of it when this instance ends.
    """

    instance_id: str
    version: str | None = None
    input: object = None
    due: datetime | None = None
    deadline: datetime | None = None
    tags: dict[str, object] | None = None
    on_parent_end: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildCompleted(TaskEvent):
    """A child saga ended with a result."""

    output: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildFailed(TaskEvent):
    """A child saga ended otherwise, or could not be started; `status` is how it ended."""

    failure: Failure
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerCreated(TaskEvent):
    """A timer was set."""

    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(TaskEvent):
    """A timer rang; `due` is when it should have."""

    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerCancelled(TaskEvent):
    """A timer was given up; its message is ignored when it comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationRegistered(TaskEvent):
    """An undo was registered; those of one `group` run in parallel. `retry` is set if it was carried over."""

    input: object = None
    group: int | None = None
    retry: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PivotReached(HistoryEvent):
    """From here on nothing is undone: only forward recovery applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationStarted(HistoryEvent):
    """The saga raised or was cancelled: its undos run from here on, last registered first."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationSkipped(HistoryEvent):
    """An operator settled an undo that failed: `task_id` is its registration."""

    task_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompensated(HistoryEvent):
    """The saga raised, and everything registered was undone."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompensationFailed(HistoryEvent):
    """The saga raised or was cancelled, and the undos of these registrations failed for good."""

    failure: Failure
    not_undone: tuple[int, ...] = ()
