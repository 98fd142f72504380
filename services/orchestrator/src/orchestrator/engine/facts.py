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
    CancelRequested,
    ChildCompleted,
    ChildFailed,
    CompensationSkipped,
    EventReceived,
    HistoryEvent,
    Resumed,
    SagaRejected,
    SagaStarted,
    SagaTerminated,
    TimerFired,
)
from durable.payload import Reason
from durable.status import Status
from orchestrator.engine import compensation
from orchestrator.engine.cancelling import InstanceDeadline, cancel
from orchestrator.engine.context import Context
from orchestrator.engine.endings import Ending
from orchestrator.engine.execution import Execution
from orchestrator.engine.payloads import Misfit, read_payload
from orchestrator.engine.steps import Step, try_again


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
    _take_over(execution, fact)
    execution.main = execution.scheduler.start(saga.function(Context(execution, saga.version), *arguments))
    execution.main.watch(Ending(execution))


def _take_over(execution: Execution, fact: SagaStarted) -> None:
    compensation.register_carried(execution, fact.undos)
    for name, payload in fact.events:
        execution.mailbox.deliver(name, payload)
    if fact.deadline is not None:
        InstanceDeadline(execution, fact.deadline).set()


def _on_completed(execution: Execution, fact: ActivityCompleted | ChildCompleted) -> None:
    step = _answered(execution, fact)
    if step is None:
        return
    del execution.steps[fact.task_id]
    compensation.register_undo_of(execution, step, fact.output)
    step.complete(fact.output)


def _on_failed(execution: Execution, fact: ActivityFailed | ChildFailed) -> None:
    step = _answered(execution, fact)
    if step is None or try_again(execution, step, fact):
        return
    del execution.steps[fact.task_id]
    step.refuse(fact.failure, fact.status if isinstance(fact, ChildFailed) else "")


def _answered(
    execution: Execution, fact: ActivityCompleted | ActivityFailed | ChildCompleted | ChildFailed
) -> Step[Any, Any] | None:
    step = execution.steps.get(fact.task_id)
    if step is not None and step.scheduled.attempt == fact.attempt:
        return step
    if fact.task_id not in execution.abandoned:
        execution.stray(fact)
    return None


def _on_timer_fired(execution: Execution, fact: TimerFired) -> None:
    ringing = execution.timers.pop(fact.task_id, None)
    if ringing is None:
        execution.stray(fact)
    else:
        ringing.ring()


def _on_event_received(execution: Execution, fact: EventReceived) -> None:
    execution.mailbox.deliver(fact.name, fact.payload)


def _on_cancel_requested(execution: Execution, fact: CancelRequested) -> None:
    cancel(execution, fact.reason)


def _on_resumed(execution: Execution, _fact: Resumed) -> None:
    # One that ended a suspension, in which the last undo failed, is no order to run the failed ones again.
    if execution.undos.failed and execution.journal.ledger.phase is Status.COMPENSATING:
        compensation.run_again(execution)


def _on_compensation_skipped(execution: Execution, fact: CompensationSkipped) -> None:
    if execution.undos.failed:
        compensation.skip(execution, fact.task_id)


def _on_saga_terminated(execution: Execution, _fact: SagaTerminated) -> None:
    execution.close()


_ON: dict[type[HistoryEvent], Callable[[Execution, Any], None]] = {
    SagaStarted: _on_saga_started,
    ActivityCompleted: _on_completed,
    ActivityFailed: _on_failed,
    ChildCompleted: _on_completed,
    ChildFailed: _on_failed,
    TimerFired: _on_timer_fired,
    EventReceived: _on_event_received,
    CancelRequested: _on_cancel_requested,
    Resumed: _on_resumed,
    CompensationSkipped: _on_compensation_skipped,
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
