"""What calls of activities and of sagas have in common: attempts, time-outs, and being given up.

1. A task keeps its id over all attempts; an attempt is one event.
2. Whether an attempt was followed by another, and whether somebody was asked to give up, stands in the history: on
   replay no policy is asked, so that a policy may be changed at any time.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeGuard, TypeVar

from durable.activity import Activity
from durable.errors import AuthorError, Cancelled
from durable.events import ActivityCancelRequested, ActivityFailed, ActivityScheduled, ChildFailed, ChildStarted
from durable.events import HistoryEvent as Event
from durable.events.copying import copied
from durable.failure import RESULT_MISMATCH, Failure, disagreement
from durable.randomness import fraction
from durable.retry import NO_TIMEOUTS, ONE_ATTEMPT, RetryPolicy, Timeouts
from orchestrator.engine.handles import Pending
from orchestrator.engine.payloads import Misfit, read_payload

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution

Out = TypeVar("Out")
Scheduled = TypeVar("Scheduled", ActivityScheduled, ChildStarted)

RETRY_AFTER_MAX = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms something is called.

    Attributes:
        retry: when a failed attempt is followed by another.
        timeouts: how long it may take.
        undo: what is registered with the result as input when the call completes, in the group of the call.
        label: what people see beside the name.
        compensates: the registration that the call carries out.
    """

    retry: RetryPolicy = ONE_ATTEMPT
    timeouts: Timeouts = NO_TIMEOUTS
    undo: Activity[Any, Any] | None = None
    label: str | None = None
    compensates: int | None = None


class Step(Pending[Out], Generic[Out, Scheduled]):
    """A call of an activity or of a saga.

    Attributes:
        terms: how.
        since: when its first attempt was scheduled.
        scheduled: its present attempt.
        group: number of the group of undos in which it was called, if it was in one.
        told: whether whoever carries it out was asked to give up: then no attempt follows.
    """

    __slots__ = ("_output", "execution", "group", "scheduled", "since", "terms", "told")

    def __init__(self, execution: Execution, output: Any, terms: Terms, scheduled: Scheduled) -> None:
        super().__init__(execution.scheduler)
        self.execution = execution
        self.terms = terms
        self.scheduled: Scheduled = scheduled
        self.since = scheduled.at
        self.group = group_of(execution)
        self.told = False
        self._output = output

    def cancel(self) -> None:
        if self.settled or self.scheduler.closed:
            return
        self.give_up()
        self.fail(Cancelled())

    def give_up(self, reason: str = "") -> None:
        """Wait for it no more, and say so to whoever carries it out."""
        execution, task_id = self.execution, self.scheduled.task_id
        execution.steps.pop(task_id, None)
        execution.abandoned[task_id] = None
        if not request_cancel(execution, self.scheduled, reason, given_up=True):
            execution.journal.ledger.forget(task_id)
        self.told = True

    def ask_to_give_up(self, reason: str) -> None:
        """Ask whoever carries it out to give up; its outcome is still waited for."""
        self.told = True
        request_cancel(self.execution, self.scheduled, reason, given_up=False)

    def complete(self, output: object) -> None:
        """Take a result; one that does not fit its type is a failure."""
        try:
            value = read_payload(output, self._output)
        except Misfit as misfit:
            self.refuse(disagreement(RESULT_MISMATCH, f"the result does not fit its type: {misfit}"))
        else:
            self.succeed(value)

    @abstractmethod
    def refuse(self, failure: Failure, status: str = "", /) -> None:
        """Take a failure that no further attempt follows; `status` is how a child ended."""

    def judged(self, failure: Failure) -> Failure:
        """Give what a retry policy is asked about."""
        return failure

    @abstractmethod
    def next_attempt(self, due: datetime, fact: ActivityFailed | ChildFailed, /) -> Scheduled:
        """Give the event of the attempt that follows a failed one."""


def group_of(execution: Execution) -> int | None:
    """Give the number of the group of undos that the code which runs has entered, if it has."""
    current = execution.scheduler.current
    return current.group if current else None


def request_cancel(
    execution: Execution, scheduled: ActivityScheduled | ChildStarted, reason: str, *, given_up: bool
) -> bool:
    """Record that a step is asked to give up; tell whether the history says so, which an old one does not."""
    journal = execution.journal
    if journal.replaying and not _is_cancel_of(journal.upcoming, scheduled.task_id):
        return False
    journal.decide(
        ActivityCancelRequested(
            at=journal.at,
            sequence=journal.next_sequence,
            task_id=scheduled.task_id,
            name=scheduled.name,
            label=scheduled.label,
            attempt=scheduled.attempt,
            given_up=given_up,
            instance_id=scheduled.instance_id if isinstance(scheduled, ChildStarted) else None,
            reason=reason,
        )
    )
    return True


def try_again(execution: Execution, step: Step[Any, Any], fact: ActivityFailed | ChildFailed) -> bool:
    """Schedule the attempt that follows a failed one, and tell whether there is one."""
    journal = execution.journal
    if journal.replaying:
        event = journal.upcoming
        following = journal.pass_over(event) if _is_next_attempt(event, fact) else None
    else:
        following = _following(execution, step, fact)
    if following is None:
        return False
    step.scheduled = following
    return True


def _is_cancel_of(event: Event | None, task_id: int) -> bool:
    return isinstance(event, ActivityCancelRequested) and event.task_id == task_id


def _is_next_attempt(
    event: Event | None, failed: ActivityFailed | ChildFailed
) -> TypeGuard[ActivityScheduled | ChildStarted]:
    return isinstance(event, ActivityScheduled | ChildStarted) and event.task_id == failed.task_id


def _following(
    execution: Execution, step: Step[Any, Any], fact: ActivityFailed | ChildFailed
) -> ActivityScheduled | ChildStarted | None:
    journal, policy, failed = execution.journal, step.terms.retry, step.scheduled
    given_up = step.told or (execution.undoing and step.terms.compensates is None)
    if given_up or failed.attempt >= policy.max_attempts:
        return None
    failure = step.judged(fact.failure)
    due = journal.at + _delay(execution, step, failure)
    if failed.deadline is not None and due >= failed.deadline:
        return None
    if not _allowed(policy, failure, failed.attempt, due - step.since):
        return None
    following: ActivityScheduled | ChildStarted = step.next_attempt(due, fact)
    stamps = {"at": journal.at, "sequence": journal.next_sequence, "attempt": failed.attempt + 1, "due": due}
    return journal.decide(copied(following, stamps))


def _delay(execution: Execution, step: Step[Any, Any], failure: Failure) -> timedelta:
    identity, failed = execution.identity, step.scheduled
    share = fraction(identity.instance_id, identity.run, failed.task_id, failed.attempt)
    delay = step.terms.retry.delay_after(failed.attempt, share)
    asked = min(failure.retry_after or 0, RETRY_AFTER_MAX.total_seconds())
    return max(delay, timedelta(seconds=asked))


def _allowed(policy: RetryPolicy, failure: Failure, attempt: int, elapsed: timedelta) -> bool:
    try:
        return policy.allows(failure, attempt, elapsed)
    except Exception as error:  # A predicate is its author's code and may raise anything.
        raise AuthorError(
            f"expected retry_if to give a bool for a failure of type {failure.type!r}; "
            f"it raised {type(error).__name__}: {error}"
        ) from error
