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
    """Gives handles in the order in which they end."""

    __slots__ = ("_ended", "_left", "_next", "_scheduler")

    def __init__(self, scheduler: Scheduler, handles: Sequence[Pending[T]]) -> None:
        self._scheduler = scheduler
        self._left = len(handles)
        self._next: Pending[None] | None = None
        self._ended = deque(sorted((one for one in handles if one.settled), key=lambda handle: handle.settled))
        for handle in handles:
            if not handle.settled:
                handle.watch(self)

    def __aiter__(self) -> AsCompleted[T]:
        return self

    async def __anext__(self) -> Handle[T]:
        if self._left == 0:
            raise StopAsyncIteration
        self._left -= 1
        if not self._ended:
            self._next = Pending(self._scheduler)
            await self._next
        return self._ended.popleft()

    def told(self, handle: Pending[T]) -> None:
        """Note a handle that was settled."""
        self._ended.append(handle)
        waiting, self._next = self._next, None
        if waiting is not None:
            waiting.succeed(None)
