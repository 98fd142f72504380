"""How the steps of a saga go together: in parallel, one of many, within a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, TypeVar, overload

from durable.activity import Activity
from durable.context.handle import Handle
from durable.results import MapResult, Tolerance
from durable.retry import RetryPolicy
from durable.saga import Saga

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")


class Flow(ABC):
    """Deterministic concurrency: branches go on in the order in which what they await ended."""

    __slots__ = ()

    @overload
    def map(
        self,
        activity: Activity[In, Out],
        inputs: Iterable[In],
        *,
        max_concurrency: int | None = None,
        tolerate: Tolerance | None = None,
        min_successes: int | None = None,
        retry: RetryPolicy | None = None,
        label: str | None = None,
    ) -> Handle[MapResult[Out]]: ...
    @overload
    def map(
        self,
        activity: Saga[In, Out],
        inputs: Iterable[In],
        *,
        max_concurrency: int | None = None,
        tolerate: Tolerance | None = None,
        min_successes: int | None = None,
        retry: RetryPolicy | None = None,
        label: str | None = None,
    ) -> Handle[MapResult[Out]]: ...
    @overload
    def map(
        self,
        activity: Callable[[In], Coroutine[Any, Any, Out]],
        inputs: Iterable[In],
        *,
        max_concurrency: int | None = None,
        tolerate: Tolerance | None = None,
        min_successes: int | None = None,
    ) -> Handle[MapResult[Out]]: ...
    @abstractmethod
    def map(
        self,
        activity: Any,
        inputs: Iterable[Any],
        *,
        max_concurrency: int | None = None,
        tolerate: Tolerance | None = None,
        min_successes: int | None = None,
        retry: RetryPolicy | None = None,
        label: str | None = None,
    ) -> Handle[MapResult[Any]]:
        """Do the same to each input: an activity, a child saga or a branch; at most `max_concurrency` at a time.

        Without `tolerate` and `min_successes`, a failure raises `MapFailed`. With one of them the result tells: it ends
        early when more failed than is tolerated, or when enough have succeeded. At an early end no further item is
        started, and those that run are asked to cancel and ignored.

        Raises:
            MapFailed: (at the await) one failed, and no policy was given; `result` holds what was reached.
            ValueError: not even one is to run at a time, or more successes than inputs are asked for.
        """

    @abstractmethod
    def spawn(self, coroutine: Coroutine[Any, Any, T]) -> Handle[T]:
        """Let a coroutine run as a branch beside this one; what is still open when the saga returns is cancelled."""

    @abstractmethod
    def timeout(self, span: timedelta) -> AbstractAsyncContextManager[None]:
        """Bound what is inside: when the time is over, `DeadlineExceeded` is raised at the await that it is due in."""

    @abstractmethod
    def shield(self) -> AbstractAsyncContextManager[None]:
        """Let a cancel of the instance wait until what is inside is over."""

    @abstractmethod
    def lock(self) -> AbstractAsyncContextManager[None]:
        """Make a lock between branches of this saga: `lock = ctx.lock()`, then `async with lock:` in each."""

    @abstractmethod
    def semaphore(self, size: int) -> AbstractAsyncContextManager[None]:
        """Make a semaphore between branches of this saga: at most `size` are inside at a time.

        Raises:
            ValueError: not even one may be inside.
        """

    @abstractmethod
    def until(self, predicate: Callable[[], bool], *, timeout: timedelta | None = None) -> Handle[None]:
        """Wait until a predicate over the saga's own variables holds; it is asked whenever a branch went on.

        Raises:
            DeadlineExceeded: (at the await) it did not hold within `timeout`.
        """
