"""What every verb needs: the execution that it acts on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.engine.handles import Pending
from orchestrator.engine.notdurable import refusal

if TYPE_CHECKING:
    from orchestrator.engine.execution import Execution


class Bound:
    """Acts on one execution."""

    __slots__ = ()

    _execution: Execution

    def _closed(self) -> bool:
        return self._execution.scheduler.closed

    def _endless(self) -> Pending[Any]:
        return Pending(self._execution.scheduler)

    def _mine(self, handle: object) -> Pending[Any]:
        if isinstance(handle, Pending) and handle.scheduler is self._execution.scheduler:
            return handle
        raise refusal(handle)
