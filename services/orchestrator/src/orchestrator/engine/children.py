"""Child sagas: those that are called and waited for, and those that are only started.

1. The id of a child follows from its parent, its saga and its task unless the author gives one.
2. A child that is waited for is asked to cancel when nobody can learn of its outcome any more, but for an abrupt end of
   its parent: that leaves it alone unless it is to reach all children.
3. What becomes of a detached child when its parent ends is told at its start.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from durable.errors import AlreadyExists, ChildSagaError, DeadlineExceeded
from durable.events import ActivityCancelRequested, ActivityFailed, ChildFailed, ChildStarted, SagaTerminated
from durable.failure import CHILD_EXISTS, DEADLINE_EXCEEDED, Failure
from durable.ids import check_instance_id, instance_id_for
from orchestrator.engine.steps import Step, Terms, request_cancel

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution
    from orchestrator.engine.journal import Journal
    from orchestrator.engine.registry import AnySaga

Out = TypeVar("Out")

PARENT_ENDED = "its parent has ended"


@dataclass(frozen=True, slots=True)
class Birth:
    """How a child is started.

    Attributes:
        instance_id: its id, if the author gives one.
        tags: its tags as JSON data.
        delay: how long after now it starts.
        timeout: how long it is waited for.
        on_parent_end: what becomes of it when its parent ends, if nobody waits for it.
    """

    instance_id: str | None = None
    tags: dict[str, object] | None = None
    delay: timedelta | None = None
    timeout: timedelta | None = None
    on_parent_end: str | None = None


class Child(Step[Out, ChildStarted]):
    """A call of a saga."""

    __slots__ = ()

    def refuse(self, failure: Failure, status: str = "", /) -> None:
        started = self.scheduled
        if failure.type == CHILD_EXISTS:
            self.fail(AlreadyExists(failure.message))
        elif failure.type == DEADLINE_EXCEEDED:
            request_cancel(self.execution, started, "its parent waits for it no longer", given_up=True)
            self.fail(DeadlineExceeded(failure.message))
        else:
            self.fail(ChildSagaError(failure, started.name, started.instance_id, status))

    def judged(self, failure: Failure) -> Failure:
        """Give what the child ended with, which is what an author knows the types of."""
        return failure if failure.cause is None else replace(failure.cause, retryable=failure.retryable)

    def next_attempt(self, _due: datetime, _fact: ActivityFailed | ChildFailed, /) -> ChildStarted:
        return self.scheduled


def start_child(execution: Execution, saga: AnySaga, data: object, birth: Birth, label: str | None) -> ChildStarted:
    """Ask for a child; `data` is its input as JSON data.

    Raises:
        InvalidName: the given id is not legal.
    """
    journal = execution.journal
    task_id = journal.next_task
    return journal.decide(
        ChildStarted(
            at=journal.at,
            sequence=journal.next_sequence,
            task_id=task_id,
            name=saga.name,
            label=label,
            instance_id=_child_id(execution, saga, birth, task_id),
            input=data,
            due=None if birth.delay is None else journal.at + birth.delay,
            deadline=None if birth.timeout is None else journal.at + birth.timeout,
            tags=birth.tags,
            on_parent_end=birth.on_parent_end,
        )
    )


def call_child(execution: Execution, saga: AnySaga, data: object, birth: Birth, terms: Terms) -> Child[Any]:
    """Start a child and wait for it; errors as `start_child`."""
    started = start_child(execution, saga, data, birth, terms.label)
    child: Child[Any] = Child(execution, saga.output, terms, started)
    execution.steps[started.task_id] = child
    return child


def part_from_children(execution: Execution, reason: str) -> None:
    """Tell the children that are still open that their parent has ended by itself."""
    journal = execution.journal
    for step in tuple(execution.steps.values()):
        if isinstance(step, Child) and not step.told:
            step.give_up(reason)
    for child in tuple(journal.ledger.detached.values()):
        if child.on_parent_end != "abandon":
            _tell(journal, child, reason, terminates=child.on_parent_end == "terminate")


def end_children(journal: Journal, fact: SagaTerminated) -> None:
    """Tell the children that are still open that their parent was terminated; needs no code of the saga."""
    ledger = journal.ledger
    if fact.recursive:
        for step in tuple(ledger.steps.values()):
            if isinstance(step, ChildStarted):
                _tell(journal, step, fact.reason, terminates=True)
    for child in tuple(ledger.detached.values()):
        if fact.recursive or child.on_parent_end != "abandon":
            _tell(journal, child, fact.reason, terminates=fact.recursive or child.on_parent_end == "terminate")


def _tell(journal: Journal, child: ChildStarted, reason: str, *, terminates: bool) -> None:
    event = ActivityCancelRequested(
        at=journal.at,
        sequence=journal.next_sequence,
        task_id=child.task_id,
        name=child.name,
        label=child.label,
        attempt=child.attempt,
        given_up=True,
        instance_id=child.instance_id,
        terminates=terminates,
        reason=reason,
    )
    journal.decide(event)


def _child_id(execution: Execution, saga: AnySaga, birth: Birth, task_id: int) -> str:
    if birth.instance_id is not None:
        return check_instance_id(birth.instance_id)
    identity = execution.identity
    return instance_id_for(identity.instance_id, saga.name, f"{identity.execution}.{task_id}")
