"""When spans have left the process, so that whoever waits for that can let go of what they were told for.

1. Flushes are shared: all that ask within `GATHERED` seconds wait for the same one, which begins when these are over.
2. A collector that is away or slow holds up nobody for longer than `PATIENCE` seconds: telemetry is no reason to stop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

GATHERED = 0.2
PATIENCE = 1.0


class Leaving:
    """Flushes for one event loop; `flush` blocks until all spans handed over before have been exported."""

    def __init__(self, flush: Callable[[], object]) -> None:
        self._flush = flush
        self._next: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    async def sent(self) -> None:
        """Return when all spans told by now have been exported, or cannot be for now."""
        if self._next is None:
            self._next = asyncio.create_task(self._flush_soon(), name="spans leave")
        await asyncio.wait((self._next,), timeout=GATHERED + PATIENCE)

    async def _flush_soon(self) -> None:
        await asyncio.sleep(GATHERED)
        # What is told from here on may miss this flush, and waits for the next.
        self._next = None
        async with self._flushing:
            await asyncio.to_thread(self._flush)
