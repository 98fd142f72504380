"""A plan as records: the turn, in pages if it is large, and the head if it changed; with what they are thought to cost.

1. Turn first, head second: a batch whose answer was lost is recognised by the writer in its turns.
2. The head is written with the turn that changes it, never alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from durable.ports import Create, Delete, Operation, Record, Replace
from durable.status import Status
from orchestrator.heads import Head, encode_head
from orchestrator.host.plans import Plan
from orchestrator.host.residents import Resident
from orchestrator.pages import PAGE_BYTES_MAX, in_pages
from orchestrator.records import CarriedIds, TurnRecord, encode_turn
from orchestrator.spending import OPERATION_BYTES, Spent

_DELETED_BYTES = 500
# As they are written, and more than enough for a name.
_COST_BYTES, _STEP_BYTES = 120, 200


@dataclass(slots=True)
class Written:
    """A plan as the store takes it.

    Attributes:
        pages: written before, in batches of their own; none of a turn that is not large.
        operations: what makes it durable, in one batch.
        size: of the operations, in bytes.
        weight: its share of what its batch is charged.
        estimate: what that is thought to be, as its record says.
        charged: what its pages were charged.
    """

    plan: Plan
    pages: list[Record]
    operations: list[Operation]
    size: int
    weight: int
    estimate: float = 0.0
    charged: float = 0.0


def write_plan(plan: Plan, writer: str, price: float) -> Written:
    """Write a plan down, with what it spends by the `price` of a unit of weight.

    Raises:
        EventTooLarge: one of its events does not fit into a page.
    """
    turn = _turn_record(plan, writer)
    size = whole = len(orjson.dumps(turn))
    pages: list[Record] = []
    if size > PAGE_BYTES_MAX:
        pages, turn = in_pages(turn)
        size = len(orjson.dumps(turn))
    weight = whole + OPERATION_BYTES * (1 + len(pages))
    entry = Written(plan, pages, [Create(turn)], size, weight)
    plan.spent.records += whole
    head = None if plan.head is None else _add_head(entry, plan.head, price)
    entry.operations += map(Delete, plan.unparked)
    entry.weight += (OPERATION_BYTES + _DELETED_BYTES) * len(plan.unparked)
    _add_cost(entry, turn, head, price)
    return entry


def _add_head(entry: Written, head: Head, price: float) -> Record:
    plan = entry.plan
    record = encode_head(head)
    operation = _head_operation(plan.resident, record)
    size = len(orjson.dumps(record))
    weight = OPERATION_BYTES + size
    entry.operations.append(operation)
    entry.size += size
    entry.weight += 2 * weight if isinstance(operation, Replace) else weight
    plan.spent.records += size
    if _was_pending(plan.resident):
        plan.spent.ru += price * weight
    return record


def _add_cost(entry: Written, turn: Record, head: Record | None, price: float) -> None:
    spent = entry.plan.spent
    entry.estimate = price * entry.weight
    spent.ru += entry.estimate
    turn["spent"] = spent.in_turn()
    entry.size += _room_for(spent)
    if head is not None:
        total = entry.plan.resident.account.total.plus(spent)
        head["cost"] = total.in_head()
        entry.size += _room_for(total)


def _room_for(spent: Spent) -> int:
    return _COST_BYTES + _STEP_BYTES * len(spent.steps)


def _was_pending(resident: Resident) -> bool:
    """Tell whether the API wrote a head before the first turn, which somebody paid for."""
    is_first = resident.turns == 0 and resident.head_etag is not None
    return is_first and (resident.head is None or resident.head.status is Status.PENDING)


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
