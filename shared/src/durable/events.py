"""The history: everything that ever happened to an instance, as a closed set of frozen events.

1. An event is a fact in the past tense. Some come from outside by message (`FACTS`), the others are decisions that a
   turn took (`DECISIONS`); replay feeds the former to the code and compares the latter with what it decides.
2. What travels to an instance is the event that will stand in its history; `at` and `sequence` are given there.
3. A new optional field may be added with a default; the name or meaning of a stored field never changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from durable.failure import Failure

UNSET = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """One event: when the turn that recorded it ran, and its position in the execution, from 1.

    `message_id` is the logical id of the message that brought it; decisions have none.
    """

    at: datetime = UNSET
    sequence: int = 0
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent(HistoryEvent):
    """An event of one task; `name` is the activity, the event or the purpose of the timer."""

    task_id: int
    name: str = ""
    label: str | None = None
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaStarted(HistoryEvent):
    """The instance was asked for. `started_by` is the source and id of the event that did, if one did."""

    saga: str
    version: str | None = None
    input: object = None
    started_by: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityScheduled(TaskEvent):
    """An attempt of an activity was handed to its worker; `due` is set when it was delayed."""

    input: object = None
    due: datetime | None = None
    compensates: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCompleted(TaskEvent):
    """A worker answered an attempt with a result."""

    output: object = None
    worker: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFailed(TaskEvent):
    """A worker answered an attempt with a failure, or the attempt could not be made."""

    failure: Failure
    worker: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


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
class EventReceived(HistoryEvent):
    """Somebody raised an event to the instance."""

    name: str
    payload: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationRegistered(TaskEvent):
    """An undo was registered, to be run if the saga raises."""

    input: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationStarted(HistoryEvent):
    """The saga raised: its undos run from here on, last registered first."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompleted(HistoryEvent):
    """The saga returned."""

    output: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaFailed(HistoryEvent):
    """The saga raised, and nothing was registered to be undone."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompensated(HistoryEvent):
    """The saga raised, and everything registered was undone."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompensationFailed(HistoryEvent):
    """The saga raised, and the undos of these tasks failed for good."""

    failure: Failure
    not_undone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaTerminated(HistoryEvent):
    """An operator ended the instance at once; nothing was undone."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaRejected(HistoryEvent):
    """The input did not validate; no code of the saga ran. `reasons` are (location, message)."""

    reasons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked(HistoryEvent):
    """The code no longer fits the history, or the engine failed on it; messages are kept until it is repaired."""

    expected: str = ""
    found: str = ""
    task_id: int | None = None
    location: str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unblocked(HistoryEvent):
    """The code fits the history again; what came in the meantime is taken in order."""


FACTS: tuple[type[HistoryEvent], ...] = (
    SagaStarted,
    ActivityCompleted,
    ActivityFailed,
    TimerFired,
    EventReceived,
    SagaTerminated,
)
DECISIONS: tuple[type[HistoryEvent], ...] = (
    ActivityScheduled,
    TimerCreated,
    TimerCancelled,
    CompensationRegistered,
    CompensationStarted,
    SagaCompleted,
    SagaFailed,
    SagaCompensated,
    SagaCompensationFailed,
    SagaRejected,
    Blocked,
    Unblocked,
)
KINDS: dict[str, type[HistoryEvent]] = {cls.__name__: cls for cls in (*FACTS, *DECISIONS)}
