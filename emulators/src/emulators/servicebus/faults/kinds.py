"""The faults of the Service Bus endpoint.

1. `at` says what is counted: the occasions of a fault. At `now` it is carried out once, at once, and is over.
2. Places: `entity` (`queue`, `topic/Subscriptions/name`), `link` (what the client calls it), `session` (a session id),
   `operation` (of management, without its prefix), `frame`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal, TypeAlias

from emulators.faults.fault import FaultError, Occasion, Recurring, When

SERVER_BUSY = "com.microsoft:server-busy"
_FOREVER = timedelta(days=1)


Moment: TypeAlias = Literal[
    "now", "frame", "attach", "transfer", "delivery", "disposition", "request", "schedule", "credit"
]
"""What can be hit: `transfer` is a send, `delivery` a message to a receiver, `disposition` its settling."""

LinkRole: TypeAlias = Literal["sender", "receiver", "management"]
"""What a link is to its client."""

_ANSWERED: tuple[Moment, ...] = ("transfer", "disposition", "request")
_WITH_A_LINK: tuple[Moment, ...] = ("transfer", "delivery", "disposition", "request")


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
    moments: ClassVar[tuple[Moment, ...]] = ("now", "frame", "attach", *_WITH_A_LINK)
    at: Moment | None = "now"
    when: When = "after"
    operation: str | None = None
    frame: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DetachLink(ServiceBusFault):
    """Take a link away from the client, with an error."""

    kind = "detach-link"
    moments: ClassVar[tuple[Moment, ...]] = ("now", *_WITH_A_LINK)
    at: Moment | None = "now"
    when: When = "after"
    condition: str = "amqp:link:detach-forced"
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireLock(ServiceBusFault):
    """Let the lock on a message run out while its receiver holds it: now, once delivered, or before it is settled."""

    kind = "expire-lock"
    moments: ClassVar[tuple[Moment, ...]] = ("now", "delivery", "disposition")
    at: Moment | None = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireSessionLock(ServiceBusFault):
    """Let the lock on a session run out while its receiver holds it; `silent` does not detach the receiver."""

    kind = "expire-session-lock"
    moments: ClassVar[tuple[Moment, ...]] = ("now", *_WITH_A_LINK[1:])
    at: Moment | None = "now"
    silent: bool = False
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StealSession(ServiceBusFault):
    """Give a held session to another, who keeps it for `hold` or for as long as a lock lasts, and receives nothing."""

    kind = "steal-session"
    moments: ClassVar[tuple[Moment, ...]] = ("now", *_WITH_A_LINK[1:])
    at: Moment | None = "now"
    silent: bool = False
    hold: timedelta = timedelta(seconds=5)
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(ServiceBusFault):
    """Refuse a send, a link, a request or a settling with an error, and do nothing of it."""

    kind = "refuse"
    moments: ClassVar[tuple[Moment, ...]] = ("attach", *_ANSWERED)
    at: Moment | None = "transfer"
    condition: str = "amqp:internal-error"
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle(ServiceBusFault):
    """Refuse sends, links, requests or settlings because the server is busy; everything unless `at` says what."""

    kind = "throttle"
    moments: ClassVar[tuple[Moment, ...]] = ("attach", *_ANSWERED)
    at: Moment | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseAnswer(ServiceBusFault):
    """Do and store what is asked, and never say so; the link stays."""

    kind = "lose-answer"
    moments: ClassVar[tuple[Moment, ...]] = _ANSWERED
    at: Moment | None = "transfer"
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayAnswer(ServiceBusFault):
    """Do and store what is asked, and say so `delay` later."""

    kind = "delay-answer"
    moments: ClassVar[tuple[Moment, ...]] = _ANSWERED
    delay: timedelta
    at: Moment | None = "request"
    operation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseSettle(ServiceBusFault):
    """Lose what settles a message: the client is told that it is done, unless `answered` is false; the lock stays."""

    kind = "lose-settle"
    moments: ClassVar[tuple[Moment, ...]] = ("disposition",)
    at: Moment | None = "disposition"
    answered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayDelivery(ServiceBusFault):
    """Lock a message for its receiver, and deliver it `delay` later."""

    kind = "delay-delivery"
    moments: ClassVar[tuple[Moment, ...]] = ("delivery",)
    delay: timedelta
    at: Moment | None = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateDelivery(ServiceBusFault):
    """Deliver a message `copies` times more under the same lock, beyond what the receiver asked for."""

    kind = "duplicate-delivery"
    moments: ClassVar[tuple[Moment, ...]] = ("delivery",)
    at: Moment | None = "delivery"
    copies: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReorderDeliveries(ServiceBusFault):
    """Deliver a message after the next `by` of its link, or after `delay` if they don't come."""

    kind = "reorder-deliveries"
    moments: ClassVar[tuple[Moment, ...]] = ("delivery",)
    at: Moment | None = "delivery"
    by: int = 1
    delay: timedelta = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoalesceDispositions(ServiceBusFault):
    """Answer sends or settlings in ranges: those of one turn of the loop together, or those of `delay`."""

    kind = "coalesce-dispositions"
    moments: ClassVar[tuple[Moment, ...]] = ("transfer", "disposition")
    at: Moment | None = "disposition"
    delay: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverEarly(ServiceBusFault):
    """Make a scheduled message active `early` before it is due: those that wait now, or each that is scheduled."""

    kind = "deliver-early"
    moments: ClassVar[tuple[Moment, ...]] = ("now", "schedule")
    at: Moment | None = "schedule"
    early: timedelta = _FOREVER


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(ServiceBusFault):
    """Dead-letter a locked message in place of its delivery, as if it had been delivered once too often."""

    kind = "dead-letter"
    moments: ClassVar[tuple[Moment, ...]] = ("delivery",)
    at: Moment | None = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class WithholdCredit(ServiceBusFault):
    """Give a sender no credit, for `delay` or until the fault is removed."""

    kind = "withhold-credit"
    moments: ClassVar[tuple[Moment, ...]] = ("credit",)
    at: Moment | None = "credit"
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCredit(ServiceBusFault):
    """Do what a request asks, with the credit for its response used up: it waits until the client grants more."""

    kind = "end-credit"
    moments: ClassVar[tuple[Moment, ...]] = ("request",)
    at: Moment | None = "request"
    operation: str | None = None
