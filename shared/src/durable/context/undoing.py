"""How a saga says what undoes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from durable.activity import Activity
from durable.retry import RetryPolicy

In = TypeVar("In")


class Undoing(ABC):
    """Registered undos run, last first, as durable steps, when the saga raises or is cancelled."""

    __slots__ = ()

    @abstractmethod
    def compensate(self, undo: Activity[In, Any], input: In, *, retry: RetryPolicy | None = None) -> None:
        """Register an undo, with up to 10 attempts unless told. Undos must be idempotent.

        Raises:
            TypeError: the input does not serialise; nothing is registered.
        """

    @abstractmethod
    def compensation_group(self) -> AbstractAsyncContextManager[None]:
        """Let the undos registered inside run in parallel, at the group's turn."""

    @abstractmethod
    def pivot(self) -> None:
        """Pass the point of no return: from here on nothing is undone, and a failure ends as `Failed`."""
