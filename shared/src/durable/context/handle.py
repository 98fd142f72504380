"""What an author awaits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Handle(ABC, Awaitable[T], Generic[T]):
    """Something that will end: awaiting it gives its value or raises its error, any number of times."""

    __slots__ = ()

    @abstractmethod
    def __await__(self) -> Generator[Any, None, T]: ...

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether it has ended, with a value or an error."""

    @abstractmethod
    def cancel(self) -> None:
        """Give it up: an await of it raises `Cancelled` at once.

        The worker of a call and the child of a `call_saga` are told; what they answer later is recorded and ignored.
        Cancelled in the turn that made it, nothing is sent. Cancelling what is done changes nothing.
        """
