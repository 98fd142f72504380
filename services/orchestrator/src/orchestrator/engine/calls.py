"""Calls of activities: how one is scheduled and answered.

1. A call whose worker has no queue fails at once, by itself, and stands so in the history.
2. Time-outs are counted by the worker, and by the messages that the host sends to itself: the engine has no timer for
   them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from durable.activity import Activity, command_queue
from durable.errors import ActivityError, ActivityTimeout, OutcomeUnknown
from durable.events import ActivityFailed, ActivityScheduled, ChildFailed, HistoryEvent
from durable.failure import ACTIVITY_TIMEOUT, OUTCOME_UNKNOWN, UNKNOWN_DESTINATION, Failure, disagreement
from durable.retry import NO_TIMEOUTS, Timeouts
from orchestrator.engine.steps import Step, Terms

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution

Out = TypeVar("Out")

_ERRORS: dict[str, type[ActivityError]] = {ACTIVITY_TIMEOUT: ActivityTimeout, OUTCOME_UNKNOWN: OutcomeUnknown}


class Call(Step[Out, ActivityScheduled]):
    """A call of an activity."""

    __slots__ = ()

    def refuse(self, failure: Failure, _status: str = "", /) -> None:
        self.fail(_ERRORS.get(failure.type, ActivityError)(failure, self.scheduled.name))

    def next_attempt(self, due: datetime, fact: ActivityFailed | ChildFailed, /) -> ActivityScheduled:
        detail = fact.heartbeat if isinstance(fact, ActivityFailed) else None
        to_start = self.terms.timeouts.schedule_to_start
        return replace(self.scheduled, last_heartbeat=detail, start_by=None if to_start is None else due + to_start)


def schedule(execution: Execution, activity: Activity[Any, Out], data: object, terms: Terms) -> Call[Out]:
    """Schedule the first attempt of an activity; `data` is its input as JSON data."""
    journal = execution.journal
    event = ActivityScheduled(
        at=journal.at,
        sequence=journal.next_sequence,
        task_id=journal.next_task,
        name=activity.name,
        label=terms.label,
        input=data,
        compensates=terms.compensates,
        once=activity.on_redelivery == "fail",
    )
    if terms.timeouts is not NO_TIMEOUTS:
        event = _bounded(event, terms.timeouts)
    scheduled = journal.decide(event)
    call: Call[Out] = Call(execution, activity.output, terms, scheduled)
    refused = _refused(execution, scheduled)
    if refused is None:
        execution.steps[scheduled.task_id] = call
    else:
        call.refuse(refused.failure)
    return call


def _bounded(event: ActivityScheduled, timeouts: Timeouts) -> ActivityScheduled:
    at, to_start, to_close = event.at, timeouts.schedule_to_start, timeouts.schedule_to_close
    return replace(
        event,
        start_by=None if to_start is None else at + to_start,
        deadline=None if to_close is None else at + to_close,
        start_to_close=_seconds(timeouts.start_to_close),
        heartbeat=_seconds(timeouts.heartbeat),
    )


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


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
