"""One turn of one instance, run in memory and ready to be committed: the turn record, and the head if it changed.

1. Turn first, head second: a batch whose answer was lost is recognised by the writer in its turns.
2. The head is written with the turn that changes it, never alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

import orjson

from durable.events import HistoryEvent
from durable.messages import InstanceMessage
from durable.ports import Create, Delete, Delivery, Operation, Record, Replace
from orchestrator.engine import Instance, Turn, Unreadable
from orchestrator.heads import Head, encode_head
from orchestrator.host.head_changes import head_after
from orchestrator.host.residents import Resident
from orchestrator.host.spans.turns import Before
from orchestrator.host.triage import Item
from orchestrator.pages import PAGE_BYTES_MAX, in_pages
from orchestrator.parked import parked_id
from orchestrator.records import CarriedIds, TurnRecord, encode_turn


@dataclass(slots=True)
class Plan:
    """A turn that ran and is not yet durable.

    Attributes:
        inputs: the deliveries that it took, settled once its messages are sent.
        head: the head as it stands after the turn, if the turn changed it.
        unparked: the records of parked events that it took.
        left: what it did not take, since the execution ended before: it is for the next.
        plain: the events of the turn before they were sealed, if they were.
        before: how its execution stood before, if the spans of the turn are told and it can be read.
    """

    resident: Resident
    turn: Turn
    inputs: list[Delivery]
    head: Head | None
    unparked: tuple[str, ...] = ()
    left: list[Item] = field(default_factory=list)
    plain: tuple[HistoryEvent, ...] = ()
    before: Before | None = None

    @property
    def sequence(self) -> int:
        """Number of the turn within its execution."""
        return self.resident.turns + 1


_Given = tuple[InstanceMessage, Item | None]


def run_turn(
    resident: Resident, instance: Instance | Unreadable, items: list[Item], end: InstanceMessage | None, now: datetime
) -> Plan:
    """Run one turn over these messages and, if there is one, the `end` of the run; nothing of it is durable yet."""
    given = _given(resident, items, end)
    messages = [message for message, _ in given]
    turn = instance.turn([_stamped(message) for message in messages], now)
    head = head_after(resident, instance, turn, messages) if turn.head_changed else None
    if head is not None:
        resident.saga = head.saga
    taken = {message.id for message in messages[: turn.taken]}
    return Plan(
        resident,
        turn,
        [item.delivery for _, item in given[: turn.taken] if item is not None],
        head,
        tuple(parked_id(message.instance_id, message.id) for message in resident.parked if message.id in taken),
        [item for _, item in given[turn.taken :] if item is not None],
    )


def _stamped(message: InstanceMessage) -> HistoryEvent:
    event = message.event
    return event if event.message_id is not None else replace(event, message_id=message.id)


def _given(resident: Resident, items: list[Item], end: InstanceMessage | None) -> list[_Given]:
    """Put the start that a head holds first, then what was parked, whatever came, and the end of the run."""
    given: list[_Given] = [(item.message, item) for item in items]
    start = resident.pending_start
    if start is not None:
        sent = next((item for message, item in given if message.id == start.id), None)
        given = [(start, sent), *(one for one in given if one[0].id != start.id)]
    given[1:1] = [(message, None) for message in resident.parked]
    return [*given, (end, None)] if end is not None else given


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
        carried=resident.consumed.carried(plan.turn.at) if plan.sequence == 1 else CarriedIds(),
    )
    return encode_turn(turn, resident.partition)


def _head_operation(resident: Resident, written: dict[str, object]) -> Operation:
    is_new = resident.turns == 0 and resident.head is None and resident.follows is None
    if resident.turns == 0 and resident.head_etag is not None:
        return Replace(written, resident.head_etag)
    return Create(written) if is_new else Replace(written)


def settle_plan(plan: Plan) -> None:
    """Let the resident know that its turn is durable."""
    resident = plan.resident
    resident.turns += 1
    resident.parked = [
        message for message in resident.parked if parked_id(message.instance_id, message.id) not in plan.unparked
    ]
    resident.pending_start = resident.follows = resident.head_etag = None
    resident.head = plan.head or resident.head
    resident.consumed.add(plan.turn.events, resident.identity.run, resident.turns, plan.turn.at)
