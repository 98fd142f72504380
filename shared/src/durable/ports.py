"""What the services ask of the outside: a broker, a record store, a clock.

Written for implementers: each method states its atomicity, what a repeat does and which errors it raises. The contract
suites in `tests/contract` are these sentences, executed against the memory and the Azure adapters alike.

1. Any method may be called from several tasks at once; the adapter orders what must not overlap.
2. No error of an SDK passes a port; only those of `durable.errors` do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from durable.messages import Message
from durable.status import Status

Record = dict[str, Any]
DEAD_LETTER = "/$deadletter"
DEAD_LETTER_REASON = "DeadLetterReason"
DEAD_LETTER_DESCRIPTION = "DeadLetterErrorDescription"


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Give the present time in UTC."""


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """A message received and locked.

    Attributes:
        body: the bytes, whole; also if they are no JSON.
        id: the broker's message id, empty if the sender gave none.
        properties: application properties as text.
        content_type: media type as the sender gave it, empty if none.
        session: session id, if it has one.
        deliveries: how often it was delivered before this time; in a dead-letter queue, also before it came there.
        enqueued_at: when the broker took it, or made a scheduled one available.
        lock: the adapter's own.
    """

    body: bytes
    id: str
    properties: Mapping[str, str]
    content_type: str
    session: str | None
    deliveries: int
    enqueued_at: datetime
    lock: Any = field(repr=False)


class Receiver(Protocol):
    """Takes messages of one queue, subscription or dead-letter queue, each under a lock of its own."""

    async def receive(self, limit: int, wait: timedelta) -> Sequence[Delivery]:
        """Give up to `limit` messages, as soon as there is one; none if none comes within `wait`.

        Raises:
            BrokerUnavailable: the connection failed; the receiver may be used again and reconnects.
            LockLost: (session receivers) the session belongs to somebody else; the receiver is dead.
        """

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        """Settle messages for good. Returns when the broker has confirmed each.

        Raises:
            LockLost: the lock of one or more was gone, and they will be delivered again; the others are settled.
            BrokerUnavailable: unknown which of them are settled; the others will be delivered again.
        """

    async def abandon(self, delivery: Delivery) -> None:
        """Give a message back at once; counts as a delivery. Errors as `complete`."""

    async def dead_letter(self, delivery: Delivery, reason: str, description: str) -> None:
        """Move a message to the dead-letter queue, where both texts are among its properties. Errors as `complete`."""

    async def renew(self, delivery: Delivery) -> datetime:
        """Prolong the lock of a message (no session receiver's) and tell until when. Errors as `complete`."""

    async def close(self) -> None:
        """Stop; what is locked and not settled is delivered again, from a session at once. Idempotent."""


class SessionReceiver(Receiver, Protocol):
    """Takes the messages of one session, in order, while nobody else can."""

    session: str

    async def renew_session(self) -> datetime:
        """Prolong the lock of the session and tell until when.

        Raises:
            LockLost: it belongs to somebody else; the receiver is dead.
            BrokerUnavailable: not confirmed.
        """


class Broker(Protocol):
    """Sends to and receives from queues and topics."""

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        """Send to a queue or topic; returns when the broker has confirmed all.

        The messages of one call arrive in order. Calls to one destination may be merged into one transfer.

        Raises:
            UnknownDestination: there is no such entity; nothing was sent.
            MessageTooLarge: one of these messages is; none of them was sent.
            RefusedError: the broker takes no such message there, for one without a session for a queue with sessions.
            BrokerUnavailable: unknown which were sent; send them again.
        """

    async def receiver(self, source: str) -> Receiver:
        """Receive from `queue`, `topic/subscription`, or either with `DEAD_LETTER` behind.

        Raises:
            UnknownDestination: there is no such entity.
            BrokerUnavailable: no connection.
        """

    async def session(self, queue: str, session: str) -> SessionReceiver:
        """Take a session by its id, also when it holds no messages.

        Raises:
            SessionTaken: somebody else holds it.
            UnknownDestination: there is no such queue.
            BrokerUnavailable: no connection.
        """

    async def close(self) -> None:
        """Close every connection. Idempotent."""


@dataclass(frozen=True, slots=True)
class Create:
    """Write a record whose id must be new, or the batch is refused with `EXISTS`."""

    record: Record


@dataclass(frozen=True, slots=True)
class Replace:
    """Write a record whose id must exist (else `MISSING`) and, given an `etag`, be unchanged (else `CHANGED`)."""

    record: Record
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Upsert:
    """Write a record whether or not its id exists."""

    record: Record


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a record that must exist (else `MISSING`) and, given an `etag`, be unchanged (else `CHANGED`)."""

    id: str
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Require that a record exists (else `MISSING`)."""

    id: str


Operation = Create | Replace | Upsert | Delete | Read


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a confirmed batch gives back.

    Attributes:
        etags: for each operation, the version it wrote or read; empty for a delete.
        token: hand it to a read to see at least this write.
        charge: request units that it cost.
    """

    etags: tuple[str, ...]
    token: str | None
    charge: float


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as read, with its version."""

    record: Record
    etag: str


@dataclass(frozen=True, slots=True)
class HeadQuery:
    """Which instance heads to list, newest first, or to count.

    `partition` narrows it to one partition, `created_after` and `created_before` to a time, both exclusive, and
    `ended_before` to those that ended before a time.
    """

    status: Status | None = None
    saga: str | None = None
    partition: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    ended_before: datetime | None = None
    limit: int = 50
    continuation: str | None = None


@dataclass(frozen=True, slots=True)
class HeadPage:
    """Some heads, and where to go on; `None` at the end."""

    heads: tuple[Stored, ...]
    continuation: str | None


OPERATIONS_MAX = 100
BATCH_BYTES_MAX = 1_200_000
RECORD_BYTES_MAX = 2_000_000


class RecordStore(Protocol):
    """Keeps JSON records by `(partition, id)`; every record has text in `partition` and `id`."""

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        """Do all or nothing of up to `OPERATIONS_MAX` operations in one partition; atomic and durable.

        Raises:
            WriteRefused: definite, nothing was written; says which operation and why. An adapter may send a batch again
                by itself, and a caller repeats one: what was found may be the batch itself, written before.
            WriteUncertain: unknown; repeat the identical call until it says.
            ValueError: no operations, or too many.
        """

    async def read(self, partition: str, id: str, token: str | None = None) -> Stored | None:
        """Read one record; with a `token` at least as new as the write that gave it.

        Raises:
            WriteUncertain: the store did not answer in time.
        """

    def scan(self, partition: str, first: str, last: str, token: str | None = None) -> AsyncIterator[Stored]:
        """Read the records with `first <= id <= last`, in order of id (by code point). Errors as `read`."""

    async def heads(self, query: HeadQuery) -> HeadPage:
        """List instance heads. Errors as `read`.

        Raises:
            ValueError: the continuation is of no earlier page.
        """

    async def count(self, query: HeadQuery) -> int:
        """Count the heads that a query asks for; `limit` and `continuation` mean nothing to it. Errors as `read`."""

    async def close(self) -> None:
        """Close every connection. Idempotent."""
