"""What an execution leaves when it ends: what it waited for, its compensation, and its run span.

1. What is open when an execution ends is told as given up: what happens in it later still has its parent.
2. An execution has a run span for each day on which it took a turn, told when the day is over for it.
3. An execution that was reopened after its end has told its run span: only what came since is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from durable.events import (
    ContinuedAsNew,
    HistoryEvent,
    SagaCancelled,
    SagaCompensated,
    SagaCompensationFailed,
    SagaCompleted,
    SagaFailed,
    SagaRejected,
    SagaTerminated,
    TimerCreated,
)
from durable.status import Status
from durable.telemetry.span import Span
from orchestrator.engine.ledger import Ledger
from orchestrator.host.spans.run_trace import SEGMENT
from orchestrator.host.spans.shapes import GIVEN_UP, Outcome, Shapes

FAILED_ENDS = (SagaFailed, SagaCompensated, SagaCompensationFailed, SagaTerminated, SagaRejected)
REWOUND = "Rewound"
_GOES_ON = Status.RUNNING.value
_STATUS: dict[type[HistoryEvent], str] = {
    SagaRejected: Status.REJECTED.value,
    SagaCompleted: Status.COMPLETED.value,
    SagaFailed: Status.FAILED.value,
    SagaCancelled: Status.CANCELLED.value,
    SagaCompensated: Status.COMPENSATED.value,
    SagaCompensationFailed: Status.COMPENSATION_FAILED.value,
    SagaTerminated: Status.TERMINATED.value,
    ContinuedAsNew: "ContinuedAsNew",
}


def left_open(shapes: Shapes, ledger: Ledger, at: datetime, told: int) -> Iterator[Span]:
    """Give what an execution that ends waited for; without what was asked for up to event `told`."""
    for asked in (*ledger.steps.values(), *ledger.given_up.values(), *ledger.timers.values()):
        if asked.sequence <= told:
            continue
        outcome = Outcome(max(at, asked.at), GIVEN_UP)
        if isinstance(asked, TimerCreated):
            yield shapes.timer(asked, outcome)
        else:
            yield shapes.step(asked, outcome, ledger.undoing)
    undoing = ledger.undoing
    if undoing is not None and undoing.sequence > told:
        yield shapes.compensation(undoing, Outcome(at, ledger.status.value, error=_error_of_undos(ledger)))


def days_over(
    shapes: Shapes,
    times: tuple[datetime, datetime, datetime],
    last_end: HistoryEvent | None,
    end: HistoryEvent | None,
) -> Iterator[Span]:
    """Give the run spans that a turn completes: of the day that it leaves, and of its own if it ended the execution.

    `times` are those of the turn before, of the turn, and of its commit; `last_end` is the end before, `end` its own.
    """
    trace = shapes.trace
    past, day = trace.day(times[0]), trace.day(times[1])
    ended_on = None if last_end is None else trace.day(last_end.at)
    if past not in {day, ended_on}:
        yield shapes.run(past, Outcome(trace.begun + (past + 1) * SEGMENT, _GOES_ON))
    if end is not None and day != ended_on:
        yield shapes.run(day, outcome_of_run(end, times[2]))


def spans_of_leaving(shapes: Shapes, ledger: Ledger, at: datetime) -> Iterator[Span]:
    """Give the spans of an execution that another one takes the place of, unless it has ended."""
    if ledger.phase.ended or ledger.continued is not None:
        return
    trace, last_end = shapes.trace, ledger.last_end
    yield from left_open(shapes, ledger, at, last_end.sequence if last_end is not None else 0)
    day = trace.day(ledger.at)
    if last_end is None or trace.day(last_end.at) != day:
        yield shapes.run(day, Outcome(max(min(at, trace.begun + (day + 1) * SEGMENT), ledger.at), REWOUND))


def outcome_of_run(end: HistoryEvent, at: datetime) -> Outcome:
    """Tell how an execution ended."""
    status = _STATUS[type(end)]
    if isinstance(end, SagaTerminated):
        return Outcome(at, status, error=f"terminated: {end.reason}" if end.reason else "terminated")
    if isinstance(end, SagaRejected):
        where = ", ".join(sorted({where for where, _ in end.reasons}))
        return Outcome(at, status, error=f"its input was rejected: {where}")
    return Outcome(at, status, failure=getattr(end, "failure", None))


def _error_of_undos(ledger: Ledger) -> str:
    not_undone = ledger.not_undone
    return f"the undos of {', '.join(map(str, not_undone))} failed" if not_undone else ""
