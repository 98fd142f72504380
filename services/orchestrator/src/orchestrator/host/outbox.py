"""Which messages a turn sends: derived from its events, so that sending them again gives the same ones.

1. A turn names the events to be sent; everything else about a message follows from the event and the identity of its
   instance.
2. A message that is sent again because its turn may not have been sent has the same id and says `resent`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from durable.activity import command_queue
from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.codec import encode_time
from durable.events import (
    ActivityScheduled,
    HistoryEvent,
    SagaStarted,
    TimerCreated,
    TimerFired,
)
from durable.ids import idempotency_key, message_id
from durable.messages import INSTANCES, LIFECYCLE, Command, InstanceMessage, Message
from orchestrator.engine import Identity


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose turn it is that sends."""

    identity: Identity
    saga: str
    partition: str
    trace: Mapping[str, str]


Addressed = tuple[str, Message]


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
        trace=origin.trace,
    )
    id_ = message_id(identity.instance_id, identity.run, "ActivityScheduled", event.task_id, event.attempt)
    return command_queue(event.name), command.to_message(id_, due=event.due)


def timer_of(origin: Origin, event: TimerCreated) -> Addressed:
    """Give the message that will ring a timer: the event that it fired, delivered when it is due."""
    identity = origin.identity
    fired = TimerFired(task_id=event.task_id, name=event.name, due=event.due)
    id_ = message_id(identity.instance_id, identity.run, "TimerFired", event.task_id)
    message = InstanceMessage(id_, identity.instance_id, fired, identity.run, identity.execution, None, origin.trace)
    return INSTANCES, message.to_message(origin.partition, due=event.due)


LIFECYCLE_TYPES = {
    "SagaStarted": "saga.started",
    "SagaCompleted": "saga.completed",
    "SagaFailed": "saga.failed",
    "SagaCompensated": "saga.compensated",
    "SagaCompensationFailed": "saga.compensation-failed",
    "SagaTerminated": "saga.terminated",
    "SagaRejected": "saga.rejected",
}


def lifecycle_of(origin: Origin, event: HistoryEvent) -> Addressed:
    """Give the CloudEvent that tells anyone interested that an instance started or ended."""
    identity = origin.identity
    kind = type(event).__name__
    id_ = message_id(identity.instance_id, identity.run, kind, identity.execution)
    saga = event.saga if isinstance(event, SagaStarted) else origin.saga
    told = CloudEvent(
        id=id_,
        source=f"/sagas/{saga}",
        type=LIFECYCLE_TYPES[kind],
        subject=identity.instance_id,
        time=encode_time(event.at),
        data={"instance_id": identity.instance_id, "saga": saga, "run": identity.run, "execution": identity.execution},
    )
    return LIFECYCLE, Message(told.to_json(), id_, None, None, origin.trace, CONTENT_TYPE)


_MESSAGES: dict[str, Callable[[Origin, HistoryEvent], Addressed]] = {
    "command": lambda origin, event: command_of(origin, cast("ActivityScheduled", event), resent=False),
    "timer": lambda origin, event: timer_of(origin, cast("TimerCreated", event)),
    "lifecycle": lifecycle_of,
}


def messages_of(
    origin: Origin, events: tuple[HistoryEvent, ...], outbox: tuple[tuple[str, int], ...]
) -> list[Addressed]:
    """Give the messages of a turn just committed, in order."""
    return [_MESSAGES[kind](origin, events[index]) for kind, index in outbox]


def open_messages_of(
    origin: Origin,
    events: tuple[HistoryEvent, ...],
    outbox: tuple[tuple[str, int], ...],
    is_open: Callable[[int, int], bool],
) -> list[Addressed]:
    """Give those messages of an older turn that still matter: of tasks that are open, and all that tell others."""
    messages = []
    for kind, index in outbox:
        event = events[index]
        if isinstance(event, ActivityScheduled):
            if is_open(event.task_id, event.attempt):
                messages.append(command_of(origin, event, resent=True))
        elif not isinstance(event, TimerCreated) or is_open(event.task_id, 1):
            messages.append(_MESSAGES[kind](origin, event))
    return messages
