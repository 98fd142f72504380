"""Whether a message still has something to say to an instance.

1. Judging changes nothing and looks at nothing but what is named: constant time.
2. What nobody can learn any more is stale; what the history has not reached means that the history is an old one.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    EventReceived,
    HistoryEvent,
    SagaStarted,
    SagaTerminated,
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
    if ledger.status.ended:
        return Verdict.STALE
    rule = _RULES.get(type(event))
    return rule(ledger, execution, event) if rule else Verdict.STALE


def _start(ledger: Ledger, _execution: Execution | None, _event: SagaStarted) -> Verdict:
    return Verdict.TAKE if ledger.started is None else Verdict.STALE


def _answer(ledger: Ledger, execution: Execution | None, event: ActivityCompleted | ActivityFailed) -> Verdict:
    if event.task_id > ledger.last_task:
        return Verdict.AHEAD
    scheduled = ledger.calls.get(event.task_id)
    if scheduled is None or event.attempt < scheduled.attempt:
        return Verdict.STALE
    if execution is not None and event.task_id not in execution.calls:
        return Verdict.STALE
    return Verdict.TAKE if event.attempt == scheduled.attempt else Verdict.AHEAD


def _ring(ledger: Ledger, execution: Execution | None, event: TimerFired) -> Verdict:
    if event.task_id > ledger.last_task:
        return Verdict.AHEAD
    timers = ledger.timers if execution is None else execution.timers
    return Verdict.TAKE if event.task_id in timers and event.task_id in ledger.timers else Verdict.STALE


def _raised(ledger: Ledger, _execution: Execution | None, _event: EventReceived) -> Verdict:
    return Verdict.AHEAD if ledger.status is Status.PENDING else Verdict.TAKE


def _end(_ledger: Ledger, _execution: Execution | None, _event: SagaTerminated) -> Verdict:
    return Verdict.TAKE


_RULES: dict[type[HistoryEvent], Callable[[Ledger, Execution | None, Any], Verdict]] = {
    SagaStarted: _start,
    ActivityCompleted: _answer,
    ActivityFailed: _answer,
    TimerFired: _ring,
    EventReceived: _raised,
    SagaTerminated: _end,
}
