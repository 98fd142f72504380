"""Rewinding: a new execution that takes over the beginning of an old history and goes on from there.

1. A history is cut before a fact, never between a fact and what the code decided on it.
2. What came from outside after the cut and won't come again, raised events above all, is given again in its order.
3. Open tasks of what is kept are handed out anew under the new execution. Of children, those that have ended run anew,
   and those that run go on and are waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from durable.events import (
    FACTS,
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    ContinuedAsNew,
    EventReceived,
    HistoryEvent,
    Rewound,
    SagaStarted,
    TaskEvent,
    TimerCreated,
    TimerFired,
)
from durable.failure import Failure
from orchestrator.engine.instance import Instance
from orchestrator.engine.lifecycle import ENDS
from orchestrator.engine.setup import Identity, Setup
from orchestrator.engine.turn import Turn

_SCHEDULED = (ActivityScheduled, ChildStarted, TimerCreated)
_OUTCOMES = (ActivityCompleted, ActivityFailed, ChildCompleted, ChildFailed, TimerFired)
_ENDS = (*ENDS, ContinuedAsNew)
_FACTS = frozenset(FACTS)


def cut(history: Sequence[HistoryEvent], to: int) -> int:
    """Tell how many leading events stay when a history is rewound to event number `to`.

    A step (a scheduled call, child or timer) is cut before its first outcome, so that it is done anew; without one,
    before what ended the execution. A fact is left out. Anything else is cut before the fact that led to it, which is
    given again.

    Raises:
        ValueError: the history has no such event.
    """
    if not 1 <= to <= len(history):
        raise ValueError(f"expected an event of the history, 1 to {len(history)}, to rewind to; found {to}")
    event, place = history[to - 1], to - 1
    if isinstance(event, _SCHEDULED):
        over = len(history) - 1 if isinstance(history[-1], _ENDS) else len(history)
        place = next((place for place, one in enumerate(history) if _is_outcome(one, event)), over)
    return place if place == len(history) else _fact_before(history, place)


def failed_step(history: Sequence[HistoryEvent]) -> int:
    """Tell which event a retry of a failed instance rewinds to: the step whose failure it ended with, else its end."""
    end = history[-1]
    failure: Failure | None = getattr(end, "failure", None)
    for event in reversed(history):
        if isinstance(event, ActivityFailed | ChildFailed) and _led_to(event, failure):
            return next(one.sequence for one in history if isinstance(one, _SCHEDULED) and one.task_id == event.task_id)
    return end.sequence


def refed(history: Sequence[HistoryEvent], to: int) -> list[HistoryEvent]:
    """Give what is given again after the cut: raised events, and the fact that a decision is cut before."""
    kept = cut(history, to)
    left_out = history[kept:]
    again: list[HistoryEvent] = [one for one in left_out if isinstance(one, EventReceived | SagaStarted)]
    if again and isinstance(again[0], SagaStarted) and again[0].event is not None:
        del again[1]  # The start brings its event along.
    event, first = history[to - 1], next(iter(left_out), None)
    is_undone = first is event or (isinstance(event, _SCHEDULED) and _is_outcome(first, event))
    if first is not None and not is_undone and first not in again:
        again.insert(0, first)
    return [replace(one, at=one.at, sequence=0) for one in again]


def rewind(identity: Identity, setup: Setup, history: Sequence[HistoryEvent], mark: Rewound) -> tuple[Instance, Turn]:
    """Begin a new execution from the history of another; `mark` says whose, up to which event, why, and when.

    The turn holds the whole history of the new execution: what was kept, the mark, and what follows.

    Raises:
        ValueError: the history has no such event.
        AuthorError: as a turn does.
    """
    kept = tuple(history[: cut(history, mark.to)])
    at = max(mark.at, kept[-1].at) if kept else mark.at
    before = (*kept, replace(_from_its_source(mark, history[len(kept) :]), at=at, sequence=len(kept) + 1))
    instance = Instance.replay(identity, setup, before)
    turn = instance.turn_again(refed(history, mark.to), at)
    handed_out = _open_tasks(kept, instance)
    outbox = tuple((way, len(before) + index) for way, index in turn.outbox)
    return instance, replace(turn, events=(*before, *turn.events), outbox=(*handed_out, *outbox), head_changed=True)


def _from_its_source(mark: Rewound, left_out: Sequence[HistoryEvent]) -> Rewound:
    """Let a mark name whose history it was in the first place, if what is left out says that it was taken over."""
    earlier = next((event for event in left_out if isinstance(event, Rewound)), None)
    if earlier is None:
        return mark
    return replace(mark, instance_id=earlier.instance_id, run=earlier.run or mark.run, execution=earlier.execution)


def _open_tasks(kept: Sequence[HistoryEvent], instance: Instance) -> list[tuple[str, int]]:
    ways: list[tuple[str, int]] = []
    for index, event in enumerate(kept):
        if not isinstance(event, _SCHEDULED) or not instance.is_open(event.task_id, event.attempt):
            continue
        if isinstance(event, TimerCreated):
            ways.append(("timer", index))
            continue
        ways.append(("command" if isinstance(event, ActivityScheduled) else "child", index))
        if event.deadline is not None or (isinstance(event, ActivityScheduled) and event.start_by is not None):
            ways.append(("timeout", index))
    return ways


def _is_fact(event: HistoryEvent) -> bool:
    # A refused call stands as a fact without a message: the code itself brought it about.
    return type(event) in _FACTS and not (isinstance(event, ActivityFailed) and event.message_id is None)


def _fact_before(history: Sequence[HistoryEvent], place: int) -> int:
    return next((index for index in range(place, -1, -1) if _is_fact(history[index])), 0)


def _is_outcome(event: HistoryEvent | None, scheduled: TaskEvent) -> bool:
    return isinstance(event, _OUTCOMES) and event.task_id == scheduled.task_id


def _led_to(event: ActivityFailed | ChildFailed, failure: Failure | None) -> bool:
    while failure is not None:
        if failure in (event.failure, event.failure.cause):  # A tuple: details may have no hash.
            return True
        failure = failure.cause
    return False
