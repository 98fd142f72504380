"""What a turn gives: the events to append to the history, and which of them must be sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from durable.events import (
    FACTS,
    ActivityCancelRequested,
    ActivityFailed,
    ActivityScheduled,
    ChildStarted,
    ContinuedAsNew,
    EventSent,
    HistoryEvent,
    SagaStarted,
    StatusSet,
    TaskEvent,
    TimerCreated,
)
from durable.failure import UNKNOWN_DESTINATION
from durable.status import Status
from orchestrator.engine.ledger import Ledger
from orchestrator.engine.lifecycle import ENDS
from orchestrator.engine.logbook import LogLine

Outbox = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of an instance, to be committed whole; without events there is nothing to commit.

    Attributes:
        at: the time of its last event.
        events: what is appended to the history.
        outbox: what must be sent once it is committed: how, and the index of its event.
        status: where the instance stands afterwards.
        head_changed: whether an event concerned what the head says.
        taken: how many of the given events were taken; the rest is for the next execution.
        logs: what the code of the saga logged.
    """

    at: datetime
    events: tuple[HistoryEvent, ...]
    outbox: Outbox
    status: Status
    head_changed: bool
    taken: int = 0
    logs: tuple[LogLine, ...] = ()


_FACTS = frozenset(FACTS)
_SENT_AS: dict[type[HistoryEvent], tuple[str, ...]] = {
    ActivityScheduled: ("command", "timeout"),
    ActivityCancelRequested: ("cancel",),
    ChildStarted: ("child", "timeout"),
    TimerCreated: ("timer",),
    EventSent: ("event",),
    StatusSet: ("lifecycle",),
    SagaStarted: ("lifecycle",),
    ContinuedAsNew: ("lifecycle",),
    **dict.fromkeys(ENDS, ("lifecycle", "outcome")),
}


def outbox_of(events: Iterable[HistoryEvent], ledger: Ledger) -> Outbox:
    """List what must be sent of the events of a turn.

    What the code asked for and gave up on one and the same fact is left out: the same is sent as if the facts of this
    turn had come one by one.
    """
    outbox: list[tuple[str, int]] = []
    fresh: dict[int, int] = {}
    undone: set[int] = set()
    for index, event in enumerate(events):
        kind = type(event)
        if fresh and kind in _FACTS and not _is_refusal(event):
            fresh.clear()
        ways = _SENT_AS.get(kind)
        if ways is None:
            continue
        if isinstance(event, ActivityCancelRequested) and event.task_id in fresh:
            undone.add(fresh.pop(event.task_id))
            continue
        if isinstance(event, TaskEvent) and kind is not ActivityCancelRequested:
            ways = _ways_of_task(event, ways, ledger)
            fresh[event.task_id] = index
        elif isinstance(event, StatusSet):
            ways = () if event.announces is None else ways
        elif ways[-1] == "outcome" and (ledger.started is None or ledger.started.parent is None):
            ways = ways[:1]
        outbox += [(way, index) for way in ways]
    return tuple(entry for entry in outbox if entry[1] not in undone) if undone else tuple(outbox)


def _ways_of_task(event: TaskEvent, ways: tuple[str, ...], ledger: Ledger) -> tuple[str, ...]:
    if isinstance(event, ChildStarted) and event.on_parent_end is not None:
        return ways[:1]
    if not ledger.is_open(event.task_id, event.attempt) and not _was_given_up(event, ledger):
        return ()
    return ways if _is_bounded(event) else ways[:1]


def _was_given_up(event: TaskEvent, ledger: Ledger) -> bool:
    return event.task_id in ledger.given_up and ledger.phase is not Status.TERMINATED


def _is_refusal(event: HistoryEvent) -> bool:
    # It stands as a fact without a message: the code itself brought it about.
    return isinstance(event, ActivityFailed) and event.message_id is None and event.failure.type == UNKNOWN_DESTINATION


def _is_bounded(event: TaskEvent) -> bool:
    if isinstance(event, ActivityScheduled):
        return event.start_by is not None or (event.deadline is not None and event.attempt == 1)
    return isinstance(event, ChildStarted) and event.deadline is not None and event.attempt == 1
