"""What the history of an instance says by itself, without any code of its saga.

1. It is folded from the events in their order, one at a time, each in constant time: live, replayed or blocked alike.
2. It never raises: an event that makes no sense where it stands changes nothing; the code tells that it doesn't fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from durable.events import (
    UNSET,
    ActivityCancelRequested,
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    Blocked,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    CompensationRegistered,
    CompensationSkipped,
    CompensationStarted,
    ContinuedAsNew,
    EventReceived,
    HistoryEvent,
    Resumed,
    Rewound,
    SagaCompensationFailed,
    SagaStarted,
    StatusSet,
    Suspended,
    TagsSet,
    TimerCancelled,
    TimerCreated,
    TimerFired,
    Unblocked,
)
from durable.status import Status
from durable.tags import merged
from orchestrator.engine.lifecycle import AFTER, HEAD_CHANGES

_NOTHING: Mapping[int, int] = {}


class Ledger:
    """The standing of an instance by its history.

    Attributes:
        count: number of events.
        at: when the last one was recorded.
        phase: where the instance stands, but for being blocked or suspended.
        head_changes: how many of the events concerned what its head says.
        started: the event that started it.
        opening: the event that its execution began with: its start, or the mark behind what it took over.
        end: the event that ended it.
        last_end: the event that ended it last, also once it was reopened.
        undoing: the event since which its undos run, or ran last.
        continued: the event that ended the execution but not the instance.
        blocked: the event that blocked it, while it is blocked.
        suspended: whether an operator has halted it.
        last_task: the highest task id.
        steps: the open calls and children that somebody may wait for: the event of the present attempt by task id.
        given_up: those whose outcome is recorded and ignored.
        detached: children that nobody waits for.
        inherited: open children that an execution before this one started, and which.
        timers: the open timers: the event that set each, by task id.
        received: number of raised events.
        not_undone: registrations whose undos failed for good and are not settled.
        custom_status: what the saga last showed.
        tags: its tags as JSON data.
    """

    __slots__ = (
        "at",
        "blocked",
        "continued",
        "count",
        "custom_status",
        "detached",
        "end",
        "given_up",
        "head_changes",
        "inherited",
        "last_end",
        "last_task",
        "not_undone",
        "opening",
        "phase",
        "received",
        "started",
        "steps",
        "suspended",
        "tags",
        "timers",
        "undoing",
    )

    def __init__(self) -> None:
        self.count = 0
        self.at = UNSET
        self.phase = Status.PENDING
        self.head_changes = 0
        self.started: SagaStarted | None = None
        self.opening: SagaStarted | Rewound | None = None
        self.end: HistoryEvent | None = None
        self.last_end: HistoryEvent | None = None
        self.undoing: CompensationStarted | Resumed | None = None
        self.continued: ContinuedAsNew | None = None
        self.blocked: Blocked | None = None
        self.suspended = False
        self.last_task = 0
        self.steps: dict[int, ActivityScheduled | ChildStarted] = {}
        self.given_up: dict[int, ActivityScheduled | ChildStarted] = {}
        self.detached: dict[int, ChildStarted] = {}
        self.inherited: Mapping[int, int] = _NOTHING
        self.timers: dict[int, TimerCreated] = {}
        self.received = 0
        self.not_undone: tuple[int, ...] = ()
        self.custom_status: object = None
        self.tags: dict[str, object] = {}

    @property
    def status(self) -> Status:
        """Where the instance stands."""
        if self.phase.ended:
            return self.phase
        if self.blocked is not None:
            return Status.BLOCKED
        return Status.SUSPENDED if self.suspended else self.phase

    def fold(self, event: HistoryEvent) -> None:
        """Take the next event into account."""
        self.count += 1
        self.at = event.at
        kind = type(event)
        follow = _FOLLOW.get(kind)
        if follow is not None:
            follow(self, event)
        if kind in HEAD_CHANGES:
            self._turn(kind, event)

    def is_open(self, task_id: int, attempt: int) -> bool:
        """Tell whether an attempt is unanswered and waited for, or a timer neither fired nor cancelled.

        A call outlives the end of its instance, unless that was terminated: it was asked for and will be sent.
        """
        step = self.steps.get(task_id)
        if step is not None:
            return step.attempt == attempt and self.phase is not Status.TERMINATED
        return task_id in self.timers and not self.phase.ended

    def forget(self, task_id: int) -> None:
        """Wait no more for a step that an old history gave up without an event that says so."""
        step = self.steps.pop(task_id, None)
        if step is not None:
            self.given_up[task_id] = step

    def _turn(self, kind: type[HistoryEvent], event: HistoryEvent) -> None:
        before = self.phase
        self.head_changes += 1
        self.phase = AFTER.get(kind, {}).get(before, before)
        if self.phase.ended and not before.ended:
            self.end = self.last_end = event
            self.blocked = None
            self.suspended = False
        elif before.ended and not self.phase.ended:
            self.end = None


def _started(ledger: Ledger, event: SagaStarted) -> None:
    if ledger.started is None:
        ledger.started = event
        ledger.opening = ledger.opening or event
        ledger.received += len(event.events)
        ledger.tags = merged({}, event.tags or {})


def _scheduled(ledger: Ledger, event: ActivityScheduled) -> None:
    ledger.steps[event.task_id] = event
    _numbered(ledger, event)


def _child_started(ledger: Ledger, event: ChildStarted) -> None:
    if event.task_id in ledger.inherited:
        ledger.inherited = {id_: source for id_, source in ledger.inherited.items() if id_ != event.task_id}
    if event.on_parent_end is None:
        ledger.steps[event.task_id] = event
    else:
        ledger.detached[event.task_id] = event
    _numbered(ledger, event)


def _answered(ledger: Ledger, event: ActivityCompleted | ActivityFailed | ChildCompleted | ChildFailed) -> None:
    for steps in (ledger.steps, ledger.given_up):
        step = steps.get(event.task_id)
        if step is not None and event.attempt in {0, step.attempt}:
            del steps[event.task_id]


def _cancel_requested(ledger: Ledger, event: ActivityCancelRequested) -> None:
    if event.given_up:
        ledger.forget(event.task_id)


def _timer_created(ledger: Ledger, event: TimerCreated) -> None:
    ledger.timers[event.task_id] = event
    _numbered(ledger, event)


def _timer_over(ledger: Ledger, event: TimerFired | TimerCancelled) -> None:
    ledger.timers.pop(event.task_id, None)


def _numbered(ledger: Ledger, event: ActivityScheduled | ChildStarted | TimerCreated | CompensationRegistered) -> None:
    ledger.last_task = max(ledger.last_task, event.task_id)


def _received(ledger: Ledger, _event: EventReceived) -> None:
    ledger.received += 1


def _undoing(ledger: Ledger, event: CompensationStarted) -> None:
    ledger.undoing = event


def _not_undone(ledger: Ledger, event: SagaCompensationFailed) -> None:
    ledger.not_undone = event.not_undone


def _skipped(ledger: Ledger, event: CompensationSkipped) -> None:
    ledger.not_undone = tuple(task_id for task_id in ledger.not_undone if task_id != event.task_id)


def _continued(ledger: Ledger, event: ContinuedAsNew) -> None:
    ledger.continued = event


def _rewound(ledger: Ledger, event: Rewound) -> None:
    ledger.opening = event
    children = [
        id_ for id_, step in (*ledger.steps.items(), *ledger.detached.items()) if isinstance(step, ChildStarted)
    ]
    ledger.inherited = {id_: ledger.inherited.get(id_, event.execution) for id_ in children}


def _blocked(ledger: Ledger, event: Blocked) -> None:
    ledger.blocked = event


def _unblocked(ledger: Ledger, _event: Unblocked) -> None:
    ledger.blocked = None


def _suspended(ledger: Ledger, _event: Suspended) -> None:
    ledger.suspended = not ledger.phase.ended


def _resumed(ledger: Ledger, event: Resumed) -> None:
    ledger.suspended = False
    if ledger.phase is Status.COMPENSATION_FAILED:
        ledger.not_undone = ()
        ledger.undoing = event


def _status_set(ledger: Ledger, event: StatusSet) -> None:
    ledger.custom_status = event.value


def _tags_set(ledger: Ledger, event: TagsSet) -> None:
    ledger.tags = merged(ledger.tags, event.tags)


_FOLLOW: dict[type[HistoryEvent], Callable[[Ledger, Any], None]] = {
    SagaStarted: _started,
    ActivityScheduled: _scheduled,
    ActivityCompleted: _answered,
    ActivityFailed: _answered,
    ActivityCancelRequested: _cancel_requested,
    ChildStarted: _child_started,
    ChildCompleted: _answered,
    ChildFailed: _answered,
    TimerCreated: _timer_created,
    TimerFired: _timer_over,
    TimerCancelled: _timer_over,
    CompensationRegistered: _numbered,
    CompensationSkipped: _skipped,
    CompensationStarted: _undoing,
    SagaCompensationFailed: _not_undone,
    ContinuedAsNew: _continued,
    Rewound: _rewound,
    EventReceived: _received,
    Blocked: _blocked,
    Unblocked: _unblocked,
    Suspended: _suspended,
    Resumed: _resumed,
    StatusSet: _status_set,
    TagsSet: _tags_set,
}
