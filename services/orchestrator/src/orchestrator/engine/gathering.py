"""Gather: several handles as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.engine.handles import Pending
from orchestrator.engine.scheduler import Scheduler


class Gather(Pending[list[Any]]):
    """Gives the values of all handles in their order.

    It fails with the first failure as soon as there is one, unless it is to give errors in the place of values.
    """

    __slots__ = ("_errors_as_values", "_handles", "_open")

    def __init__(self, scheduler: Scheduler, handles: Sequence[Pending[Any]], *, return_exceptions: bool) -> None:
        super().__init__(scheduler)
        self._handles = handles
        self._errors_as_values = return_exceptions
        self._open = 0
        self.rouse()

    def told(self, handle: Pending[Any]) -> None:
        """Count a handle that was settled."""
        self._open -= 1
        if handle.error is not None and not self._errors_as_values:
            self._fail_as(handle)
        elif self._open == 0 and not self.settled:
            self.succeed(self._values())

    def cancel(self) -> None:
        super().cancel()
        for handle in self._handles:
            handle.cancel()

    def rest(self) -> None:
        for handle in self._handles:
            handle.unwatch(self)

    def rouse(self) -> None:
        waiting = [handle for handle in self._handles if not handle.settled]
        self._open = len(waiting)
        failed = [handle for handle in self._handles if handle.error is not None]
        if failed and not self._errors_as_values:
            self._fail_as(min(failed, key=lambda handle: handle.settled))
        elif not waiting:
            self.succeed(self._values())
        for handle in waiting:
            handle.watch(self)

    def _fail_as(self, handle: Pending[Any]) -> None:
        assert handle.error is not None
        self.fail(handle.error)

    def _values(self) -> list[Any]:
        return [handle.outcome() if handle.error is None else handle.error for handle in self._handles]
