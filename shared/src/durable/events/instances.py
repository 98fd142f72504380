"""Events of the instance as a whole: how it starts, what is asked of it, how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from durable.events.event import HistoryEvent
from durable.failure import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentTask:
    """The call of a saga that an instance answers when it ends."""

    instance_id: str
    run: str
    execution: int
    task_id: int
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedUndo:
    """An undo that `continue_as_new` takes along; `retry` is the policy as data."""

    name: str
    input: object = None
    label: str | None = None
    group: int | None = None
    retry: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaStarted(HistoryEvent):
    """The instance was asked for.

    `started_by` is the source and id of the CloudEvent that did, if one did; `parent` the call that waits for it;
    `event` an event that is there from the start; `events` and `undos` what the execution before left, and `cancelled`
    why it was asked to cancel, if its code had not met that.
    """

    saga: str
    version: str | None = None
    input: object = None
    started_by: tuple[str, str] | None = None
    parent: ParentTask | None = None
    parent_id: str | None = None
    root_id: str | None = None
    tags: dict[str, object] | None = None
    deadline: datetime | None = None
    request_id: str | None = None
    if_exists: str | None = None
    event: tuple[str, object] | None = None
    events: tuple[tuple[str, object], ...] = ()
    undos: tuple[CarriedUndo, ...] = ()
    cancelled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReceived(HistoryEvent):
    """Somebody raised an event to the instance."""

    name: str
    payload: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSent(HistoryEvent):
    """The saga raised an event to another instance."""

    name: str
    target: str
    payload: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(HistoryEvent):
    """Somebody asked the instance to end; its code decides how."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended(HistoryEvent):
    """An operator halted the instance; what comes from here on is kept and taken when it is resumed."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(HistoryEvent):
    """An operator let the instance go on: after `Suspended`, or with the undos that failed."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSet(HistoryEvent):
    """The saga set its custom status; `announces` names the lifecycle event that tells of it, if one does."""

    value: object = None
    announces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsSet(HistoryEvent):
    """The saga set tags; `None` removes one."""

    tags: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchMarked(HistoryEvent):
    """The saga took the new side of a patch."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuedAsNew(HistoryEvent):
    """The execution ended and the next one began, with what nobody had read and nobody had undone.

    `cancelled` is why it was asked to cancel, if its code had not met that.
    """

    input: object = None
    version: str | None = None
    tags: dict[str, object] | None = None
    events: tuple[tuple[str, object], ...] = ()
    undos: tuple[CarriedUndo, ...] = ()
    cancelled: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCompleted(HistoryEvent):
    """The saga returned."""

    output: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaFailed(HistoryEvent):
    """The saga raised, and there was nothing to undo, or it was past its pivot."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaCancelled(HistoryEvent):
    """The saga was cancelled and let it happen; what was registered is undone."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaTerminated(HistoryEvent):
    """An operator ended the instance at once; nothing was undone. `recursive`: and all its children."""

    reason: str = ""
    recursive: bool = False


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewound(HistoryEvent):
    """What stands before was taken over from another execution; from here on it goes on anew.

    `instance_id`, `run` and `execution` are whose history it was, no `run` the same; `to` is the event rewound to.
    """

    instance_id: str
    execution: int
    to: int
    run: str = ""
    reason: str = ""
