"""Verbs that wait for several handles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, TypeVar

from durable.context import Handle
from durable.context.joining import Joining
from durable.results import First
from orchestrator.engine.firsts import AsCompleted, FirstOf
from orchestrator.engine.gathering import Gather
from orchestrator.engine.verbs.bound import Bound

T = TypeVar("T")


class JoiningVerbs(Bound, Joining):
    """Implements `Joining`."""

    __slots__ = ()

    def gather(self, *handles: Any, return_exceptions: bool = False) -> Handle[Any]:
        mine = [self._mine(handle) for handle in handles]
        return Gather(self._execution.scheduler, mine, return_exceptions=return_exceptions)

    def first(self, *handles: Handle[Any]) -> Handle[First[Any]]:
        if not handles:
            raise ValueError("expected at least one handle, of which the first to end is waited for; found none")
        return FirstOf(self._execution.scheduler, [self._mine(handle) for handle in handles])

    def as_completed(self, *handles: Handle[T]) -> AsyncIterator[Handle[T]]:
        return AsCompleted(self._execution.scheduler, [self._mine(handle) for handle in handles])
