"""Clocks for both endpoints: the Service Bus endpoint asks for milliseconds, the Cosmos DB endpoint calls."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from emulators.servicebus.clock import ManualClock as ServiceBusManualClock


class ManualClock(ServiceBusManualClock):
    """Goes on with the time of the machine, and can be put forward by `advance`."""

    def __call__(self) -> datetime:
        """The time."""
        return datetime.fromtimestamp(self.now() / 1000, UTC)


class LoopClock:
    """Goes by the time of the event loop in which it was made, from now on: in virtual time it is virtual too."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = time.time() - self._loop.time()

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return round((self._start + self._loop.time()) * 1000)

    def on_jump(self, callback: Callable[[], None]) -> None:
        """It never jumps."""

    def __call__(self) -> datetime:
        """The time."""
        return datetime.fromtimestamp(self._start + self._loop.time(), UTC)
