"""What is undone when a saga raises: the registered undos, and how they run.

1. Undos run one after the other, last registered first, as ordinary activities; a failed one does not stop the others.
2. A call that has an undo and still runs when the saga raises is waited for, since its effect must be undone as well;
   it is tried no further, and all other calls are given up.
3. This is saga code of the engine's own: driven, recorded and replayed like an author's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from durable.activity import Activity
from durable.errors import SagaError
from durable.events import (
    CompensationRegistered,
    CompensationStarted,
    HistoryEvent,
    SagaCompensated,
    SagaCompensationFailed,
)
from durable.failure import Failure
from durable.retry import COMPENSATION, RetryPolicy
from orchestrator.engine.calls import Terms, schedule
from orchestrator.engine.handles import Pending

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution

AnyActivity = Activity[Any, Any]


@dataclass(frozen=True, slots=True)
class Undo:
    """A registered undo: what to call on which terms, and the event that registered it."""

    activity: AnyActivity
    retry: RetryPolicy
    registered: CompensationRegistered


def register(
    execution: Execution, activity: AnyActivity, data: object, *, retry: RetryPolicy | None, label: str | None = None
) -> None:
    """Register an undo; `data` is its input as JSON data."""
    journal = execution.journal
    registered = journal.decide(
        CompensationRegistered(
            at=journal.at,
            sequence=journal.next_sequence,
            task_id=journal.next_task,
            name=activity.name,
            label=label,
            input=data,
        )
    )
    execution.undos.append(Undo(activity, retry or COMPENSATION, registered))


def is_called_for(execution: Execution) -> bool:
    """Tell whether there is anything to undo, or may yet be."""
    return bool(execution.undos) or any(call.terms.undo for call in execution.calls.values())


def begin(execution: Execution, failure: Failure, raised: BaseException) -> None:
    """Undo everything because the saga raised, then end the instance with its failure."""
    journal = execution.journal
    journal.decide(CompensationStarted(at=journal.at, sequence=journal.next_sequence, failure=failure), raised)
    execution.abandon_all_but([task_id for task_id, call in execution.calls.items() if call.terms.undo])
    execution.undoing = True
    execution.scheduler.start(_undo_all(execution)).watch(_End(execution, failure))


async def _undo_all(execution: Execution) -> tuple[int, ...]:
    for call in tuple(execution.calls.values()):
        await _over(call)
    not_undone = []
    while execution.undos:
        undo = execution.undos.pop()
        registered = undo.registered
        terms = Terms(undo.retry, label=registered.label, compensates=registered.task_id)
        if not await _over(schedule(execution, undo.activity, registered.input, terms)):
            not_undone.append(registered.task_id)
    return tuple(not_undone)


async def _over(handle: Pending[Any]) -> bool:
    try:
        await handle
    except SagaError:
        return False
    return True


class _End:
    """Ends the instance when everything was tried."""

    __slots__ = ("_execution", "_failure")

    def __init__(self, execution: Execution, failure: Failure) -> None:
        self._execution = execution
        self._failure = failure

    def told(self, undoing: Pending[tuple[int, ...]]) -> None:
        not_undone = undoing.outcome()
        journal = self._execution.journal
        at, sequence, failure = journal.at, journal.next_sequence, self._failure
        end: HistoryEvent = SagaCompensated(at=at, sequence=sequence, failure=failure)
        if not_undone:
            end = SagaCompensationFailed(at=at, sequence=sequence, failure=failure, not_undone=not_undone)
        journal.decide(end)
        self._execution.close()
