"""A bounded pool of threads for what would block the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")
_Outcome = tuple[object, BaseException | None]
_log = logging.getLogger(__name__)


class Threads:
    """Runs plain functions in threads, so many at a time; an `async` handler may ask for it by annotation.

    Attributes:
        left: how many functions still run that nobody waits for, since a thread can't be stopped.
        on_return: called in the loop when one of these has returned.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._executor = ThreadPoolExecutor(limit, thread_name_prefix="handler")
        self._open: set[Future[_Outcome]] = set()
        self.left = 0
        self.on_return: Callable[[], None] | None = None

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Give what the function returns, or raise what it raises; it sees the context variables of the caller.

        Cancelled while it runs, the function goes on to its end and its result is dropped: a thread can't be stopped.
        """
        future = self._executor.submit(copy_context().run, _caught, lambda: function(*args, **kwargs))
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        try:
            result, error = await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            if not future.cancelled():
                self._leave(future)
            raise
        if error is not None:
            raise error
        return cast("T", result)

    @property
    def busy(self) -> bool:
        """Whether a function still runs."""
        return any(future.running() for future in tuple(self._open))

    def close(self) -> None:
        """Start nothing more; what runs goes on. Idempotent."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _leave(self, future: Future[_Outcome]) -> None:
        loop = asyncio.get_running_loop()
        self.left += 1
        _log.warning("a handler can't be interrupted and keeps its thread: %d of %d do", self.left, self._limit)

        def returned(_: Future[_Outcome]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._returned)

        future.add_done_callback(returned)

    def _returned(self) -> None:
        self.left -= 1
        if self.on_return is not None:
            self.on_return()


def _caught(function: Callable[[], object]) -> _Outcome:
    # A future refuses some exceptions (StopIteration), and its awaiter would wait for ever: they travel as values.
    try:
        return function(), None
    except BaseException as error:
        return None, error
