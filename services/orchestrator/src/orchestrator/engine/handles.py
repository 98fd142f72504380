"""What an author awaits, as the engine holds it.

1. A handle is settled once, with a value or an error; settling it again changes nothing.
2. Whoever watches a handle is told when it is settled; no code of the saga runs in between.
3. Awaiting an open handle yields the handle itself, and nothing else is ever yielded to the scheduler.
4. A handle whose last watcher left, since it was interrupted, rests: it takes nothing that another could take, until it
   is watched again.
5. Once the scheduler is closed nothing is settled any more: what is still open then never ends.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from durable.context import Handle
from durable.errors import Cancelled

if TYPE_CHECKING:
    from orchestrator.engine.scheduler import Scheduler

T = TypeVar("T")


class Watcher(Protocol):
    """Waits for handles."""

    def told(self, handle: Pending[Any]) -> None:
        """Learn that a handle was settled."""


class Pending(Handle[T]):
    """A handle of the engine.

    Attributes:
        scheduler: whose code may await it.
        settled: its place in the order in which handles were settled, from 1; 0 while it is open.
        error: what it failed with.
    """

    __slots__ = ("_value", "_watchers", "error", "scheduler", "settled")

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.settled = 0
        self.error: BaseException | None = None
        self._value: T | None = None
        self._watchers: list[Watcher] | None = None

    def __await__(self) -> Generator[Any, None, T]:
        if not self.settled:
            yield self
        return self.outcome()

    @property
    def done(self) -> bool:
        return self.settled > 0

    def outcome(self) -> T:
        """Give the value, or raise the error, of a settled handle."""
        if self.error is not None:
            raise self.error.with_traceback(None)
        return cast("T", self._value)

    def cancel(self) -> None:
        self.fail(Cancelled())

    def watch(self, watcher: Watcher) -> None:
        """Tell the watcher when the handle is settled, at once if it is."""
        if self._watchers == []:
            self.rouse()
        if self.settled:
            watcher.told(self)
        elif self._watchers is None:
            self._watchers = [watcher]
        else:
            self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Tell the watcher no more, who was interrupted."""
        if self._watchers and watcher in self._watchers:
            self._watchers.remove(watcher)
            if not self._watchers:
                self.rest()

    def forget_watchers(self) -> None:
        """Tell nobody who watches now: that code was dropped."""
        self._watchers = None

    def rest(self) -> None:
        """Take nothing while nobody watches."""

    def rouse(self) -> None:
        """Take things again: somebody watches."""

    def succeed(self, value: T) -> None:
        """Settle it with a value."""
        if self._settle():
            self._value = value
            self._tell()

    def fail(self, error: BaseException) -> None:
        """Settle it with an error."""
        if self._settle():
            self.error = error
            self._tell()

    def _settle(self) -> bool:
        if self.settled or self.scheduler.closed:
            return False
        self.settled = self.scheduler.next_settled()
        return True

    def _tell(self) -> None:
        watchers, self._watchers = self._watchers, None
        for watcher in watchers or ():
            watcher.told(self)
