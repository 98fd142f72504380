"""How the code of a saga ends, and what its instance does then.

1. A result that cannot be written down is a failure like any other: what was registered is undone.
2. The failure of an instance tells its causes, the failure of an activity or a child among them.
3. A saga that lets its cancelling through ends `Cancelled`; one that raises something else has failed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from durable.errors import ActivityError, Cancelled, ChildSagaError, PayloadTooLarge
from durable.events import SagaCancelled, SagaCompleted, SagaFailed
from durable.failure import Failure, cause_of, failure_of
from orchestrator.engine import compensation
from orchestrator.engine.children import PARENT_ENDED, part_from_children
from orchestrator.engine.continuing import ContinueAsNew, continue_as_new
from orchestrator.engine.handles import Pending
from orchestrator.engine.payloads import write_payload

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution


class Ending:
    """Takes what the code of a saga returned or raised."""

    __slots__ = ("_execution",)

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    def told(self, main: Pending[Any]) -> None:
        """End the instance, or begin to undo."""
        if main.error is None:
            self._returned(main.outcome())
        elif isinstance(main.error, ContinueAsNew):
            continue_as_new(self._execution, main.error)
        else:
            self._raised(main.error)

    def _returned(self, value: object) -> None:
        saga = self._execution.saga
        assert saga is not None
        try:
            output = write_payload(value, saga.output)
        except (TypeError, PayloadTooLarge) as error:
            self._raised(error)
            return
        part_from_children(self._execution, PARENT_ENDED)
        journal = self._execution.journal
        journal.decide(SagaCompleted(at=journal.at, sequence=journal.next_sequence, output=output))
        self._execution.close()

    def _raised(self, error: BaseException) -> None:
        execution = self._execution
        failure = saga_failure(error)
        if not isinstance(error, Cancelled):
            execution.cancelled = None
        if compensation.is_called_for(execution):
            compensation.begin(execution, failure, error)
            return
        part_from_children(execution, PARENT_ENDED)
        journal = execution.journal
        at, sequence = journal.at, journal.next_sequence
        if execution.cancelled is None:
            journal.decide(SagaFailed(at=at, sequence=sequence, failure=failure), error)
        else:
            journal.decide(SagaCancelled(at=at, sequence=sequence, reason=execution.cancelled), error)
        execution.close()


def saga_failure(error: BaseException) -> Failure:
    """Turn what a saga raised into data; the failures of activities and children are among its causes."""
    return _with_told_cause(failure_of(error), error)


def _with_told_cause(failure: Failure, error: BaseException) -> Failure:
    if isinstance(error, ChildSagaError):
        return replace(failure, cause=error.failure.cause or error.failure)
    if isinstance(error, ActivityError):
        return replace(failure, cause=error.failure)
    cause = cause_of(error)
    if failure.cause is None or cause is None:
        return failure
    return replace(failure, cause=_with_told_cause(failure.cause, cause))
