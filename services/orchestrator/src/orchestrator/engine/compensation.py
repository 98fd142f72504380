"""What is undone when a saga raises or is cancelled: the registered undos, and how they run.

1. Undos run as ordinary activities, last registered first, those of one group in parallel; a failed one does not stop
   the others.
2. A call that has an undo and still runs when the saga raises is waited for, since its effect must be undone as well;
   it is tried no further, and all other calls and children are given up.
3. Undos that failed for good are kept: an operator lets them run again, or settles them by hand.
4. This is saga code of the engine's own: driven, recorded and replayed like an author's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from durable.activity import Activity
from durable.events import (
    CarriedUndo,
    CompensationRegistered,
    CompensationStarted,
    HistoryEvent,
    PivotReached,
    SagaCancelled,
    SagaCompensated,
    SagaCompensationFailed,
)
from durable.failure import Failure
from durable.retry import COMPENSATION, RetryPolicy
from orchestrator.engine.calls import schedule
from orchestrator.engine.carrying import policy_data, read_policy
from orchestrator.engine.children import PARENT_ENDED, Child, part_from_children
from orchestrator.engine.gathering import Gather
from orchestrator.engine.handles import Pending
from orchestrator.engine.steps import Step, Terms, group_of
from orchestrator.engine.undos import Undo

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution

AnyActivity = Activity[Any, Any]


def register(execution: Execution, activity: AnyActivity, data: object, *, retry: RetryPolicy | None) -> None:
    """Register an undo, unless nothing is undone any more; `data` is its input as JSON data."""
    asked = CompensationRegistered(task_id=0, name=activity.name, input=data, group=group_of(execution))
    _register(execution, activity, retry or COMPENSATION, asked)


def register_undo_of(execution: Execution, step: Step[Any, Any], output: object) -> None:
    """Register what undoes a call that has completed, if anything does; `output` is its result as JSON data."""
    undo = step.terms.undo
    if undo is not None:
        asked = CompensationRegistered(
            task_id=0, name=undo.name, label=step.terms.label, input=output, group=step.group
        )
        _register(execution, undo, COMPENSATION, asked)


def register_carried(execution: Execution, carried: Sequence[CarriedUndo]) -> None:
    """Register the undos that the execution before left."""
    for undo in carried:
        asked = CompensationRegistered(
            task_id=0, name=undo.name, label=undo.label, input=undo.input, group=undo.group, retry=undo.retry
        )
        _register(execution, Activity(undo.name, object, object), read_policy(undo.retry), asked)


def _register(execution: Execution, activity: AnyActivity, retry: RetryPolicy, asked: CompensationRegistered) -> None:
    if execution.undos.past_pivot:
        return
    journal = execution.journal
    registered = replace(asked, at=journal.at, sequence=journal.next_sequence, task_id=journal.next_task)
    execution.undos.add(Undo(activity, retry, journal.decide(registered)))


def carried_undos(execution: Execution) -> tuple[CarriedUndo, ...]:
    """Give the registered undos to an execution to come."""
    return tuple(
        CarriedUndo(
            name=undo.activity.name,
            input=undo.registered.input,
            label=undo.registered.label,
            group=undo.registered.group,
            retry=policy_data(undo.retry),
        )
        for undo in execution.undos.registered
    )


def pass_pivot(execution: Execution) -> None:
    """Undo nothing from here on."""
    journal, undos = execution.journal, execution.undos
    if not undos.past_pivot:
        journal.decide(PivotReached(at=journal.at, sequence=journal.next_sequence))
        undos.past_pivot = True
        undos.clear()


def is_called_for(execution: Execution) -> bool:
    """Tell whether there is anything to undo, or may yet be."""
    if execution.undos.past_pivot:
        return False
    return bool(execution.undos) or any(step.terms.undo for step in execution.steps.values())


def begin(execution: Execution, failure: Failure, raised: BaseException) -> None:
    """Undo everything because the saga raised, then end the instance with its failure."""
    journal = execution.journal
    journal.decide(CompensationStarted(at=journal.at, sequence=journal.next_sequence, failure=failure), raised)
    execution.undoing = True
    execution.undos.failure = failure
    execution.scheduler.drop_branches()
    execution.give_up_waits()
    for step in tuple(execution.steps.values()):
        step.forget_watchers()
        if step.terms.undo is None:
            step.give_up("its parent undoes what it did") if isinstance(step, Child) else execution.abandon(step)
    _undo(execution)


def run_again(execution: Execution) -> None:
    """Let the undos that failed run again."""
    undos = execution.undos
    for undo in undos.failed[::-1]:
        undos.add(undo)
    undos.failed = []
    _undo(execution)


def skip(execution: Execution, task_id: int) -> None:
    """Take an undo that failed as done; with none left, everything is undone."""
    undos = execution.undos
    undos.failed = [undo for undo in undos.failed if undo.registered.task_id != task_id]
    if not undos.failed:
        _end(execution)


def _undo(execution: Execution) -> None:
    execution.scheduler.start(_undo_all(execution)).watch(_End(execution))


async def _undo_all(execution: Execution) -> list[Undo]:
    for step in tuple(execution.steps.values()):
        await _over(step)
    failed: list[Undo] = []
    while execution.undos:
        group = execution.undos.take_next()
        calls = [_undoing(execution, undo) for undo in group]
        await Gather(execution.scheduler, calls, return_exceptions=True)
        failed += [undo for undo, call in zip(group, calls, strict=True) if call.error is not None]
    return failed


def _undoing(execution: Execution, undo: Undo) -> Pending[Any]:
    registered = undo.registered
    terms = Terms(undo.retry, label=registered.label, compensates=registered.task_id)
    return schedule(execution, undo.activity, registered.input, terms)


async def _over(handle: Pending[Any]) -> None:
    try:
        await handle
    except Exception:  # Only that it is over matters.
        return


def _end(execution: Execution) -> None:
    journal, undos = execution.journal, execution.undos
    assert undos.failure is not None
    part_from_children(execution, PARENT_ENDED)
    at, sequence = journal.at, journal.next_sequence
    end: HistoryEvent = SagaCompensated(at=at, sequence=sequence, failure=undos.failure)
    if undos.failed:
        not_undone = tuple(undo.registered.task_id for undo in undos.failed)
        end = SagaCompensationFailed(at=at, sequence=sequence, failure=undos.failure, not_undone=not_undone)
    elif execution.cancelled is not None:
        end = SagaCancelled(at=at, sequence=sequence, reason=execution.cancelled)
    journal.decide(end)
    if not undos.failed:
        execution.close()


class _End:
    """Ends the instance when everything was tried."""

    __slots__ = ("_execution",)

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def told(self, undoing: Pending[list[Undo]]) -> None:
        self._execution.undos.failed = undoing.outcome()
        _end(self._execution)
