"""How long an attempt may take, and one timer that ends it when that is over.

1. Points in time (`start_by`, `deadline`) are told by the clock, spans (`start_to_close`, `heartbeat`) by the loop.
2. Only a command that is surely delivered for the first time is held to `start_by`: of any other, an earlier run may
   have started in time, and to say that it was never started would be a lie.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from durable.messages import Command

Limit = Literal["schedule_to_start", "start_to_close", "schedule_to_close", "heartbeat"]


def is_limited(command: Command) -> bool:
    """Tell whether a command says how long it may take."""
    return (
        command.start_to_close is not None
        or command.deadline is not None
        or command.heartbeat is not None
        or command.start_by is not None
    )


def exceeded(command: Command, delivery_count: int, now: datetime) -> Limit | None:
    """Tell which limit is over already when a command is taken."""
    if command.start_by is not None and delivery_count == 1 and now > command.start_by:
        return "schedule_to_start"
    if command.deadline is not None and now >= command.deadline:
        return "schedule_to_close"
    return None


class Watch:
    """Watches one attempt; `on_over` is told once, of the first limit that is over."""

    __slots__ = ("_command", "_deadline", "_loop", "_on_over", "_seen", "_start_by", "_started", "_timer")

    def __init__(self, command: Command, delivery_count: int, now: datetime, on_over: Callable[[Limit], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._command = command
        self._on_over = on_over
        self._deadline = self._at(command.deadline, now)
        self._start_by = self._at(command.start_by, now) if delivery_count == 1 else None
        self._started: float | None = None
        self._seen = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._set()

    def begin(self) -> None:
        """The handler starts now."""
        self._started = self._seen = self._loop.time()
        self._set()

    def beat(self) -> None:
        """The handler gave a heartbeat now."""
        self._seen = self._loop.time()

    def stop(self) -> None:
        """Watch no longer. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _at(self, moment: datetime | None, now: datetime) -> float | None:
        return None if moment is None else self._loop.time() + (moment - now).total_seconds()

    def _limits(self) -> list[tuple[float, Limit]]:
        limits: list[tuple[float, Limit]] = []
        if self._deadline is not None:
            limits.append((self._deadline, "schedule_to_close"))
        if self._started is None:
            if self._start_by is not None:
                limits.append((self._start_by, "schedule_to_start"))
            return limits
        if self._command.start_to_close is not None:
            limits.append((self._started + self._command.start_to_close, "start_to_close"))
        if self._command.heartbeat is not None:
            limits.append((self._seen + self._command.heartbeat, "heartbeat"))
        return limits

    def _set(self) -> None:
        self.stop()
        limits = self._limits()
        if limits:
            self._timer = self._loop.call_at(min(limits)[0], self._ring)

    def _ring(self) -> None:
        # A heartbeat only notes its time, so the timer may ring early; loops round to milliseconds.
        due, limit = min(self._limits())
        if due > self._loop.time() + 0.001:
            self._set()
        else:
            self._timer = None
            self._on_over(limit)
