"""Settling what a message led to, once the spans that tell of it have left the process.

1. Spans wait in memory for their exporter. A process that is killed loses them; if the message that they tell of is
   still unsettled, it comes again, and whoever takes it tells the same spans under the same ids.
2. Without tracing there is nothing to wait for, and none of this is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

from durable.telemetry.tracing import Tracing

T = TypeVar("T")


class SettlingLater(Generic[T]):
    """Gathers what is done, and hands it to `settle`, which is to log what it can't do, and not to raise."""

    def __init__(self, tracing: Tracing, settle: Callable[[list[T]], Awaitable[None]]) -> None:
        self._tracing = tracing
        self._settle = settle
        self._done: list[T] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, done: Iterable[T]) -> None:
        """Have this settled once all spans told by now have left, or can't for now."""
        self._done += done
        if self._done and self._task is None:
            self._task = asyncio.create_task(self._run(), name="settling once spans have left")

    async def drained(self) -> None:
        """Wait until all that was added is settled."""
        while self._task is not None:
            await asyncio.wait((self._task,))

    def close(self) -> None:
        """Give up: what is not settled comes again."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while self._done:
                # What comes in while this waits may have told spans that are not out then: it is for the next time.
                due, self._done = self._done, []
                await self._tracing.sent()
                await self._settle(due)
        finally:
            self._task = None
