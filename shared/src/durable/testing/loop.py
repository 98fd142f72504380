"""An event loop whose time is a clock that somebody holds in their hands: hours pass in no time.

1. It has no sockets and no threads, and needs no closing: what runs in it meets the outside through memory alone.
2. It may run inside another event loop of the same thread, which stands still meanwhile, as for any other call.
3. What would run in a thread runs at once, in place: the order of everything is the same each time.
"""

from __future__ import annotations

import asyncio
import heapq
import selectors
import sys
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from durable.adapters.memory import ManualClock

T = TypeVar("T")

# What asyncio gives to those who implement event loops.
_running_loop, _set_running_loop = asyncio._get_running_loop, asyncio._set_running_loop  # noqa: SLF001  See above.
_enter_task, _leave_task = asyncio.tasks._enter_task, asyncio.tasks._leave_task  # noqa: SLF001  See above.


class NothingToCome(Exception):
    """What is waited for will never happen: no timer is set and nothing is ready."""


class _NoFiles:
    """What the base class asks for news of files: there are none."""

    def select(self, _timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs what is ready at the present time; time passes only when it is told to.

    Attributes:
        clock: the time of day, which is the time of the loop too.
    """

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _run_once: Callable[[], None]
    _timer_cancelled_count: int

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self._selector = _NoFiles()
        self._clock_resolution = 1e-6
        self._start = self.clock.now()
        self._now = 0.0
        self._entered = False

    def time(self) -> float:
        return self._now

    def settle(self) -> None:
        """Run until nothing is ready at the present time."""
        with self._entering():
            self._settle()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end at the present time.

        Raises:
            NothingToCome: it waits for something that does not happen at this time.
        """
        with self._entering():
            task = self.create_task(coroutine)
            self._settle()
            return self._result(task)

    def run_through(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, letting time pass as needed.

        Raises:
            NothingToCome: it waits for something that never happens.
        """
        with self._entering():
            task = self.create_task(coroutine)
            self._settle()
            while not task.done() and self._pass():
                self._settle()
            return self._result(task)

    def due(self) -> datetime | None:
        """Tell when the next timer or alarm is due; `None` if there is none."""
        alarm = self.clock.next_alarm()
        timer = self._next_timer()
        if timer is None:
            return alarm
        moment = self._start + timedelta(seconds=timer)
        return moment if alarm is None or moment < alarm else alarm

    def pass_until(self, moment: datetime) -> None:
        """Let time pass; what falls due is ready then, and has not run yet."""
        with self._entering():
            self._pass_until(moment)

    def drop(self) -> None:
        """Give up all that is under way; for a loop that nobody will use again."""
        with self._entering():
            for task in asyncio.all_tasks(self):
                task.cancel()
            self._settle()
        self.close()

    def run_in_executor(  # type: ignore[override]  # The base class gives the awaitable of a thread.
        self,
        executor: Executor | None,  # noqa: ARG002  There are no threads.
        func: Callable[..., T],
        *args: Any,
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        try:
            self.call_soon(_end, future, func(*args), None)  # Not at once: who awaits a thread waits.
        except Exception as error:
            self.call_soon(_end, future, None, error)
        return future

    def __del__(self) -> None:
        """There is nothing to close."""

    def _pass(self) -> bool:
        due = self.due()
        if due is None:
            return False
        self._pass_until(due)
        return True

    def _pass_until(self, moment: datetime) -> None:
        self.clock.advance(max(moment - self.clock.now(), timedelta(0)))
        self._now = (self.clock.now() - self._start).total_seconds()

    def _settle(self) -> None:
        while self._ready or self._has_due_timer():
            self._run_once()

    def _has_due_timer(self) -> bool:
        timer = self._next_timer()
        return timer is not None and timer <= self._now + self._clock_resolution

    def _next_timer(self) -> float | None:
        while self._scheduled and self._scheduled[0].cancelled():
            self._timer_cancelled_count -= 1
            heapq.heappop(self._scheduled)
        return self._scheduled[0].when() if self._scheduled else None

    def _result(self, task: asyncio.Task[T]) -> T:
        if task.done():
            return task.result()
        task.cancel()
        self._settle()
        raise NothingToCome(f"expected {task.get_coro()} to end; it waits for something that nothing will bring about")

    def _process_events(self, event_list: list[Any]) -> None:
        """There are no files, hence no events of files."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""

    @contextmanager
    def _entering(self) -> Iterator[None]:
        if self._entered:
            raise RuntimeError(
                "the test environment is at work: a handler or saga can't drive the environment it runs in"
            )
        outer = _running_loop()
        task = asyncio.current_task(outer) if outer is not None else None
        hooks = sys.get_asyncgen_hooks()
        if outer is not None and task is not None:
            _leave_task(outer, task)
        _set_running_loop(self)
        sys.set_asyncgen_hooks(None, None)
        self._entered = True
        try:
            yield
        finally:
            self._entered = False
            sys.set_asyncgen_hooks(*hooks)
            _set_running_loop(outer)
            if outer is not None and task is not None:
                _enter_task(outer, task)


def _end(future: asyncio.Future[Any], result: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
