"""What each kind of fact does to the code of a saga: one short function for each, found by a table.

1. A fact settles handles and takes the decisions that follow from it by itself; the code of the saga runs afterwards.
2. A fact that nothing waits for is never applied live; in a history it is a mismatch, unless it was overtaken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    EventReceived,
    HistoryEvent,
    SagaRejected,
    SagaStarted,
    SagaTerminated,
    TimerFired,
)
from durable.payload import Reason
from orchestrator.engine import compensation
from orchestrator.engine.calls import try_again
from orchestrator.engine.context import Context
from orchestrator.engine.endings import Ending
from orchestrator.engine.execution import Execution
from orchestrator.engine.payloads import Misfit, read_payload


def apply(execution: Execution, fact: HistoryEvent) -> None:
    """Apply a fact that stands in the history, and drive the code until it waits."""
    _ON[type(fact)](execution, fact)
    execution.scheduler.run()


def _on_saga_started(execution: Execution, fact: SagaStarted) -> None:
    journal = execution.journal
    if execution.saga is not None:
        execution.stray(fact)
        return
    saga = execution.setup.registry.find(fact.saga, fact.version)
    was_rejected = isinstance(journal.upcoming, SagaRejected)
    if saga is None and journal.replaying and not was_rejected:
        execution.diverge(f"code for version {fact.version!r} of saga {fact.saga!r}", _missing(execution, fact))
    if saga is None or was_rejected:
        _reject(execution, (("saga", _missing(execution, fact)),))
        return
    execution.saga = saga
    try:
        arguments = () if saga.input is None else (read_payload(fact.input, saga.input),)
    except Misfit as misfit:
        _reject(execution, misfit.reasons)
        return
    context = Context(execution, saga.version)  # type: ignore[abstract]  # The rest follows.
    execution.main = execution.scheduler.start(saga.function(context, *arguments))
    execution.main.watch(Ending(execution))


def _on_activity_completed(execution: Execution, fact: ActivityCompleted) -> None:
    call = execution.calls.get(fact.task_id)
    if call is None or call.scheduled.attempt != fact.attempt:
        execution.stray(fact)
        return
    del execution.calls[fact.task_id]
    if call.terms.undo is not None:
        compensation.register(execution, call.terms.undo, fact.output, retry=None, label=call.terms.label)
    call.complete(fact)


def _on_activity_failed(execution: Execution, fact: ActivityFailed) -> None:
    call = execution.calls.get(fact.task_id)
    if call is None or call.scheduled.attempt != fact.attempt:
        execution.stray(fact)
    elif not try_again(execution, call, fact):
        del execution.calls[fact.task_id]
        call.refuse(fact.failure)


def _on_timer_fired(execution: Execution, fact: TimerFired) -> None:
    ringing = execution.timers.pop(fact.task_id, None)
    if ringing is None:
        execution.stray(fact)
    else:
        ringing.ring()


def _on_event_received(execution: Execution, fact: EventReceived) -> None:
    execution.mailbox.deliver(fact.name, fact.payload)


def _on_saga_terminated(execution: Execution, _fact: SagaTerminated) -> None:
    execution.close()


_ON: dict[type[HistoryEvent], Callable[[Execution, Any], None]] = {
    SagaStarted: _on_saga_started,
    ActivityCompleted: _on_activity_completed,
    ActivityFailed: _on_activity_failed,
    TimerFired: _on_timer_fired,
    EventReceived: _on_event_received,
    SagaTerminated: _on_saga_terminated,
}


def _reject(execution: Execution, reasons: tuple[Reason, ...]) -> None:
    journal = execution.journal
    journal.decide(SagaRejected(at=journal.at, sequence=journal.next_sequence, reasons=reasons))
    execution.close()


def _missing(execution: Execution, fact: SagaStarted) -> str:
    registry = execution.setup.registry
    if registry.find(fact.saga) is None:
        return f"no saga {fact.saga!r}; there is code for: {', '.join(registry.names) or 'none'}"
    return f"no code for version {fact.version!r} of saga {fact.saga!r}"
