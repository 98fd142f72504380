"""The registered undos of an execution, and which of them go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from durable.activity import Activity
from durable.events import CompensationRegistered
from durable.failure import Failure
from durable.retry import RetryPolicy


@dataclass(frozen=True, slots=True)
class Undo:
    """A registered undo: what to call on which terms, and the event that registered it."""

    activity: Activity[Any, Any]
    retry: RetryPolicy
    registered: CompensationRegistered


class Undos:
    """What is to be undone, last registered first.

    Attributes:
        groups: how many groups there were.
        past_pivot: whether nothing is undone any more.
        failed: undos that failed for good and are not settled.
        failure: why they run.
    """

    __slots__ = ("_registered", "failed", "failure", "groups", "past_pivot")

    def __init__(self) -> None:
        self._registered: list[Undo] = []
        self.groups = 0
        self.past_pivot = False
        self.failed: list[Undo] = []
        self.failure: Failure | None = None

    def __bool__(self) -> bool:
        return bool(self._registered)

    @property
    def registered(self) -> tuple[Undo, ...]:
        """All that are still to be undone, in the order of their registration."""
        return tuple(self._registered)

    def add(self, undo: Undo) -> None:
        """Register one."""
        self._registered.append(undo)
        self.groups = max(self.groups, undo.registered.group or 0)

    def clear(self) -> None:
        """Undo nothing any more."""
        self._registered.clear()

    def take_next(self) -> list[Undo]:
        """Take what is undone next: the last one, or the whole group of it, last first."""
        last = self._registered.pop()
        taken = [last]
        while last.registered.group is not None and self._registered:
            if self._registered[-1].registered.group != last.registered.group:
                break
            taken.append(self._registered.pop())
        return taken
