"""How a saga waits for several handles at once.

1. What is gathered is a list. Of handles of one type a checker sees it as that; of a few handles of different types it
   knows each, as with `asyncio.gather`, by taking the list for a tuple; of many, what they have in common.
2. Since a `Handle[int]` is a `Handle[object]` too, any handles have one type in common. `_Exactly` has the same type.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any, Literal, Protocol, TypeVar, overload

from durable.context.handle import Handle
from durable.results import First

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")


class _Exactly(Protocol[T]):
    _exact: T


class Joining(ABC):
    """Waiting for all of some handles, for the first of them, or for one after the other."""

    __slots__ = ()

    @overload
    def gather(self, *handles: _Exactly[T]) -> Handle[list[T]]: ...  # type: ignore[overload-overlap]  # Rule 1.
    @overload
    def gather(self, a: Handle[A], b: Handle[B], /) -> Handle[tuple[A, B]]: ...
    @overload
    def gather(self, a: Handle[A], b: Handle[B], c: Handle[C], /) -> Handle[tuple[A, B, C]]: ...
    @overload
    def gather(self, a: Handle[A], b: Handle[B], c: Handle[C], d: Handle[D], /) -> Handle[tuple[A, B, C, D]]: ...
    @overload
    def gather(
        self, a: Handle[A], b: Handle[B], c: Handle[C], d: Handle[D], e: Handle[E], /
    ) -> Handle[tuple[A, B, C, D, E]]: ...
    @overload
    def gather(self, *handles: Handle[T]) -> Handle[list[T]]: ...
    @overload
    def gather(  # type: ignore[overload-overlap]  # Rule 1.
        self, *handles: _Exactly[T], return_exceptions: Literal[True]
    ) -> Handle[list[T | Exception]]: ...
    @overload
    def gather(
        self, a: Handle[A], b: Handle[B], /, *, return_exceptions: Literal[True]
    ) -> Handle[tuple[A | Exception, B | Exception]]: ...
    @overload
    def gather(
        self, a: Handle[A], b: Handle[B], c: Handle[C], /, *, return_exceptions: Literal[True]
    ) -> Handle[tuple[A | Exception, B | Exception, C | Exception]]: ...
    @overload
    def gather(self, *handles: Handle[T], return_exceptions: Literal[True]) -> Handle[list[T | Exception]]: ...
    @abstractmethod
    def gather(self, *handles: Any, return_exceptions: bool = False) -> Handle[Any]:
        """Wait for all, in argument order; the first failure in the order of history is raised, the others go on."""

    @overload
    def first(self, a: Handle[A], b: Handle[B], /) -> Handle[First[A | B]]: ...
    @overload
    def first(self, a: Handle[A], b: Handle[B], c: Handle[C], /) -> Handle[First[A | B | C]]: ...
    @overload
    def first(self, *handles: Handle[T]) -> Handle[First[T]]: ...
    @abstractmethod
    def first(self, *handles: Handle[Any]) -> Handle[First[Any]]:
        """Wait for whichever ends first; if that one failed, its error is raised.

        Timers and event waits that lose are cancelled; calls and children go on and can still be awaited.

        Raises:
            ValueError: there are no handles.
        """

    @abstractmethod
    def as_completed(self, *handles: Handle[T]) -> AsyncIterator[Handle[T]]:
        """Give the handles as they end, in the order of history; awaiting one gives its value or raises its error."""
