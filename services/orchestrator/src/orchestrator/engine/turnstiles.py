"""How branches of one saga wait for one another: locks, semaphores and conditions over its own variables.

Nothing of this stands in the history: replay lets the branches through in the same order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING

from durable.errors import DeadlineExceeded
from durable.events import TimerCreated
from orchestrator.engine.handles import Pending
from orchestrator.engine.timers import cancel_timer, create_timer, due_at

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution
    from orchestrator.engine.scheduler import Scheduler

UNTIL = "until"


class Semaphore:
    """Lets at most so many branches in at a time, first come first served."""

    __slots__ = ("_free", "_queue", "_scheduler")

    def __init__(self, scheduler: Scheduler, size: int) -> None:
        if size < 1:
            raise ValueError(f"expected a semaphore of size 1 or more; found {size}")
        self._scheduler = scheduler
        self._free = size
        self._queue: deque[Pending[None]] = deque()

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        place: Pending[None] = Pending(self._scheduler)
        self._queue.append(place)
        try:
            await place
        except BaseException:
            self._leave(place)
            raise

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._let_in_next()

    def _leave(self, place: Pending[None]) -> None:
        if place.settled:  # It was let in, and interrupted before it could go on.
            self._let_in_next()
        else:
            self._queue.remove(place)

    def _let_in_next(self) -> None:
        if self._queue:
            self._queue.popleft().succeed(None)
        else:
            self._free += 1


class Until(Pending[None]):
    """Ends when a predicate holds."""

    __slots__ = ("_created", "_execution", "_predicate", "_span")

    def __init__(self, execution: Execution, predicate: Callable[[], bool]) -> None:
        super().__init__(execution.scheduler)
        self._execution = execution
        self._predicate = predicate
        self._span = timedelta.max
        self._created: TimerCreated | None = None

    def begin(self, timeout: timedelta | None) -> None:
        """Ask at once, and again whenever a branch went on."""
        if self._ask() or timeout is None:
            return
        self._span = timeout
        self._created = create_timer(self._execution, UNTIL, due_at(timeout, self._execution.journal.at))
        self._execution.timers[self._created.task_id] = self

    def ring(self) -> None:
        self._created = None
        self._over()
        self.fail(DeadlineExceeded(f"expected the condition to hold within {self._span}; it does not"))

    def cancel(self) -> None:
        if not self.settled and not self.scheduler.closed:
            self._over()
            super().cancel()

    def _ask(self) -> bool:
        if self.settled:
            return False
        try:
            holds = bool(self._predicate())
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # It is its author's code and may raise anything.
            self._over()
            self.fail(error)
            return True
        if holds:
            self._over()
            self.succeed(None)
        else:
            self.scheduler.conditions[self._ask] = None
        return holds

    def _over(self) -> None:
        self.scheduler.conditions.pop(self._ask, None)
        created, self._created = self._created, None
        if created is not None:
            cancel_timer(self._execution, created)
