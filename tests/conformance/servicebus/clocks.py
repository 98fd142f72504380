"""How time passes at the service: by itself at a real one, by hand at a local one."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import time_ns


class RealTime:
    """The time of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class StillClock:
    """A clock of a local endpoint that stands still until it is put forward.

    It is ahead of the machine: the SDK looks at the machine's clock before it settles a message, and shall never be the
    one to say that a lock is lost.
    """

    _AHEAD = timedelta(minutes=20)

    def __init__(self) -> None:
        self._now = time_ns() // 1_000_000 + int(self._AHEAD / timedelta(milliseconds=1))
        self._callbacks: list[Callable[[], None]] = []

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self._now

    def on_jump(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def advance(self, seconds: float) -> None:
        """Put the clock forward; whatever becomes due happens before this returns."""
        self._now += round(seconds * 1000)
        for callback in self._callbacks:
            callback()


class StillTime:
    """The time of an endpoint with such a clock."""

    def __init__(self, clock: StillClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now() / 1000, UTC)

    async def pass_time(self, seconds: float) -> None:
        self._clock.advance(seconds)
        await asyncio.sleep(0)
