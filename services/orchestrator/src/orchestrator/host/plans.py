"""One turn of one instance, run in memory and ready to be committed: the turn record, and the head if it changed.

1. Turn first, head second: a batch whose answer was lost is recognised by the writer in its turns.
2. The head is written with the turn that changes it, never alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from durable.events import SagaStarted
from durable.messages import InstanceMessage
from durable.ports import Create, Delete, Delivery, Operation, Record, Replace
from durable.status import Status
from orchestrator.engine import Instance, Turn, Unreadable
from orchestrator.heads import Head, encode_head
from orchestrator.host.residents import Resident
from orchestrator.host.triage import Item
from orchestrator.pages import PAGE_BYTES_MAX, in_pages
from orchestrator.parked import parked_id
from orchestrator.records import TurnRecord, encode_turn


@dataclass(slots=True)
class Plan:
    """A turn that ran and is not yet durable.

    Attributes:
        inputs: the deliveries that it took, settled once its messages are sent.
        head: the head as it stands after the turn, if the turn changed it.
        unparked: the records of parked events that it took.
    """

    resident: Resident
    turn: Turn
    inputs: list[Delivery]
    head: Head | None
    unparked: tuple[str, ...] = ()

    @property
    def sequence(self) -> int:
        """Number of the turn within its execution."""
        return self.resident.turns + 1


def run_turn(resident: Resident, instance: Instance | Unreadable, items: list[Item], now: datetime) -> Plan:
    """Run one turn over these messages; what it decided is in the plan, nothing is durable yet."""
    messages = _start_first(resident, [item.message for item in items])
    messages[1:1] = resident.parked
    turn = instance.turn([message.event for message in messages], now)
    head = _head_after(resident, instance, turn, messages) if turn.head_changed else None
    if head is not None:
        resident.saga = head.saga
    unparked = tuple(parked_id(message.instance_id, message.id) for message in resident.parked)
    return Plan(resident, turn, [item.delivery for item in items], head, unparked)


def _start_first(resident: Resident, messages: list[InstanceMessage]) -> list[InstanceMessage]:
    start, resident.pending_start = resident.pending_start, None
    if start is None:
        return messages
    rest = [message for message in messages if message.id != start.id]
    sent = [message for message in messages if message.id == start.id]
    return [*(sent or [start]), *rest]


@dataclass(slots=True)
class Written:
    """A plan as the store takes it.

    Attributes:
        pages: written before, in batches of their own; none of a turn that is not large.
        operations: what makes it durable, in one batch.
        size: of the operations, in bytes.
    """

    plan: Plan
    pages: list[Record]
    operations: list[Operation]
    size: int


def write_plan(plan: Plan, writer: str) -> Written:
    """Write a plan down.

    Raises:
        EventTooLarge: one of its events does not fit into a page.
    """
    turn = _turn_record(plan, writer)
    size = len(orjson.dumps(turn))
    pages: list[Record] = []
    if size > PAGE_BYTES_MAX:
        pages, turn = in_pages(turn)
        size = len(orjson.dumps(turn))
    operations: list[Operation] = [Create(turn)]
    if plan.head is not None:
        written = encode_head(plan.head)
        size += len(orjson.dumps(written))
        operations.append(_head_operation(plan.resident, written))
    operations += map(Delete, plan.unparked)
    return Written(plan, pages, operations, size)


def _turn_record(plan: Plan, writer: str) -> Record:
    resident, identity = plan.resident, plan.resident.identity
    turn = TurnRecord(
        instance_id=identity.instance_id,
        run=identity.run,
        execution=identity.execution,
        sequence=plan.sequence,
        at=plan.turn.at,
        writer=writer,
        events=plan.turn.events,
        outbox=plan.turn.outbox,
        traceparent=resident.trace.get("traceparent"),
    )
    return encode_turn(turn, resident.partition)


def _head_operation(resident: Resident, written: dict[str, object]) -> Operation:
    if resident.turns == 0:
        return Create(written) if resident.head_etag is None else Replace(written, resident.head_etag)
    return Replace(written)


def settle_plan(plan: Plan) -> None:
    """Let the resident know that its turn is durable."""
    resident = plan.resident
    resident.turns += 1
    resident.parked = []
    resident.head = plan.head or resident.head
    for event in plan.turn.events:
        if event.message_id is not None:
            resident.consumed[event.message_id] = resident.turns


def _head_after(
    resident: Resident, instance: Instance | Unreadable, turn: Turn, messages: list[InstanceMessage]
) -> Head:
    before = resident.head or _first_head(resident, instance, turn, messages)
    return replace(
        before,
        saga=instance.saga or before.saga,
        version=instance.version or before.version,
        status=instance.status,
        updated_at=turn.at,
        turns=resident.turns + 1,
        output=instance.output,
        failure=instance.failure,
        reasons=instance.reasons,
        ended_at=turn.at if instance.status.ended else None,
        unread_events=instance.unread_events,
    )


def _first_head(
    resident: Resident, instance: Instance | Unreadable, turn: Turn, messages: list[InstanceMessage]
) -> Head:
    start = next(message for message in messages if isinstance(message.event, SagaStarted))
    return Head(
        instance_id=resident.identity.instance_id,
        partition=resident.partition,
        saga=instance.saga,
        version=instance.version,
        status=Status.RUNNING,
        run=resident.identity.run,
        execution=resident.identity.execution,
        start=start.id,
        created_at=turn.at,
        updated_at=turn.at,
        input=instance.input,
        trace=resident.trace,
    )
