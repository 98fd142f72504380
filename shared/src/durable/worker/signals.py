"""What a handler may test or await, in the loop or in a thread: something that happens once and stays so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from datetime import timedelta
from typing import Any

_CREATING = threading.Lock()


class Signal:
    """Unset until it is set, once and for all.

    In a thread or in the loop, `if signal:` tests it. In the loop, `await signal` waits for it. In a thread,
    `signal.wait_in_thread(timeout)` does.
    """

    _is_set = False
    _in_loop: asyncio.Event | None = None
    _in_threads: threading.Event | None = None

    def __bool__(self) -> bool:
        return self._is_set

    def is_set(self) -> bool:
        """Whether it has happened."""
        return self._is_set

    async def wait(self) -> None:
        """Return when it has happened; to be awaited in the event loop of the host."""
        if not self._is_set:
            if self._in_loop is None:
                self._in_loop = asyncio.Event()
            await self._in_loop.wait()

    def __await__(self) -> Generator[Any, None, None]:
        return self.wait().__await__()

    def wait_in_thread(self, timeout: timedelta) -> bool:
        """Block until it has happened, at most so long, and tell whether it has. Never to be called in the loop."""
        with _CREATING:
            if self._in_threads is None:
                self._in_threads = threading.Event()
                if self._is_set:
                    self._in_threads.set()
        return self._in_threads.wait(timeout.total_seconds())

    def set(self) -> None:
        """Say that it has happened; to be called in the event loop of the host. Idempotent."""
        with _CREATING:
            self._is_set = True
            if self._in_threads is not None:
                self._in_threads.set()
        if self._in_loop is not None:
            self._in_loop.set()
