"""An instance whose history this code can't read: written by a newer one, most likely.

1. It is blocked, runs no code and decides nothing. What comes for it is recorded, so that code that can read it
   goes on where it stands.
2. It can't tell what is open or stale, so it takes every message and lets every open-looking one be sent again; the
   ids of both make repeats harmless.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from durable.events import ActivityScheduled, Blocked, ChildStarted, HistoryEvent, TimerCreated
from durable.failure import Failure
from durable.payload import Reason
from durable.status import Status
from orchestrator.engine.judging import Verdict
from orchestrator.engine.setup import Identity
from orchestrator.engine.turn import Turn

READABLE = "a history that this code can read"


@dataclass(slots=True)
class Unreadable:
    """Stands for an instance as far as a host needs one.

    Attributes:
        event_count: length of the history.
        fault: what can't be read.
        pending: whether it must still be recorded that it is blocked.
    """

    identity: Identity
    event_count: int
    fault: str
    pending: bool
    status: Status = Status.BLOCKED
    saga: str = ""
    version: str = ""
    input: object = None
    output: object = None
    failure: Failure | None = None
    unread_events: int = 0

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What blocks it."""
        return (("expected", READABLE), ("found", self.fault))

    def judge(self, _event: HistoryEvent) -> Verdict:
        """Take everything."""
        return Verdict.TAKE

    def is_open(self, _task_id: int, _attempt: int) -> bool:
        """Everything may be open."""
        return True

    @property
    def open_tasks(self) -> list[ActivityScheduled | ChildStarted | TimerCreated]:
        """None that it knows of."""
        return []

    @property
    def inherited(self) -> Mapping[int, int]:
        """It can't tell."""
        return {}

    def inherits(self, _task_id: int) -> bool:
        """Whatever an execution before asked for may have been taken over."""
        return True

    def turn(self, inbox: Sequence[HistoryEvent], now: datetime) -> Turn:
        """Record that it is blocked, once, and what came."""
        blocked = [Blocked(expected=READABLE, found=self.fault)] if self.pending else []
        events = tuple(
            replace(event, at=now, sequence=self.event_count + number)
            for number, event in enumerate([*blocked, *inbox], start=1)
        )
        self.event_count += len(events)
        self.pending = False
        return Turn(now, events, (), self.status, head_changed=bool(blocked), taken=len(inbox))

    def block(self, fault: str) -> None:
        """Add a fault; it is blocked already."""
        self.fault = f"{self.fault}; {fault}"

    def close(self) -> None:
        """There is nothing to drop."""
