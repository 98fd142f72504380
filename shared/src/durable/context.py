"""What a saga sees: the declarations only; the orchestrator's engine implements them.

1. Everything here is deterministic: replayed over the same history, a saga gets the same answers.
2. What returns a `Handle` is scheduled at once and awaited when you like, any number of times.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Generator, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload
from uuid import UUID

from durable.activity import Activity
from durable.results import MapResult
from durable.retry import RetryPolicy

if TYPE_CHECKING:
    from random import Random

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")


class Handle(ABC, Awaitable[T], Generic[T]):
    """Something that will end: awaiting it gives its value or raises its error."""

    __slots__ = ()

    @abstractmethod
    def __await__(self) -> Generator[Any, None, T]: ...

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether it has ended, with a value or an error."""

    @abstractmethod
    def cancel(self) -> None:
        """Give it up: an await of it raises `Cancelled` at once, and what it gives later is recorded and ignored.

        Cancelled in the turn that made it, nothing is sent. Cancelling what is done changes nothing.
        """


class SagaContext(ABC):
    """Durable verbs and deterministic facts for one execution of one instance.

    Attributes:
        instance_id: the id of the instance.
        execution: which execution of it this is, from 1.
        version: the version of the saga that it stays on.
    """

    __slots__ = ()

    instance_id: str
    execution: int
    version: str

    @property
    @abstractmethod
    def now(self) -> datetime:
        """The time of the turn, in UTC; it never goes back and is the same on replay."""

    @property
    @abstractmethod
    def random(self) -> Random:
        """A generator seeded by the run: the same numbers on replay. Not for secrets."""

    @abstractmethod
    def uuid(self) -> UUID:
        """Give a new UUID, the same on replay."""

    @property
    @abstractmethod
    def is_replaying(self) -> bool:
        """Whether the present line runs again over history rather than for the first time."""

    @abstractmethod
    def call(
        self,
        activity: Activity[In, Out],
        input: In,
        *,
        retry: RetryPolicy | None = None,
        compensate_with: Activity[Out, Any] | None = None,
        label: str | None = None,
    ) -> Handle[Out]:
        """Have a worker run an activity.

        It runs at least once per attempt, with the same idempotency key. `compensate_with` is registered when the
        activity completes, with its result as input.

        Raises:
            TypeError: the input does not serialise; nothing is scheduled.
            ActivityError: (at the await) no attempt succeeded.
        """

    @abstractmethod
    def sleep(self, until: timedelta | datetime) -> Handle[None]:
        """Wait for a time span, or until a point in time; what is past is due at once.

        Raises:
            TypeError: the point in time has no time zone.
        """

    @abstractmethod
    def wait_for_event(self, name: str, type: type[T], *, timeout: timedelta | None = None) -> Handle[T]:
        """Wait for an event raised to this instance; events that came before are taken in order of arrival.

        Raises:
            EventTimeout: (at the await) none came in time.
            EventInvalid: (at the await) its payload does not fit the type.
        """

    @overload
    def gather(self, *handles: Handle[T]) -> Handle[list[T]]: ...
    @overload
    def gather(self, *handles: Handle[T], return_exceptions: Literal[True]) -> Handle[list[T | Exception]]: ...
    @abstractmethod
    def gather(self, *handles: Handle[Any], return_exceptions: bool = False) -> Handle[Any]:
        """Wait for all, in argument order; the first failure in the order of history is raised, the others go on."""

    @abstractmethod
    def map(
        self,
        activity: Activity[In, Out],
        inputs: Iterable[In],
        *,
        max_concurrency: int | None = None,
        retry: RetryPolicy | None = None,
        label: str | None = None,
    ) -> Handle[MapResult[Out]]:
        """Call an activity for each input, at most `max_concurrency` at a time.

        Raises:
            MapFailed: (at the await) one failed; those that run are awaited first, no further ones are started.
        """

    @abstractmethod
    def compensate(self, undo: Activity[In, Any], input: In, *, retry: RetryPolicy | None = None) -> None:
        """Register an undo: it runs, last registered first, if the saga raises. Undos must be idempotent."""
