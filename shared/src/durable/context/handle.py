"""What an author awaits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Generator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Handle(ABC, Awaitable[T_co], Generic[T_co]):
    """Something that will end: awaiting it gives its value or raises its error, any number of times."""

    __slots__ = ()

    if TYPE_CHECKING:
        _exact: T_co  # Declared, never there: by it a checker tells handles of one type from others, see `joining`.

    @abstractmethod
    def __await__(self) -> Generator[Any, None, T_co]: ...

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
