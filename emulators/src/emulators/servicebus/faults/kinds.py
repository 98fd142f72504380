"""The faults of the Service Bus endpoint.

1. `at` says what is counted: the occasions of a fault. At `now` it is carried out once, at once, and is over.
2. Places: `entity` (`queue`, `topic/Subscriptions/name`), `link` (what the client calls it), `session` (a session id),
   `operation` (of management, without its prefix), `frame`.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from emulators.faults.fault import Fault, FaultError, Occasion, Recurring, When, check

SERVER_BUSY = "com.microsoft:server-busy"
_FOREVER = timedelta(days=1)


class Moment(StrEnum):
    """What can be hit: `transfer` is a send, `delivery` a message to a receiver, `disposition` its settling."""

    NOW = "now"
    FRAME = "frame"
    ATTACH = "attach"
    TRANSFER = "transfer"
    DELIVERY = "delivery"
    DISPOSITION = "disposition"
    REQUEST = "request"
    SCHEDULE = "schedule"
    CREDIT = "credit"


class LinkRole(StrEnum):
    """What a link is to its client."""

    SENDER = "sender"
    RECEIVER = "receiver"
    MANAGEMENT = "management"


_ANSWERED = (Moment.TRANSFER, Moment.DISPOSITION, Moment.REQUEST)
_WITH_A_LINK = (Moment.TRANSFER, Moment.DELIVERY, Moment.DISPOSITION, Moment.REQUEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceBusFault(Recurring):
    """A fault of this endpoint that meets occasions."""

    places = frozenset({"at", "entity", "link", "session", "operation", "frame"})
    moments: ClassVar[tuple[Moment, ...]] = ()
    at: Moment | None = None
    entity: str | None = None
    link: LinkRole | None = None
    session: str | None = None

    def __post_init__(self) -> None:
        """Refuse a moment at which this can't happen."""
        Recurring.__post_init__(self)
        if self.at is not None and self.at not in self.moments:
            raise FaultError(f"A fault of kind '{self.kind}' can be at {', '.join(self.moments)}; found '{self.at}'.")

    def meets(self, occasion: Occasion) -> bool:
        """Whether the occasion is where this fault wants it, at a moment at which it can happen."""
        return Recurring.meets(self, occasion) and any(occasion.agrees("at", moment) for moment in self.moments)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropConnection(ServiceBusFault):
    """Drop the connection without a word, before or after something is worked off.

    After a transfer, disposition, request or frame: it was done, and what was done is stored; its answer never leaves.
    """

    kind = "drop-connection"
    moments = (Moment.NOW, Moment.FRAME, Moment.ATTACH, *_WITH_A_LINK)
    at: Moment | None = Moment.NOW
    when: When = When.AFTER
    operation: str | None = None
    frame: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachLink(ServiceBusFault):
    """Take a link away from the client, with an error."""

    kind = "detach-link"
    moments = (Moment.NOW, *_WITH_A_LINK)
    at: Moment | None = Moment.NOW
    when: When = When.AFTER
    condition: str = "amqp:link:detach-forced"
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireLock(ServiceBusFault):
    """Let the lock on a message run out while its receiver holds it: now, once delivered, or before it is settled."""

    kind = "expire-lock"
    moments = (Moment.NOW, Moment.DELIVERY, Moment.DISPOSITION)
    at: Moment | None = Moment.NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireSessionLock(ServiceBusFault):
    """Let the lock on a session run out while its receiver holds it; `silent` does not detach the receiver."""

    kind = "expire-session-lock"
    moments = (Moment.NOW, *_WITH_A_LINK[1:])
    at: Moment | None = Moment.NOW
    silent: bool = False
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StealSession(ServiceBusFault):
    """Give a held session to another, who keeps it for `hold` or for as long as a lock lasts, and receives nothing."""

    kind = "steal-session"
    moments = (Moment.NOW, *_WITH_A_LINK[1:])
    at: Moment | None = Moment.NOW
    silent: bool = False
    hold: timedelta = timedelta(seconds=5)
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(ServiceBusFault):
    """Refuse a send, a link, a request or a settling with an error, and do nothing of it."""

    kind = "refuse"
    moments = (Moment.ATTACH, *_ANSWERED)
    at: Moment | None = Moment.TRANSFER
    condition: str = "amqp:internal-error"
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle(ServiceBusFault):
    """Refuse sends, links, requests or settlings because the server is busy; everything unless `at` says what."""

    kind = "throttle"
    moments = (Moment.ATTACH, *_ANSWERED)
    at: Moment | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseAnswer(ServiceBusFault):
    """Do and store what is asked, and never say so; the link stays."""

    kind = "lose-answer"
    moments = _ANSWERED
    at: Moment | None = Moment.TRANSFER
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayAnswer(ServiceBusFault):
    """Do and store what is asked, and say so `delay` later."""

    kind = "delay-answer"
    moments = _ANSWERED
    delay: timedelta
    at: Moment | None = Moment.REQUEST
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseSettle(ServiceBusFault):
    """Lose what settles a message: the client is told that it is done, unless `answered` is false; the lock stays."""

    kind = "lose-settle"
    moments = (Moment.DISPOSITION,)
    at: Moment | None = Moment.DISPOSITION
    answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayDelivery(ServiceBusFault):
    """Lock a message for its receiver, and deliver it `delay` later."""

    kind = "delay-delivery"
    moments = (Moment.DELIVERY,)
    delay: timedelta
    at: Moment | None = Moment.DELIVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateDelivery(ServiceBusFault):
    """Deliver a message `copies` times more under the same lock, beyond what the receiver asked for."""

    kind = "duplicate-delivery"
    moments = (Moment.DELIVERY,)
    at: Moment | None = Moment.DELIVERY
    copies: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorderDeliveries(ServiceBusFault):
    """Deliver a message after the next `by` of its link, or after `delay` if they don't come."""

    kind = "reorder-deliveries"
    moments = (Moment.DELIVERY,)
    at: Moment | None = Moment.DELIVERY
    by: int = 1
    delay: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoalesceDispositions(ServiceBusFault):
    """Answer sends or settlings in ranges: those of one turn of the loop together, or those of `delay`."""

    kind = "coalesce-dispositions"
    moments = (Moment.TRANSFER, Moment.DISPOSITION)
    at: Moment | None = Moment.DISPOSITION
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverEarly(ServiceBusFault):
    """Make a scheduled message active `early` before it is due: those that wait now, or each that is scheduled."""

    kind = "deliver-early"
    moments = (Moment.NOW, Moment.SCHEDULE)
    at: Moment | None = Moment.SCHEDULE
    early: timedelta = _FOREVER


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(ServiceBusFault):
    """Dead-letter a locked message in place of its delivery, as if it had been delivered once too often."""

    kind = "dead-letter"
    moments = (Moment.DELIVERY,)
    at: Moment | None = Moment.DELIVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class WithholdCredit(ServiceBusFault):
    """Give a sender no credit, for `delay` or until the fault is removed."""

    kind = "withhold-credit"
    moments = (Moment.CREDIT,)
    at: Moment | None = Moment.CREDIT
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCredit(ServiceBusFault):
    """Do what a request asks, with the credit for its response used up: it waits until the client grants more."""

    kind = "end-credit"
    moments = (Moment.REQUEST,)
    at: Moment | None = Moment.REQUEST
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset(Fault):
    """Put the clock of the endpoint forward, or back, by `offset` for as long as the fault is set."""

    kind = "clock-offset"
    offset: timedelta

    def __post_init__(self) -> None:
        """Refuse an offset that does nothing."""
        Fault.__post_init__(self)
        check(bool(self.offset), "'offset' must not be zero", self.offset)
