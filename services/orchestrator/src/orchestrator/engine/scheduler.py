"""Drives the coroutines of one instance, by hand and in a fixed order, until none can go on.

1. A branch is one coroutine. It goes on when the handle that it awaits is settled, in the order in which that happened.
2. A branch is itself a handle: it is settled with what its coroutine returns or raises.
   It can be interrupted: an error is raised at the await where it stands, or at its next one if it runs.
3. What a coroutine yields and is no handle of its instance is thrown back as `NotDurable`.
4. A closed scheduler drives nothing. Closing runs the `finally` blocks of the sagas, which then can do nothing, and
   raises nothing that they raise.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from durable.errors import Cancelled
from orchestrator.engine.handles import Pending
from orchestrator.engine.notdurable import explained, refusal

T = TypeVar("T")

_CLOSINGS_MAX = 100


class Scheduler:
    """The branches of an instance, and which of them can go on.

    Attributes:
        closed: nothing is driven or settled any more.
        branches: the open ones, in the order of their start.
        conditions: asked whenever nothing can go on: true when that let something go on.
        current: the branch that runs, or ran last.
    """

    __slots__ = ("_ready", "_settled", "branches", "closed", "conditions", "current")

    def __init__(self) -> None:
        self.closed = False
        self.branches: dict[Branch[Any], None] = {}
        self.conditions: dict[Callable[[], bool], None] = {}
        self.current: Branch[Any] | None = None
        self._ready: list[Branch[Any]] = []
        self._settled = 0

    def start(self, coroutine: Coroutine[Any, Any, T]) -> Branch[T]:
        """Add a branch; it first runs in the next `run`, or later in the present one."""
        return self._add(Branch(self, coroutine))

    def send(self, coroutine: Coroutine[Any, Any, T]) -> Branch[T]:
        """Add a branch that gives up when whoever awaits it is interrupted."""
        return self._add(Errand(self, coroutine))

    def _add(self, branch: Branch[T]) -> Branch[T]:
        self.branches[branch] = None
        self._ready.append(branch)
        return branch

    def wake(self, branch: Branch[Any]) -> None:
        """Let a branch go on."""
        self._ready.append(branch)

    def _drive(self) -> None:
        # Lists in turn: an empty deque would take a sixth of the memory of an instance that waits.
        ready, self._ready = self._ready, []
        for branch in ready:
            if branch in self.branches:  # Else it was dropped by one before it.
                branch.step()

    def next_settled(self) -> int:
        """Count a handle that is settled."""
        self._settled += 1
        return self._settled

    def run(self) -> None:
        """Drive the branches until each awaits something open."""
        while True:
            while self._ready and not self.closed:
                self._drive()
            if self.closed or not self.conditions or not self._ask():
                return

    def _ask(self) -> bool:
        return sum(holds() for holds in tuple(self.conditions)) > 0

    def close(self) -> None:
        """Drop all branches, for good. May be called again; not from within a branch."""
        self.closed = True
        self._ready.clear()
        self.conditions.clear()
        while self.branches:
            branch, _ = self.branches.popitem()
            branch.drop()

    def drop_branches(self) -> None:
        """Drop all branches; others may be started afterwards."""
        self.close()
        self.closed = False


class Branch(Pending[T]):
    """One coroutine, driven from await to await.

    Attributes:
        coroutine: its code.
        group: number of the group of undos that it has entered; a branch is in the group in which it was started.
    """

    __slots__ = ("_awaited", "_interruption", "coroutine", "group")

    def __init__(self, scheduler: Scheduler, coroutine: Coroutine[Any, Any, T]) -> None:
        super().__init__(scheduler)
        self.coroutine = coroutine
        self.group: int | None = scheduler.current.group if scheduler.current else None
        self._awaited: Pending[Any] | None = None
        self._interruption: BaseException | None = None

    def told(self, handle: Pending[Any]) -> None:
        """Go on after the awaited handle was settled; what was awaited before does not matter any more."""
        if handle is self._awaited:
            self._awaited = None
            self.scheduler.wake(self)

    def interrupt(self, error: BaseException) -> None:
        """Raise an error at the await where the coroutine stands, or at its next one if it runs."""
        self._interruption = error
        awaited, self._awaited = self._awaited, None
        if awaited is not None:
            awaited.unwatch(self)
            self.scheduler.wake(self)

    def cancel(self) -> None:
        """Raise `Cancelled` in the coroutine, which may clean up; nobody waits for that."""
        if self.settled or self.scheduler.closed:
            return
        self.interrupt(Cancelled())
        self.fail(Cancelled())

    def step(self) -> None:
        """Drive it up to the next open handle."""
        scheduler = self.scheduler
        scheduler.current = self
        thrown, self._interruption = self._interruption, None
        while not scheduler.closed:
            try:
                yielded = self.coroutine.send(None) if thrown is None else self.coroutine.throw(thrown)
            except StopIteration as stop:
                value, error = stop.value, None
                break
            except KeyboardInterrupt:
                raise
            except BaseException as raised:
                value, error = None, explained(raised)
                break
            if not isinstance(yielded, Pending) or yielded.scheduler is not scheduler:
                thrown = refusal(yielded)
            elif self._interruption is not None:
                thrown, self._interruption = self._interruption, None
            else:
                self._awaited = yielded
                yielded.watch(self)
                return
        else:
            return
        self._end(value, error)

    def drop(self) -> None:
        """Close the coroutine, whatever its `finally` blocks do."""
        for _ in range(_CLOSINGS_MAX):
            try:
                self.coroutine.close()
            except RuntimeError:
                continue
            except KeyboardInterrupt:
                raise
            except BaseException:
                return
            return

    def _end(self, value: Any, error: BaseException | None) -> None:
        self.scheduler.branches.pop(self, None)
        if error is None:
            self.succeed(value)
        else:
            self.fail(error)


class Errand(Branch[T]):
    """A branch that is run for whoever awaits it: interrupted there, it gives up."""

    __slots__ = ()

    def rest(self) -> None:
        self.cancel()
