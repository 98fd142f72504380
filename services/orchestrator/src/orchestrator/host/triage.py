"""What each received message is to its instance, decided before anything runs.

1. A message is looked up among the consumed ids before the state of its instance is asked: a redelivery is recognised
   whatever has become of the instance since.
2. Only a start creates an instance. An event that comes for an unknown one is parked until it starts; what else comes
   is refused where a person finds it, or, if it answers something that is gone, settled and logged.
3. A message that is ahead of the history in memory is no stray: the memory is old.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from durable.control import ActivityHeartbeat
from durable.errors import UndecodableMessage
from durable.events import EventReceived, SagaStarted, SagaTerminated
from durable.ids import partition_of, run_id
from durable.messages import InstanceMessage, trace_of
from durable.ports import Delivery
from durable.requests import OwnerRequest, read_for_instance
from orchestrator.engine import Verdict
from orchestrator.host.residents import Resident

PARKED_UNTIL = "parked_until"


@dataclass(frozen=True, slots=True)
class Item:
    """A message for an instance, and the delivery that brought it."""

    message: InstanceMessage
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the owner, and the delivery that brought it."""

    request: OwnerRequest
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Heard:
    """A heartbeat of an attempt that runs, and the delivery that brought it."""

    heartbeat: ActivityHeartbeat
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that goes to the dead-letter queue, with the reason that a person reads there."""

    delivery: Delivery
    reason: str
    description: str


@dataclass(slots=True)
class Inbox:
    """What a receive brought, in order: messages by instance, parked events that are over, requests and heartbeats."""

    items: dict[str, list[Item]] = field(default_factory=dict)
    expired: list[Item] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class Triaged:
    """What the messages for one instance are.

    Attributes:
        take: news, in order.
        settle: nothing to be done but to settle.
        resend: taken before by a turn that may not have been sent: (turn, delivery).
        refused: for the dead-letter queue.
        park: raised events, to be kept until the instance starts.
        ahead: newer than the resident: load it again; if that does not help, its history was lost.
    """

    take: list[Item] = field(default_factory=list)
    settle: list[Delivery] = field(default_factory=list)
    resend: list[tuple[int, Delivery]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    park: list[Item] = field(default_factory=list)
    ahead: list[Item] = field(default_factory=list)

    def clear(self) -> None:
        """Forget it: the messages are sorted again."""
        for part in (self.take, self.settle, self.resend, self.refused, self.park, self.ahead):
            part.clear()


def read_inbox(deliveries: list[Delivery], partition: str, partition_count: int) -> Inbox:
    """Decode what was received and sort it by instance; refuse what is no message, or no message for here."""
    inbox = Inbox()
    for delivery in deliveries:
        try:
            message = read_for_instance(delivery.body, trace_of(delivery.properties))
        except UndecodableMessage as error:
            inbox.refused.append(Refused(delivery, "Undecodable", str(error)))
            continue
        home = partition_of(message.instance_id, partition_count)
        if home != partition:
            told = f"expected instances of partition {partition}; found {message.instance_id!r} of {home}"
            inbox.refused.append(
                Refused(delivery, "ForeignPartition", f"{told}. Do all services use {partition_count} partitions?")
            )
            continue
        if isinstance(message, OwnerRequest):
            inbox.asked.append(Asked(message, delivery))
        elif isinstance(message, ActivityHeartbeat):
            inbox.heard.append(Heard(message, delivery))
        elif PARKED_UNTIL in delivery.properties:
            inbox.expired.append(Item(message, delivery))
        else:
            inbox.items.setdefault(message.instance_id, []).append(Item(message, delivery))
    return inbox


def triage(resident: Resident, items: list[Item]) -> Triaged:
    """Sort the messages for an instance that exists."""
    sorted_ = Triaged()
    seen = {message.id for message in resident.parked}
    for item in items:
        turn = resident.consumed.get(item.message.id)
        if turn is not None or item.message.id in seen:
            _redelivered(resident, sorted_, turn, item)
            continue
        verdict = _judge(resident, item.message)
        if verdict is Verdict.AHEAD:
            sorted_.ahead.append(item)
        elif verdict is Verdict.TAKE:
            seen.add(item.message.id)
            sorted_.take.append(item)
        else:
            sorted_.settle.append(item.delivery)
    return sorted_


def triage_unknown(items: list[Item]) -> Triaged:
    """Sort the messages for an instance that the store does not know."""
    sorted_ = Triaged()
    for item in items:
        if isinstance(item.message.event, EventReceived):
            sorted_.park.append(item)
        elif isinstance(item.message.event, SagaTerminated):
            kind = type(item.message.event).__name__
            told = f"{kind} for instance {item.message.instance_id!r}, which was never started"
            sorted_.refused.append(Refused(item.delivery, "UnknownInstance", told))
        else:
            sorted_.settle.append(item.delivery)
    return sorted_


def refuse_ahead(sorted_: Triaged) -> None:
    """Put messages that are ahead of a history just read where a person finds them."""
    for item in sorted_.ahead:
        kind = type(item.message.event).__name__
        told = f"{kind} for instance {item.message.instance_id!r}, whose history has no such task"
        sorted_.refused.append(Refused(item.delivery, "AheadOfHistory", told))


def _redelivered(resident: Resident, sorted_: Triaged, turn: int | None, item: Item) -> None:
    if turn is not None and turn <= resident.unsure:
        sorted_.resend.append((turn, item.delivery))
    else:
        sorted_.settle.append(item.delivery)


def _starts(resident: Resident, message: InstanceMessage) -> bool:
    if resident.pending_start is not None:
        return message.id == resident.pending_start.id
    return resident.turns == 0 and run_id(message.id) == resident.identity.run


def _judge(resident: Resident, message: InstanceMessage) -> Verdict:
    identity = resident.identity
    if message.run and message.run != identity.run:
        return Verdict.STALE
    if message.run and message.execution > identity.execution:
        return Verdict.AHEAD
    if message.run and 0 < message.execution < identity.execution:
        return Verdict.STALE
    if isinstance(message.event, SagaStarted):
        return Verdict.TAKE if _starts(resident, message) else Verdict.STALE
    if resident.instance is None:
        return Verdict.STALE
    if resident.turns == 0 and isinstance(message.event, EventReceived | SagaTerminated):
        # Its start is taken in the same turn, and before it.
        return Verdict.TAKE
    return resident.instance.judge(message.event)
