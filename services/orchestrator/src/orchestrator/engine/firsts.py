"""Whichever of several handles ends first, and all of them as they end."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from durable.context import Handle
from durable.results import First
from orchestrator.engine.handles import Pending
from orchestrator.engine.mailbox import EventWait
from orchestrator.engine.scheduler import Scheduler
from orchestrator.engine.timers import Timer

T = TypeVar("T")


class FirstOf(Pending[First[Any]]):
    """Gives the handle that ends first; timers and event waits that lose are cancelled."""

    __slots__ = ("_handles",)

    def __init__(self, scheduler: Scheduler, handles: Sequence[Pending[Any]]) -> None:
        super().__init__(scheduler)
        self._handles = handles
        self.rouse()

    def told(self, handle: Pending[Any]) -> None:
        """Take the first that is settled."""
        if not self.settled:
            self._take(handle)

    def cancel(self) -> None:
        if not self.settled:
            super().cancel()
            for handle in self._handles:
                handle.cancel()

    def rest(self) -> None:
        for handle in self._handles:
            handle.unwatch(self)

    def rouse(self) -> None:
        ended = [handle for handle in self._handles if handle.settled]
        if ended:
            self._take(min(ended, key=lambda handle: handle.settled))
        for handle in () if ended else self._handles:
            handle.watch(self)

    def _take(self, winner: Pending[Any]) -> None:
        index = next(place for place, handle in enumerate(self._handles) if handle is winner)
        if winner.error is not None:
            self.fail(winner.error)
        else:
            self.succeed(First(index, winner.outcome()))
        for handle in self._handles:
            if isinstance(handle, Timer | EventWait):
                handle.cancel()


class AsCompleted(Generic[T]):
    """Gives handles in the order in which they end.

    Attributes:
        left: how many are still to be given to somebody who does not wait yet.
    """

    __slots__ = ("_ended", "_looks", "_scheduler", "left")

    def __init__(self, scheduler: Scheduler, handles: Sequence[Pending[T]]) -> None:
        self.left = len(handles)
        self._scheduler = scheduler
        self._looks: deque[Look[T]] = deque()
        self._ended = deque(sorted((one for one in handles if one.settled), key=lambda handle: handle.settled))
        for handle in handles:
            if not handle.settled:
                handle.watch(self)

    def __aiter__(self) -> AsCompleted[T]:
        return self

    async def __anext__(self) -> Handle[T]:
        if self.left == 0:
            raise StopAsyncIteration
        self.left -= 1
        if self._ended:
            return self._ended.popleft()
        look = Look(self._scheduler, self)
        self._looks.append(look)
        try:
            return await look
        except BaseException:
            if look.settled:  # It was given a handle, and interrupted before it could go on.
                self.left += 1
                self.told(look.outcome())
            raise

    def told(self, handle: Pending[T]) -> None:
        """Give a handle that was settled to who waits for one, or keep it."""
        if self._looks:
            self._looks.popleft().succeed(handle)
        else:
            self._ended.append(handle)

    def withdraw(self, look: Look[T]) -> None:
        """Let another have what this look would have been given."""
        self._looks.remove(look)
        self.left += 1


class Look(Pending[Pending[T]]):
    """A wait for the next handle to end; interrupted, it takes none."""

    __slots__ = ("_coming",)

    def __init__(self, scheduler: Scheduler, coming: AsCompleted[T]) -> None:
        super().__init__(scheduler)
        self._coming = coming

    def rest(self) -> None:
        self._coming.withdraw(self)
