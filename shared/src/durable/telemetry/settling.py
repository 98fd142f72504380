"""Settling what a message led to, once the spans that tell of it have left the process.

1. Spans wait in memory for their exporter. A process that is killed loses them; if the message that they tell of is
   still unsettled, it comes again, and whoever takes it tells the same spans under the same ids.
2. A collector that is away or slow holds up nothing for longer than `PATIENCE` seconds: telemetry is no reason to stop.
3. Without tracing there is nothing to wait for, and none of this is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from durable.telemetry.tracing import Tracing

T = TypeVar("T")
PATIENCE = 1.2


class SettlingLater(Generic[T]):
    """Gathers what is done, and hands it to `settle`, which is to log what it can't do, and not to raise."""

    def __init__(self, tracing: Tracing, settle: Callable[[list[T]], Awaitable[None]]) -> None:
        self._tracing = tracing
        self._settle = settle
        self._leaving: asyncio.Future[None] | None = None
        self._gathered: list[T] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, done: Sequence[T]) -> None:
        """Have this settled once all spans told by now have left, or can't for now."""
        if not done:
            return
        leaving = self._tracing.leave()
        if leaving is not self._leaving:
            self._leaving, self._gathered = leaving, []
            task = asyncio.create_task(self._settle_after(leaving, self._gathered))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._gathered += done

    async def drained(self) -> None:
        """Wait until all that was added is settled."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def close(self) -> None:
        """Give up: what is not settled comes again."""
        for task in self._tasks:
            task.cancel()

    async def _settle_after(self, leaving: asyncio.Future[None], done: list[T]) -> None:
        await asyncio.wait((leaving,), timeout=PATIENCE)
        if self._leaving is leaving:
            # It took too long, and more may come: that is for another time.
            self._leaving = None
        await self._settle(done)
