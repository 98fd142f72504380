"""One command at work: what is known of it while its handler runs, and what the handler says meanwhile.

1. It is the event loop's, but for `begin` and `beat`, which come from the thread that runs the handler.
2. Nothing in here sends: what is to be told goes to the surroundings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from durable.errors import Cancelled
from durable.logs import Fields, fields_of_trace
from durable.logs.about import ATTEMPT, EXECUTION, INSTANCE_ID, RUN, STEP, TASK_ID
from durable.messages import Command
from durable.ports import Clock
from durable.worker.details import detail_of_heartbeat
from durable.worker.limits import Limit, Watch
from durable.worker.signals import Signal

if TYPE_CHECKING:
    from durable.worker.spans import AttemptSpan


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
        span: the span that tells of it; `None` if nobody takes spans.
    """

    # Most runs end with these, and setting each for every command would cost more than running some of them.
    reason = ""
    received = 0.0
    has_begun = False
    over: Limit | None = None
    watch: Watch | None = None
    is_answered = False
    has_ended = False
    completes_later = False
    detail: object = None
    is_told = False
    told: object = None
    tell_at = 0.0
    timer: asyncio.TimerHandle | None = None
    is_noted = True
    span: AttemptSpan | None = None
    _began_at: datetime | None = None

    def __init__(self, command: Command, delivery_count: int, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self.command = command
        self.delivery_count = delivery_count
        self.cancelled = Signal()
        self.lock_lost = Signal()

    def log_fields(self) -> Fields:
        """Tell what is put on the lines that are logged while it runs."""
        command = self.command
        return {
            INSTANCE_ID: command.instance_id,
            RUN: command.run,
            EXECUTION: command.execution,
            STEP: command.activity,
            TASK_ID: command.task_id,
            ATTEMPT: command.attempt,
            **fields_of_trace(self.trace),
        }

    @property
    def shutting_down(self) -> Signal:
        """Set when the host is to stop."""
        return self._surroundings.shutting_down

    @property
    def trace(self) -> Mapping[str, str]:
        """W3C trace context of what follows from it."""
        command = self.command
        return command.trace if self.span is None else self.span.context.within(command.trace)

    @property
    def answer_trace(self) -> Mapping[str, str]:
        """W3C trace context of its completion."""
        command = self.command
        return command.trace if self.span is None else self.span.completion.within(command.trace)

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
        if self.has_ended or self.is_answered:
            raise Cancelled(f"nobody waits for this run of {self.command.activity!r} any more")
        data = detail_of_heartbeat(detail)
        if data is not None:
            self.detail = data
        self._surroundings.on_beat(self)
