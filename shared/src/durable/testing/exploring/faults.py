"""What can go wrong at a call of a port, and where in a run it does.

1. A call is named by its process and its number in that process, from 1; a process that was born again counts on.
2. A schedule is a list of hits; written as text it repeats the same run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """One way in which a call of a port may go wrong."""

    DIES_BEFORE = "the process dies before the call"
    DIES_AFTER = "the process dies after the call took effect"
    SLEEPS_BEFORE = "the process sleeps for longer than its locks before the call"
    SLEEPS_AFTER = "the process sleeps for longer than its locks after the call took effect"
    REFUSED = "nothing happens and the call fails: throttled (429), or no connection"
    ANSWER_LOST = "the call takes effect and its answer is lost"
    TWICE = "what is sent arrives twice"
    REORDERED = "what is received comes in the reverse order"
    LOCK_LOST = "the locks are gone before the call"


ALL_FAULTS = frozenset(Fault)
_LIFE = frozenset({Fault.DIES_BEFORE, Fault.DIES_AFTER, Fault.SLEEPS_BEFORE, Fault.SLEEPS_AFTER, Fault.REFUSED})
FITTING: Mapping[str, frozenset[Fault]] = {
    "receive": _LIFE | {Fault.LOCK_LOST},
    "settle": _LIFE | {Fault.ANSWER_LOST, Fault.LOCK_LOST},
    "send": _LIFE | {Fault.ANSWER_LOST, Fault.TWICE},
    "write": _LIFE | {Fault.ANSWER_LOST},
    "read": _LIFE,
    "accept": _LIFE,
    "renew": _LIFE | {Fault.LOCK_LOST},
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One fault at one call."""

    process: str
    call: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.process}:{self.call}:{self.fault.name}"


Schedule = tuple[Hit, ...]


def schedule_text(schedule: Schedule) -> str:
    """Write a schedule on one line; `read_schedule` reads it."""
    return " ".join(map(str, schedule))


def read_schedule(text: str) -> Schedule:
    """Read what `schedule_text` wrote.

    Raises:
        ValueError: it is no schedule; says what one looks like.
    """
    return tuple(map(_read_hit, text.split()))


def _read_hit(text: str) -> Hit:
    try:
        process, call, fault = text.split(":")
        return Hit(process, int(call), Fault[fault])
    except (KeyError, ValueError) as error:
        known = ", ".join(fault.name for fault in Fault)
        raise ValueError(
            f"expected hits like 'orchestrator:17:DIES_AFTER', with a fault of {known}; found {text!r}"
        ) from error


def chosen(faults: Iterable[Fault]) -> frozenset[Fault]:
    """Give the faults to try.

    Raises:
        ValueError: there are none.
    """
    found = frozenset(faults)
    if not found:
        raise ValueError("expected at least one fault to try; found none")
    return found
