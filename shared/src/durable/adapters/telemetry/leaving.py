"""Has spans leave the process soon after they were told, and says when they have.

1. A flush follows the first span told after the one before, by `GATHERED` seconds; all who ask until it begins wait for
   it. The exporters' own timers are slower: were they first, a span would be out long before what it was told for is
   settled, and told again after a crash in between.
2. One flush runs at a time and one waits for it, however slow the collector is.
3. The end of the process waits for no flush: it would be minutes with a collector that is away.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

GATHERED = 0.2


class Leaving:
    """Flushes for one event loop; `flush` blocks until all spans handed over before have been exported."""

    def __init__(self, flush: Callable[[], object]) -> None:
        self._flush = flush
        self._next: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    def soon(self) -> None:
        """Have a span that was just told leave soon; outside an event loop, when its exporter comes round."""
        if self._next is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._next = loop.create_task(self._flush_soon(), name="spans leave")

    def leave(self) -> asyncio.Future[None]:
        """Give what is done when all spans told by now have been exported; the same for all who ask until it begins."""
        self.soon()
        assert self._next is not None
        return self._next

    async def _flush_soon(self) -> None:
        await asyncio.sleep(GATHERED)
        async with self._flushing:
            # What is told from here on may miss this flush, and waits for the next.
            self._next = None
            await self._flushed()

    async def _flushed(self) -> None:
        """Flush in a thread that nobody waits for at the end, unlike those of the loop."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def flush() -> None:
            try:
                self._flush()
            finally:
                with suppress(RuntimeError):  # The loop has ended.
                    loop.call_soon_threadsafe(done.set)

        threading.Thread(target=flush, name="spans leave", daemon=True).start()
        await done.wait()
