"""The spans of one committed turn: the turn, the steps that it took the answers of, its timers, and what it ended.

1. What began before the turn is looked up before it runs: the turn itself says only how it ended.
2. A span is told once: what an end has told is not told again by an execution that was reopened.
3. Of a run that is not recorded, only what failed is told as it happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    Blocked,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    HistoryEvent,
    TimerCancelled,
    TimerCreated,
    TimerFired,
)
from durable.telemetry.context import TraceContext
from durable.telemetry.names import RESENT
from durable.telemetry.span import Span
from orchestrator.engine.ledger import Ledger
from orchestrator.host.spans.endings import FAILED_ENDS, days_over, left_open
from orchestrator.host.spans.run_trace import RunTrace
from orchestrator.host.spans.shapes import Outcome, Shapes, Undoing

_ANSWERS = (ActivityCompleted, ActivityFailed, ChildCompleted, ChildFailed)
_FAILURES = (ActivityFailed, ChildFailed, Blocked, *FAILED_ENDS)
_ASKED = (ActivityScheduled, ChildStarted, TimerCreated)
_OVER = (*_ANSWERS, TimerFired, TimerCancelled)
_STATUS_OF_TIMER: dict[type[HistoryEvent], str] = {TimerFired: "Fired", TimerCancelled: "Cancelled"}
Asked = ActivityScheduled | ChildStarted | TimerCreated


@dataclass(slots=True)  # Frozen, it takes three times as long to make.
class Before:
    """How an execution stood before a turn, as far as its spans need it.

    Attributes:
        at: when its last event was recorded.
        last_end: the event that ended it last, if it was reopened.
        waiting: the attempts that the turn takes answers of, and all open timers, by task.
    """

    at: datetime
    last_end: HistoryEvent | None
    waiting: dict[int, Asked]

    @property
    def told(self) -> int:
        """Up to which event the spans were told when it ended; 0 if it has not."""
        return 0 if self.last_end is None else self.last_end.sequence


@dataclass(slots=True)  # Frozen, it takes three times as long to make.
class Committed:
    """A turn that is durable.

    Attributes:
        until: when it was.
        links: the spans that the messages came from which it took.
        again: whether it is told once more, as nobody knows whether it was.
    """

    sequence: int
    at: datetime
    until: datetime
    events: tuple[HistoryEvent, ...]
    links: tuple[TraceContext, ...] = ()
    again: bool = False

    def without(self, count: int) -> Committed:
        """Give the turn without its first events."""
        return replace(self, events=self.events[count:]) if count else self


def before_turn(ledger: Ledger, given: Iterable[HistoryEvent]) -> Before:
    """Look up how an execution stands before a turn that is given these events."""
    waiting: dict[int, Asked] = {**ledger.timers}
    for event in given:
        if isinstance(event, _ANSWERS):
            asked = ledger.steps.get(event.task_id) or ledger.given_up.get(event.task_id)
            if asked is not None:
                waiting[event.task_id] = asked
    return Before(ledger.at, ledger.last_end, waiting)


def tells(trace: RunTrace, events: Iterable[HistoryEvent]) -> bool:
    """Tell whether a turn has anything that is to be told: of a run that is not recorded, a failure."""
    return trace.first.sampled or any(isinstance(event, _FAILURES) for event in events)


def spans_of_turn(shapes: Shapes, before: Before, turn: Committed, after: Ledger) -> list[Span]:
    """Give the spans of a turn, its own first; `after` is what its execution's history says with it."""
    if not tells(shapes.trace, turn.events):
        return []
    told, trace = before.told, shapes.trace
    spans = [_turn_span(shapes, before, turn)]
    waiting, undoing = dict(before.waiting), after.undoing
    for event in turn.events:
        if isinstance(event, _OVER):
            asked = waiting.get(event.task_id)
            if asked is not None and asked.sequence > told:
                spans.append(_span_of(shapes, asked, event, undoing))
        elif isinstance(event, _ASKED):
            waiting[event.task_id] = event
            if isinstance(event, ChildStarted) and event.on_parent_end is not None:
                spans.append(shapes.detached(event))
    last = after.continued or after.last_end
    if last is not None or turn.at >= trace.tomorrow:
        spans += _spans_of_ending(shapes, before, turn, after)
    return spans


def _spans_of_ending(shapes: Shapes, before: Before, turn: Committed, after: Ledger) -> Iterator[Span]:
    """Give the spans of what the turn ended: the execution, or a day of it."""
    end = _end_of(turn, after)
    if end is not None:
        yield from left_open(shapes, after, turn.at, before.told)
    yield from days_over(shapes, (before.at, turn.at, turn.until), before.last_end, end)


def _span_of(shapes: Shapes, asked: Asked, event: HistoryEvent, undoing: Undoing | None) -> Span:
    if isinstance(asked, TimerCreated):
        return shapes.timer(asked, Outcome(event.at, _STATUS_OF_TIMER.get(type(event), "")))
    if isinstance(event, ActivityCompleted):
        return shapes.step(asked, Outcome(event.at, worker=event.worker), undoing)
    status, failure = getattr(event, "status", ""), getattr(event, "failure", None)
    return shapes.step(asked, Outcome(event.at, status, failure, worker=getattr(event, "worker", "")), undoing)


def _end_of(turn: Committed, after: Ledger) -> HistoryEvent | None:
    """Give the event that ended the execution, as the turn has it: what it failed with may be sealed there."""
    last = after.continued or after.last_end
    if last is None:
        return None
    return next((event for event in turn.events if event.sequence == last.sequence), None)


def _turn_span(shapes: Shapes, before: Before, turn: Committed) -> Span:
    trace, links = shapes.trace, turn.links
    if turn.at >= trace.tomorrow:
        day = trace.day(before.at)
        if day != trace.day(turn.at):
            links = (trace.of_day(day), *links)
    span = shapes.turn(turn.sequence, (turn.at, turn.until), links)
    for event in turn.events:
        if isinstance(event, Blocked):
            span = replace(span, error=f"blocked: expected {event.expected}; found {event.found}")
            break
    return replace(span, attributes={**span.attributes, RESENT: True}) if turn.again else span
