"""What the head of an instance says after a turn.

1. What a head says of the present execution follows from the instance; what it says of the run, from the start.
2. A head that another run follows leaves it what was asked for by id, and its tags unless the start gives some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from durable.events import SagaStarted, StatusSet
from durable.messages import InstanceMessage
from durable.status import Status
from orchestrator.engine import Instance, Turn, Unreadable
from orchestrator.heads import REQUESTS_MAX, Head, StartRequest, held_start, input_hash
from orchestrator.host.residents import Resident


def head_after(
    resident: Resident, instance: Instance | Unreadable, turn: Turn, messages: Sequence[InstanceMessage]
) -> Head:
    """Give the head as it stands after a turn that changed it; `messages` are what the turn was given."""
    before = resident.head or _first_head(resident, messages, turn.at)
    if isinstance(instance, Unreadable):
        return replace(
            before, status=instance.status, reasons=instance.reasons, updated_at=turn.at, turns=resident.turns + 1
        )
    head = replace(
        before,
        saga=instance.saga or before.saga,
        version=instance.version or before.version,
        status=instance.status,
        run=resident.identity.run,
        execution=resident.identity.execution,
        trace=resident.trace,
        updated_at=turn.at,
        turns=resident.turns + 1,
        input=instance.input if instance.started else before.input,
        output=instance.output,
        failure=instance.failure,
        reasons=instance.reasons,
        ended_at=turn.at if instance.status.ended else None,
        unread_events=instance.unread_events,
        custom_status=_shown(instance, turn, before),
        tags=instance.tags if instance.started else before.tags,
        next_start=None,
        due=None,
    )
    return head if instance.next_start is None else _between(head, instance.next_start)


def _shown(instance: Instance, turn: Turn, before: Head) -> object:
    """Give the custom status; an execution that has not set it goes on with that of the one before."""
    if any(type(event) is StatusSet for event in turn.events):
        return instance.custom_status
    return before.custom_status if instance.custom_status is None else instance.custom_status


def _between(head: Head, following: SagaStarted) -> Head:
    """Give the head of an execution that has no turn yet."""
    return replace(
        head,
        version=following.version or head.version,
        execution=head.execution + 1,
        turns=0,
        input=following.input,
        tags=following.tags or {},
        next_start=held_start(following),
    )


def _first_head(resident: Resident, messages: Sequence[InstanceMessage], now: datetime) -> Head:
    start, event = next((message, message.event) for message in messages if isinstance(message.event, SagaStarted))
    identity, before = resident.identity, resident.follows
    return Head(
        instance_id=identity.instance_id,
        partition=resident.partition,
        saga=event.saga,
        version=event.version,
        status=Status.RUNNING,
        run=identity.run,
        execution=identity.execution,
        start=start.id,
        created_at=now,
        updated_at=now,
        input=event.input,
        trace=resident.trace,
        deadline=event.deadline,
        parent=event.parent,
        parent_id=event.parent_id,
        root_id=event.root_id,
        requests=with_request(before.requests if before else (), event, identity.execution),
        refused_runs=before.refused_runs if before else (),
    )


def with_request(
    requests: tuple[StartRequest, ...], event: SagaStarted, execution: int, outcome: str = "started"
) -> tuple[StartRequest, ...]:
    """Add the start that somebody asked for by id, if it was, and forget the oldest."""
    if event.request_id is None:
        return requests
    asked = StartRequest(event.request_id, input_hash(event.input), execution, outcome)
    return (*(one for one in requests if one.request_id != asked.request_id), asked)[-REQUESTS_MAX:]
