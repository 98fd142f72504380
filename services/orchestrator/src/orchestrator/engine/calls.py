"""Calls of activities: how one is scheduled, answered, tried again and given up.

1. A task keeps its id over all attempts; an attempt is one `ActivityScheduled`.
2. Whether an attempt was followed by another stands in the history: on replay no policy is asked, so that a policy
   may be changed at any time.
3. A call whose worker has no queue fails at once, by itself, and stands so in the history.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from durable.activity import Activity, command_queue
from durable.errors import ActivityError, AuthorError, Cancelled
from durable.events import ActivityCompleted, ActivityFailed, ActivityScheduled, HistoryEvent
from durable.failure import RESULT_MISMATCH, UNKNOWN_DESTINATION, Failure, disagreement
from durable.randomness import fraction
from durable.retry import ONE_ATTEMPT, RetryPolicy
from orchestrator.engine.handles import Pending
from orchestrator.engine.payloads import Misfit, read_payload

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution

Out = TypeVar("Out")

RETRY_AFTER_MAX = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an activity is called.

    Attributes:
        retry: when a failed attempt is followed by another.
        undo: what is registered with the result as input when the call completes.
        label: what people see beside the name.
        compensates: the registration that the call carries out.
    """

    retry: RetryPolicy = ONE_ATTEMPT
    undo: Activity[Any, Any] | None = None
    label: str | None = None
    compensates: int | None = None


class Call(Pending[Out]):
    """A call of an activity.

    Attributes:
        activity: what is called.
        terms: how.
        since: when its first attempt was scheduled.
        scheduled: its present attempt.
    """

    __slots__ = ("_execution", "activity", "scheduled", "since", "terms")

    def __init__(
        self, execution: Execution, activity: Activity[Any, Out], terms: Terms, scheduled: ActivityScheduled
    ) -> None:
        super().__init__(execution.scheduler)
        self._execution = execution
        self.activity = activity
        self.terms = terms
        self.scheduled = scheduled
        self.since = scheduled.at

    def cancel(self) -> None:
        if self.settled or self.scheduler.closed:
            return
        task_id = self.scheduled.task_id
        self._execution.calls.pop(task_id, None)
        self._execution.journal.ledger.forget(task_id)
        self.fail(Cancelled())

    def complete(self, fact: ActivityCompleted) -> None:
        """Take a result; one that does not fit its type is a failure."""
        try:
            value = read_payload(fact.output, self.activity.output)
        except Misfit as misfit:
            self.refuse(disagreement(RESULT_MISMATCH, f"the result does not fit its type: {misfit}"))
        else:
            self.succeed(value)

    def refuse(self, failure: Failure) -> None:
        """Take a failure that no further attempt follows."""
        self.fail(ActivityError(failure, self.activity.name))


def schedule(execution: Execution, activity: Activity[Any, Out], data: object, terms: Terms) -> Call[Out]:
    """Schedule the first attempt of an activity; `data` is its input as JSON data."""
    journal = execution.journal
    scheduled = journal.decide(
        ActivityScheduled(
            at=journal.at,
            sequence=journal.next_sequence,
            task_id=journal.next_task,
            name=activity.name,
            label=terms.label,
            input=data,
            compensates=terms.compensates,
        )
    )
    call = Call(execution, activity, terms, scheduled)
    refused = _refused(execution, scheduled)
    if refused is None:
        execution.calls[scheduled.task_id] = call
    else:
        call.refuse(refused.failure)
    return call


def try_again(execution: Execution, call: Call[Any], fact: ActivityFailed) -> bool:
    """Schedule the attempt that follows a failed one, and tell whether there is one."""
    journal = execution.journal
    if journal.replaying:
        event = journal.upcoming
        following = journal.pass_over(event) if _is_next_attempt(event, fact) else None
    else:
        following = _following(execution, call, fact)
    if following is None:
        return False
    call.scheduled = following
    return True


def _refused(execution: Execution, scheduled: ActivityScheduled) -> ActivityFailed | None:
    journal = execution.journal
    if journal.replaying:
        event = journal.upcoming
        return journal.pass_over(event) if _is_refusal(event, scheduled) else None
    queue = command_queue(scheduled.name)
    if queue in execution.setup.destinations:
        return None
    message = f"expected queue {queue!r} for activity {scheduled.name!r}; the topology has none of that name"
    return journal.decide(
        ActivityFailed(
            at=journal.at,
            sequence=journal.next_sequence,
            task_id=scheduled.task_id,
            name=scheduled.name,
            label=scheduled.label,
            failure=disagreement(UNKNOWN_DESTINATION, message),
        )
    )


def _is_refusal(event: HistoryEvent | None, scheduled: ActivityScheduled) -> TypeGuard[ActivityFailed]:
    return (
        isinstance(event, ActivityFailed)
        and event.task_id == scheduled.task_id
        and event.message_id is None
        and event.failure.type == UNKNOWN_DESTINATION
    )


def _is_next_attempt(event: HistoryEvent | None, failed: ActivityFailed) -> TypeGuard[ActivityScheduled]:
    return isinstance(event, ActivityScheduled) and event.task_id == failed.task_id


def _following(execution: Execution, call: Call[Any], fact: ActivityFailed) -> ActivityScheduled | None:
    journal, policy, failed = execution.journal, call.terms.retry, call.scheduled
    given_up = execution.undoing and call.terms.compensates is None
    if given_up or failed.attempt >= policy.max_attempts:
        return None
    due = journal.at + _delay(execution, call, fact.failure)
    if not _allowed(policy, fact.failure, failed.attempt, due - call.since):
        return None
    return journal.decide(
        replace(failed, at=journal.at, sequence=journal.next_sequence, attempt=failed.attempt + 1, due=due)
    )


def _delay(execution: Execution, call: Call[Any], failure: Failure) -> timedelta:
    identity, failed = execution.identity, call.scheduled
    share = fraction(identity.instance_id, identity.run, failed.task_id, failed.attempt)
    delay = call.terms.retry.delay_after(failed.attempt, share)
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
