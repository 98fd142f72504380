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
from durable.events import CancelRequested, EventReceived, SagaStarted, SagaTerminated
from durable.ids import partition_of
from durable.messages import InstanceMessage, trace_of
from durable.ports import Delivery
from durable.requests import OwnerRequest, read_for_instance
from orchestrator.engine import Verdict
from orchestrator.host.consumed import Place
from orchestrator.host.judging import (
    fate_of_start,
    has_answered,
    is_for_a_run_to_come,
    is_foreign_start,
    judged,
    taken_at,
    waits_for_its_time,
)
from orchestrator.host.residents import Resident
from orchestrator.host.starts import Fate, replacement_of

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
    """What a receive brought, in order: messages by instance, parked events that are over, requests and heartbeats.

    Attributes:
        later: what its instances take in the next receive, before what that brings.
    """

    items: dict[str, list[Item]] = field(default_factory=dict)
    expired: list[Item] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    later: dict[str, list[Item]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many messages it brought that were not refused."""
        return sum(map(len, self.items.values())) + len(self.expired) + len(self.asked) + len(self.heard)

    def begin_with(self, left: dict[str, list[Item]]) -> None:
        """Put what an earlier receive left before what this one brought."""
        for instance_id, items in left.items():
            self.items[instance_id] = items + self.items.get(instance_id, [])


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
        answer: starts that begin nothing, and why: a parent that waits is told.
        call_off: ends of children that have not started: their starts are refused when they come.
        end: what ends the present run since a start takes its place.
        then: a start of the next run, and what came behind it: sorted again when the present run has ended.
    """

    take: list[Item] = field(default_factory=list)
    settle: list[Delivery] = field(default_factory=list)
    resend: list[tuple[Place, Delivery]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    park: list[Item] = field(default_factory=list)
    ahead: list[Item] = field(default_factory=list)
    answer: list[tuple[InstanceMessage, Fate]] = field(default_factory=list)
    call_off: list[Item] = field(default_factory=list)
    end: InstanceMessage | None = None
    then: list[Item] = field(default_factory=list)


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
    waits = waits_for_its_time(resident, [item.message for item in items]) if resident.turns == 0 else False
    for number, item in enumerate(items):
        message = item.message
        place = taken_at(resident, message)
        if place is not None or message.id in seen:
            _redelivered(resident, sorted_, place, item)
        elif is_foreign_start(resident, message):
            if _follows(resident, sorted_, item):
                sorted_.then = items[number:]
                break
        elif waits and isinstance(message.event, EventReceived):
            sorted_.park.append(item)
        elif is_for_a_run_to_come(resident, message):
            sorted_.call_off.append(item)
        else:
            _news(resident, sorted_, item, seen)
    return sorted_


def triage_unknown(items: list[Item]) -> Triaged:
    """Sort the messages for an instance that the store does not know."""
    sorted_ = Triaged()
    for item in items:
        message = item.message
        if isinstance(message.event, EventReceived):
            sorted_.park.append(item)
        elif isinstance(message.event, CancelRequested | SagaTerminated) and message.run:
            sorted_.call_off.append(item)
        elif isinstance(message.event, SagaTerminated):
            kind = type(message.event).__name__
            told = f"{kind} for instance {message.instance_id!r}, which was never started"
            sorted_.refused.append(Refused(item.delivery, "UnknownInstance", told))
        else:
            sorted_.settle.append(item.delivery)
            if isinstance(message.event, SagaStarted):
                sorted_.answer.append((message, Fate.UNWANTED))
    return sorted_


def refuse_ahead(sorted_: Triaged) -> None:
    """Put messages that are ahead of a history just read where a person finds them."""
    for item in sorted_.ahead:
        kind = type(item.message.event).__name__
        told = f"{kind} for instance {item.message.instance_id!r}, whose history has no such task"
        sorted_.refused.append(Refused(item.delivery, "AheadOfHistory", told))


def _redelivered(resident: Resident, sorted_: Triaged, place: Place | None, item: Item) -> None:
    if place is not None and has_answered(resident, item.message):
        sorted_.answer.append((item.message, Fate.OWN))
    if place is not None and place <= resident.unsure:
        sorted_.resend.append((place, item.delivery))
    else:
        sorted_.settle.append(item.delivery)


def _follows(resident: Resident, sorted_: Triaged, item: Item) -> bool:
    """Tell whether a start begins another run once the present one has ended; else say what becomes of it."""
    message = item.message
    fate = fate_of_start(resident, message)
    if fate is Fate.NEXT_RUN:
        return True
    if fate is Fate.REPLACES:
        end = replacement_of(message, resident.identity.run)
        if resident.consumed.find(end.id) is None:
            sorted_.end = end
            return True
        fate = Fate.REFUSED
    sorted_.settle.append(item.delivery)
    if fate is not Fate.STALE:
        sorted_.answer.append((message, fate))
    return False


def _news(resident: Resident, sorted_: Triaged, item: Item, seen: set[str]) -> None:
    verdict = judged(resident, item.message)
    if verdict is Verdict.AHEAD:
        sorted_.ahead.append(item)
    elif verdict is Verdict.TAKE:
        seen.add(item.message.id)
        sorted_.take.append(item)
    else:
        sorted_.settle.append(item.delivery)
