"""A bounded pool of threads for what would block the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")
_Outcome = tuple[object, BaseException | None]


class Threads:
    """Runs plain functions in threads, so many at a time; an `async` handler may ask for it by annotation."""

    def __init__(self, limit: int) -> None:
        self._executor = ThreadPoolExecutor(limit, thread_name_prefix="handler")
        self._open: set[Future[_Outcome]] = set()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Give what the function returns, or raise what it raises.

        Cancelled while it runs, the function goes on to its end and its result is dropped: a thread can't be stopped.
        """
        future = self._executor.submit(_caught, lambda: function(*args, **kwargs))
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        result, error = await asyncio.wrap_future(future)
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


def _caught(function: Callable[[], object]) -> _Outcome:
    # A future refuses some exceptions (StopIteration), and its awaiter would wait for ever: they travel as values.
    try:
        return function(), None
    except BaseException as error:
        return None, error
