"""Where the endpoint gets its time from."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol


class Clock(Protocol):
    """Milliseconds since the epoch. `on_jump` is called back when the time was changed by hand."""

    def now(self) -> int:
        """The time."""

    def on_jump(self, callback: Callable[[], None]) -> None:
        """Call back after each jump."""


class SystemClock:
    """The clock of the machine; it never jumps."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def on_jump(self, callback: Callable[[], None]) -> None:
        """Nothing to call back for."""


class ShiftedClock:
    """Another clock, put forward or back."""

    def __init__(self, clock: Clock, offset: timedelta) -> None:
        self._clock = clock
        self._offset = int(offset / timedelta(milliseconds=1))

    def now(self) -> int:
        return self._clock.now() + self._offset

    def on_jump(self, callback: Callable[[], None]) -> None:
        self._clock.on_jump(callback)


class ManualClock:
    """A clock for tests: starts at the real time, goes on with it, and can be put forward."""

    def __init__(self) -> None:
        self._ahead = 0
        self._callbacks: list[Callable[[], None]] = []

    def now(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead

    def on_jump(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def advance(self, span: timedelta) -> None:
        """Put the clock forward; whatever becomes due happens before this returns."""
        self._ahead += int(span / timedelta(milliseconds=1))
        for callback in self._callbacks:
            callback()
