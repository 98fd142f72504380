"""What can be made to go wrong at the Service Bus endpoint; `docs/reference/faults.md` has the list.

| module | question it answers |
|---|---|
| `kinds.py` | which faults are there, and what may be said of each? |
| `happening.py` | what is about to happen, and in which ways can it happen? |
| `tampered.py` | where on the wire are faults asked? |
| `acts.py`, `at_once.py` | what does each fault do to what is about to happen, and what at once? |
| `tampering.py` | how are they put in and taken out of a running endpoint? |
| `later.py` | what was put off, and until when? |
"""

from emulators.faults import ClockOffset
from emulators.faults.fault import When
from emulators.faults.reading import kinds_of
from emulators.servicebus.faults.kinds import (
    SERVER_BUSY,
    CoalesceDispositions,
    DeadLetter,
    DelayAnswer,
    DelayDelivery,
    DeliverEarly,
    DetachLink,
    DropConnection,
    DuplicateDelivery,
    EndCredit,
    ExpireLock,
    ExpireSessionLock,
    LinkRole,
    LoseAnswer,
    LoseSettle,
    Moment,
    Refuse,
    ReorderDeliveries,
    StealSession,
    Throttle,
    WithholdCredit,
)

KINDS = kinds_of(
    DropConnection,
    DetachLink,
    ExpireLock,
    ExpireSessionLock,
    StealSession,
    Refuse,
    Throttle,
    LoseAnswer,
    DelayAnswer,
    LoseSettle,
    DelayDelivery,
    DuplicateDelivery,
    ReorderDeliveries,
    CoalesceDispositions,
    DeliverEarly,
    DeadLetter,
    WithholdCredit,
    EndCredit,
    ClockOffset,
)
"""All faults of this endpoint by their kind."""

__all__ = [
    "KINDS",
    "SERVER_BUSY",
    "ClockOffset",
    "CoalesceDispositions",
    "DeadLetter",
    "DelayAnswer",
    "DelayDelivery",
    "DeliverEarly",
    "DetachLink",
    "DropConnection",
    "DuplicateDelivery",
    "EndCredit",
    "ExpireLock",
    "ExpireSessionLock",
    "LinkRole",
    "LoseAnswer",
    "LoseSettle",
    "Moment",
    "Refuse",
    "ReorderDeliveries",
    "StealSession",
    "Throttle",
    "When",
    "WithholdCredit",
]
