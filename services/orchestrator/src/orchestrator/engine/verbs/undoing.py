"""Verbs that say what undoes the saga."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from durable.activity import Activity
from durable.context.undoing import Undoing
from durable.retry import RetryPolicy
from orchestrator.engine import compensation
from orchestrator.engine.payloads import write_payload
from orchestrator.engine.verbs.bound import Bound
from orchestrator.engine.verbs.given import require, require_activity

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution
    from orchestrator.engine.scheduler import Branch

In = TypeVar("In")


class UndoingVerbs(Bound, Undoing):
    """Implements `Undoing`."""

    __slots__ = ()

    def compensate(self, undo: Activity[In, Any], input: In, *, retry: RetryPolicy | None = None) -> None:
        require_activity(undo)
        if retry is not None:
            require(retry, RetryPolicy, "retry as a RetryPolicy")
        data = write_payload(input, undo.input)
        if not self._closed():
            compensation.register(self._execution, undo, data, retry=retry)

    def compensation_group(self) -> AbstractAsyncContextManager[None]:
        return Group(self._execution)

    def pivot(self) -> None:
        if not self._closed():
            compensation.pass_pivot(self._execution)


class Group:
    """Numbers what its branch registers while it is entered; a group within another is part of it."""

    __slots__ = ("_branch", "_execution", "_outer")

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._branch: Branch[Any] | None = None
        self._outer: int | None = None

    async def __aenter__(self) -> None:
        branch, undos = self._execution.scheduler.current, self._execution.undos
        assert branch is not None
        self._branch, self._outer = branch, branch.group
        if branch.group is None:
            undos.groups += 1
            branch.group = undos.groups

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._branch is not None
        self._branch.group = self._outer
