"""Clocks that tests and simulations hold in their hands.

1. An alarm runs once, never before its moment, in order of moment and then of setting.
2. An alarm's callback sees a `now()` that is at least its moment.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(order=True, slots=True)
class Alarm:
    """A callback to come; `cancel` makes it not come."""

    moment: datetime
    number: int
    ring: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Make it never ring; idempotent."""
        self.ring = None


class AlarmClock(Protocol):
    """A clock that can also call back."""

    def now(self) -> datetime:
        """Give the present time in UTC."""

    def call_at(self, moment: datetime, ring: Callable[[], None]) -> Alarm:
        """Call `ring` at that time, or soon if it has passed."""


class ManualClock:
    """Stands still until it is advanced."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._alarms: list[Alarm] = []
        self._numbers = 0

    def now(self) -> datetime:
        return self._now

    def call_at(self, moment: datetime, ring: Callable[[], None]) -> Alarm:
        """Call `ring` when an `advance` reaches that time; for a time that has passed, at the next one."""
        self._numbers += 1
        alarm = Alarm(moment, self._numbers, ring)
        heapq.heappush(self._alarms, alarm)
        return alarm

    def next_alarm(self) -> datetime | None:
        """Tell when the next alarm will ring; `None` if there is none."""
        while self._alarms and self._alarms[0].ring is None:
            heapq.heappop(self._alarms)
        return self._alarms[0].moment if self._alarms else None

    def advance(self, by: timedelta) -> None:
        """Let time pass, ringing every alarm on the way at its own moment."""
        end = self._now + by
        while self._alarms and self._alarms[0].moment <= end:
            alarm = heapq.heappop(self._alarms)
            self._now = max(self._now, alarm.moment)
            _ring(alarm)
        self._now = end


class LoopClock:
    """Runs with the event loop, whose time may be virtual; can also jump ahead."""

    def __init__(self, start: datetime = START) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = start
        self._origin = self._loop.time()
        self._alarms: list[Alarm] = []
        self._numbers = 0
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time() - self._origin)

    def call_at(self, moment: datetime, ring: Callable[[], None]) -> Alarm:
        """Call `ring` from the event loop at that time, or soon if it has passed."""
        self._numbers += 1
        alarm = Alarm(moment, self._numbers, ring)
        heapq.heappush(self._alarms, alarm)
        if self._alarms[0] is alarm:
            self._arm()
        return alarm

    def advance(self, by: timedelta) -> None:
        """Jump ahead; alarms that this makes due ring before it returns."""
        self._start += by
        self._due()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._alarms and self._alarms[0].ring is None:
            heapq.heappop(self._alarms)
        if self._alarms:
            delay = (self._alarms[0].moment - self.now()).total_seconds()
            self._timer = self._loop.call_later(max(0.0, delay), self._due)

    def _due(self) -> None:
        now = self.now()
        while self._alarms and self._alarms[0].moment <= now:
            _ring(heapq.heappop(self._alarms))
        self._arm()


def _ring(alarm: Alarm) -> None:
    if alarm.ring is not None:
        alarm.ring()
