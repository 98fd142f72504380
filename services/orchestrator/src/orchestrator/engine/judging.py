"""Whether a message still has something to say to an instance.

1. Judging changes nothing and looks at nothing but what is named: constant time.
2. What nobody can learn any more is stale; what the history has not reached means that the history is an old one.
3. A message is judged before those that came with it are taken, so what may matter by then is let through.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    CancelRequested,
    ChildCompleted,
    ChildFailed,
    CompensationSkipped,
    EventReceived,
    HistoryEvent,
    Resumed,
    SagaStarted,
    SagaTerminated,
    Suspended,
    TimerFired,
)
from durable.status import Status
from orchestrator.engine.execution import Execution
from orchestrator.engine.ledger import Ledger


class Verdict(Enum):
    """What to do with a message."""

    TAKE = "it belongs into a turn"
    STALE = "settle it and forget it"
    AHEAD = "the history is not the latest: load it anew"


def judge(ledger: Ledger, execution: Execution | None, event: HistoryEvent) -> Verdict:
    """Judge an event by the history and by who in the code may still learn of it; by the history alone without code."""
    kind = type(event)
    if ledger.phase.ended and not (ledger.phase is Status.COMPENSATION_FAILED and kind in _REOPENING):
        return Verdict.STALE
    rule = _RULES.get(kind)
    return rule(ledger, execution, event) if rule else Verdict.STALE


def _start(ledger: Ledger, _execution: Execution | None, _event: SagaStarted) -> Verdict:
    return Verdict.TAKE if ledger.started is None else Verdict.STALE


def _answer(
    ledger: Ledger,
    _execution: Execution | None,
    event: ActivityCompleted | ActivityFailed | ChildCompleted | ChildFailed,
) -> Verdict:
    if event.task_id > ledger.last_task:
        return Verdict.AHEAD
    step = ledger.steps.get(event.task_id)
    if step is None:
        step = ledger.given_up.get(event.task_id)
        return Verdict.TAKE if step is not None and event.attempt == step.attempt else Verdict.STALE
    if 0 < event.attempt < step.attempt:
        return Verdict.STALE
    return Verdict.AHEAD if event.attempt > step.attempt else Verdict.TAKE


def _ring(ledger: Ledger, execution: Execution | None, event: TimerFired) -> Verdict:
    if event.task_id > ledger.last_task:
        return Verdict.AHEAD
    timers = ledger.timers if execution is None else execution.timers
    return Verdict.TAKE if event.task_id in timers and event.task_id in ledger.timers else Verdict.STALE


def _asked(ledger: Ledger, _execution: Execution | None, _event: HistoryEvent) -> Verdict:
    return Verdict.AHEAD if ledger.started is None else Verdict.TAKE


def _skip(ledger: Ledger, _execution: Execution | None, event: CompensationSkipped) -> Verdict:
    return Verdict.TAKE if event.task_id in ledger.not_undone else Verdict.STALE


def _end(_ledger: Ledger, _execution: Execution | None, _event: SagaTerminated) -> Verdict:
    return Verdict.TAKE


_REOPENING = frozenset({Resumed, CompensationSkipped})
_RULES: dict[type[HistoryEvent], Callable[[Ledger, Execution | None, Any], Verdict]] = {
    SagaStarted: _start,
    ActivityCompleted: _answer,
    ActivityFailed: _answer,
    ChildCompleted: _answer,
    ChildFailed: _answer,
    TimerFired: _ring,
    EventReceived: _asked,
    CancelRequested: _asked,
    Suspended: _asked,
    Resumed: _asked,
    CompensationSkipped: _skip,
    SagaTerminated: _end,
}
