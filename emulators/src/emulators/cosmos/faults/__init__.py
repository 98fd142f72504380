"""What can be made to go wrong at the Cosmos DB endpoint; `docs/reference/faults.md` has the list.

| module | question it answers |
|---|---|
| `kinds.py` | which faults are there, and what may be said of each? |
| `occasion.py` | where is a request? |
| `fate.py` | what becomes of a request that a fault has hit? |
| `replica.py` | what does a reader see that lags behind? |
| `tampering.py` | how are they put in and taken out of a running endpoint? |
"""

from emulators.cosmos.faults.kinds import (
    DelayAnswer,
    DelayRequest,
    DropConnection,
    FailOperation,
    LoseAnswer,
    Refuse,
    StaleRead,
    Throttle,
)
from emulators.faults import ClockOffset
from emulators.faults.fault import When
from emulators.faults.reading import kinds_of

KINDS = kinds_of(
    Refuse,
    Throttle,
    FailOperation,
    LoseAnswer,
    DropConnection,
    DelayAnswer,
    DelayRequest,
    StaleRead,
    ClockOffset,
)
"""All faults of this endpoint by their kind."""

__all__ = [
    "KINDS",
    "ClockOffset",
    "DelayAnswer",
    "DelayRequest",
    "DropConnection",
    "FailOperation",
    "LoseAnswer",
    "Refuse",
    "StaleRead",
    "Throttle",
    "When",
]
