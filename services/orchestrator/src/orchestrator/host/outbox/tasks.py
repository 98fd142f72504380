"""Messages of an instance's own tasks: commands to workers, timers, time-outs.

1. A time-out is an answer to oneself, delivered when it is due: whichever comes first, it or the worker's, is taken.
"""

from __future__ import annotations

from durable.activity import command_queue
from durable.events import ActivityFailed, ActivityScheduled, ChildFailed, ChildStarted, TimerCreated, TimerFired
from durable.failure import ACTIVITY_TIMEOUT, DEADLINE_EXCEEDED, disagreement
from durable.ids import idempotency_key, message_id, task_subject
from durable.messages import Command
from orchestrator.host.outbox.origin import Addressed, Origin


def command_of(origin: Origin, event: ActivityScheduled, *, resent: bool) -> Addressed:
    """Give the command of a scheduled attempt, and its queue."""
    identity = origin.identity
    command = Command(
        instance_id=identity.instance_id,
        run=identity.run,
        execution=identity.execution,
        task_id=event.task_id,
        attempt=event.attempt,
        activity=event.name,
        input=event.input,
        idempotency_key=idempotency_key(identity.instance_id, identity.run, identity.execution, event.task_id),
        reply_session=origin.partition,
        resent=resent,
        start_by=event.start_by,
        deadline=event.deadline,
        start_to_close=event.start_to_close,
        heartbeat=event.heartbeat,
        last_heartbeat=event.last_heartbeat,
        once=event.once,
        trace=origin.trace_of_step(event),
    )
    id_ = _id(origin, "ActivityScheduled", event.task_id, event.attempt)
    return command_queue(event.name), command.to_message(id_, due=event.due)


def timer_of(origin: Origin, event: TimerCreated) -> Addressed:
    """Give the message that will ring a timer: the event that it fired, delivered when it is due."""
    fired = TimerFired(task_id=event.task_id, name=event.name, due=event.due)
    return origin.to_itself(_id(origin, "TimerFired", event.task_id), fired, event.due)


def timeouts_of_activity(origin: Origin, event: ActivityScheduled) -> list[Addressed]:
    """Give the time-outs of a scheduled attempt that the orchestrator itself keeps: of its start, and of the call."""
    timeouts = []
    if event.start_by is not None:
        failed = _timed_out(event, "schedule_to_start", event.attempt)
        id_ = _id(origin, "schedule_to_start", event.task_id, event.attempt)
        timeouts.append(origin.to_itself(id_, failed, event.start_by))
    if event.deadline is not None:
        failed = _timed_out(event, "schedule_to_close", 0)
        timeouts.append(origin.to_itself(_id(origin, "schedule_to_close", event.task_id), failed, event.deadline))
    return timeouts


def timeouts_of_child(origin: Origin, event: ChildStarted) -> list[Addressed]:
    """Give the time-out of the call of a saga; it is of all attempts together."""
    if event.deadline is None:
        return []
    told = f"child saga {event.name!r} ({event.instance_id!r}) did not end by {event.deadline.isoformat()}"
    failed = ChildFailed(
        task_id=event.task_id,
        name=event.name,
        label=event.label,
        attempt=0,
        failure=disagreement(DEADLINE_EXCEEDED, told),
    )
    return [origin.to_itself(_id(origin, "schedule_to_close", event.task_id), failed, event.deadline)]


def _timed_out(event: ActivityScheduled, kind: str, attempt: int) -> ActivityFailed:
    by = event.start_by if kind == "schedule_to_start" else event.deadline
    told = f"activity {event.name!r} did not {'start' if kind == 'schedule_to_start' else 'end'} by {by}"
    failure = disagreement(ACTIVITY_TIMEOUT, told, {"kind": kind})
    return ActivityFailed(task_id=event.task_id, name=event.name, label=event.label, attempt=attempt, failure=failure)


def _id(origin: Origin, kind: str, task_id: int, attempt: int = 0) -> str:
    identity = origin.identity
    subject = task_subject(identity.execution, task_id)
    return message_id(identity.instance_id, identity.run, kind, subject, attempt)
