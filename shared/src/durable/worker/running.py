"""One command at work: what is known of it while its handler runs, and what the handler says meanwhile.

1. It is the event loop's, but for `begin` and `beat`, which come from the thread that runs the handler.
2. Nothing in here sends: what is to be told goes to the surroundings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from durable.errors import Cancelled
from durable.messages import Command
from durable.ports import Clock
from durable.worker.details import detail_of_heartbeat
from durable.worker.limits import Limit, Watch
from durable.worker.signals import Signal


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the runs of a host share.

    Attributes:
        clock: the time of day.
        shutting_down: set when the host is to stop.
        on_begin: told, in any thread, when the handler of a limited command starts.
        on_beat: told, in any thread, of each heartbeat.
    """

    clock: Clock
    shutting_down: Signal
    on_begin: Callable[[Run], None]
    on_beat: Callable[[Run], None]


class Run:
    """One run of one command.

    Attributes:
        command: what is run.
        delivery_count: which delivery of the attempt this is, from 1.
        cancelled: set when nobody waits for the outcome any more: it was cancelled, or its time is over.
        lock_lost: set when the command is or will be delivered to somebody else.
        reason: why it was cancelled.
        received: time of the loop when it was taken.
        has_begun: whether the handler has started.
        over: which limit was exceeded.
        watch: looks after the limits, if there are any.
        is_answered: whether its answer is on its way.
        has_ended: whether the host has done with it; a thread may go on.
        completes_later: whether its answer comes from elsewhere, by token.
        detail: the last detail of a heartbeat.
        is_told: whether a heartbeat was sent.
        told: the detail that was sent last.
        tell_at: time of the loop before which no further detail is sent.
        timer: rings when a detail that had to wait may be sent.
        is_noted: whether the loop knows of the last heartbeat, or is about to.
    """

    __slots__ = (
        "_began_at",
        "_surroundings",
        "cancelled",
        "command",
        "completes_later",
        "delivery_count",
        "detail",
        "has_begun",
        "has_ended",
        "is_answered",
        "is_noted",
        "is_told",
        "lock_lost",
        "over",
        "reason",
        "received",
        "tell_at",
        "timer",
        "told",
        "watch",
    )

    def __init__(self, command: Command, delivery_count: int, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._began_at: datetime | None = None
        self.command = command
        self.delivery_count = delivery_count
        self.cancelled = Signal()
        self.lock_lost = Signal()
        self.reason = ""
        self.received = 0.0
        self.has_begun = False
        self.over: Limit | None = None
        self.watch: Watch | None = None
        self.is_answered = False
        self.has_ended = False
        self.completes_later = False
        self.detail: object = None
        self.is_told = False
        self.told: object = None
        self.tell_at = 0.0
        self.timer: asyncio.TimerHandle | None = None
        self.is_noted = True

    @property
    def shutting_down(self) -> Signal:
        """Set when the host is to stop."""
        return self._surroundings.shutting_down

    @property
    def limit(self) -> tuple[datetime, Limit] | None:
        """When the attempt must have ended, and by which limit; `None` if it may take for ever."""
        command = self.command
        limits: list[tuple[datetime, Limit]] = []
        if command.deadline is not None:
            limits.append((command.deadline, "schedule_to_close"))
        if command.start_to_close is not None and self._began_at is not None:
            limits.append((self._began_at + timedelta(seconds=command.start_to_close), "start_to_close"))
        return min(limits, default=None)

    def begin(self) -> None:
        """The handler starts now."""
        if self.command.start_to_close is not None:
            self._began_at = self._surroundings.clock.now()
        self.has_begun = True
        if self.watch is not None:
            self._surroundings.on_begin(self)

    def beat(self, detail: object) -> None:
        """The handler gave a heartbeat. Errors as `ActivityContext.heartbeat`."""
        if self.has_ended:
            raise Cancelled(f"nobody waits for this run of {self.command.activity!r} any more")
        data = detail_of_heartbeat(detail)
        if data is not None:
            self.detail = data
        self._surroundings.on_beat(self)
