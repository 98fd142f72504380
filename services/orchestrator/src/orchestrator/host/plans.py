"""One turn of one instance, run in memory and ready to be committed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from durable.events import HistoryEvent
from durable.messages import InstanceMessage
from durable.ports import Delivery
from orchestrator.engine import Instance, Turn, Unreadable
from orchestrator.heads import Head
from orchestrator.host.head_changes import head_after
from orchestrator.host.outbox import Addressed
from orchestrator.host.residents import Resident
from orchestrator.host.spans.turns import Before
from orchestrator.host.triage import Item
from orchestrator.parked import parked_id
from orchestrator.spending import Spent

Given = tuple[InstanceMessage, Item | None]


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
        taken: the messages that it took, each with the delivery that brought it, if one did.
        messages: what is to be sent once it is committed.
        spent: what is spent on it.
        owed: what its commit was charged beyond what `spent` says.
    """

    resident: Resident
    turn: Turn
    inputs: list[Delivery]
    head: Head | None
    unparked: tuple[str, ...] = ()
    left: list[Item] = field(default_factory=list)
    plain: tuple[HistoryEvent, ...] = ()
    before: Before | None = None
    taken: list[Given] = field(default_factory=list)
    messages: list[Addressed] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)
    owed: float = 0.0

    @property
    def sequence(self) -> int:
        """Number of the turn within its execution."""
        return self.resident.turns + 1


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
        taken=given[: turn.taken],
    )


def _stamped(message: InstanceMessage) -> HistoryEvent:
    event = message.event
    return event if event.message_id is not None else replace(event, message_id=message.id)


def _given(resident: Resident, items: list[Item], end: InstanceMessage | None) -> list[Given]:
    """Put the start that a head holds first, then what was parked, whatever came, and the end of the run."""
    given: list[Given] = [(item.message, item) for item in items]
    start = resident.pending_start
    if start is not None:
        sent = next((item for message, item in given if message.id == start.id), None)
        given = [(start, sent), *(one for one in given if one[0].id != start.id)]
    given[1:1] = [(message, None) for message in resident.parked]
    return [*given, (end, None)] if end is not None else given


def settle_plan(plan: Plan) -> None:
    """Let the resident know that its turn is durable."""
    resident = plan.resident
    resident.turns += 1
    resident.parked = [
        message for message in resident.parked if parked_id(message.instance_id, message.id) not in plan.unparked
    ]
    resident.account.record(plan.spent)
    resident.account.owed += plan.owed
    resident.pending_start = resident.follows = resident.head_etag = None
    resident.head = plan.head or resident.head
    resident.consumed.add(plan.turn.events, resident.identity.run, resident.turns, plan.turn.at)
