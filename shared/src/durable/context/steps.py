"""What a saga does to the world and waits for: activities, other sagas, time, events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NoReturn, TypeVar, overload

from typing_extensions import TypeForm

from durable.activity import Activity
from durable.context.facts import Tag
from durable.context.handle import Handle
from durable.retry import RetryPolicy, Timeouts
from durable.saga import Saga

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")
OnParentEnd = Literal["abandon", "cancel", "terminate"]


class Steps(ABC):
    """Durable steps; what returns a `Handle` is scheduled at once and awaited when you like."""

    __slots__ = ()

    @abstractmethod
    def call(
        self,
        activity: Activity[In, Out],
        input: In,
        *,
        retry: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        compensate_with: Activity[Out, Any] | None = None,
        label: str | None = None,
    ) -> Handle[Out]:
        """Have a worker run an activity.

        It runs at least once per attempt, with the same idempotency key. `compensate_with` is registered when the
        activity completes, with its result as input.

        Raises:
            TypeError: the input does not serialise; nothing is scheduled.
            ActivityError: (at the await) no attempt succeeded; `ActivityTimeout` and `OutcomeUnknown` are such.
        """

    @overload
    def call_saga(
        self,
        saga: Saga[None, Out],
        input: None = None,
        *,
        instance_id: str | None = None,
        retry: RetryPolicy | None = None,
        timeout: timedelta | None = None,
        tags: Mapping[str, Tag | None] | None = None,
        compensate_with: Activity[Out, Any] | None = None,
        label: str | None = None,
    ) -> Handle[Out]: ...
    @overload
    def call_saga(
        self,
        saga: Saga[In, Out],
        input: In,
        *,
        instance_id: str | None = None,
        retry: RetryPolicy | None = None,
        timeout: timedelta | None = None,
        tags: Mapping[str, Tag | None] | None = None,
        compensate_with: Activity[Out, Any] | None = None,
        label: str | None = None,
    ) -> Handle[Out]: ...
    @abstractmethod
    def call_saga(
        self,
        saga: Saga[Any, Out],
        input: Any = None,
        *,
        instance_id: str | None = None,
        retry: RetryPolicy | None = None,
        timeout: timedelta | None = None,
        tags: Mapping[str, Tag | None] | None = None,
        compensate_with: Activity[Out, Any] | None = None,
        label: str | None = None,
    ) -> Handle[Out]:
        """Run another saga as a child and wait for its result; each attempt is a new execution of the same child.

        Raises:
            TypeError: the input does not serialise; nothing is started.
            ChildSagaError: (at the await) the child ended other than Completed.
            AlreadyExists: (at the await) the given id belongs to another instance.
            DeadlineExceeded: (at the await) it did not end within `timeout`; it is asked to cancel.
        """

    @overload
    def start_saga(
        self,
        saga: Saga[None, Any],
        input: None = None,
        *,
        instance_id: str | None = None,
        on_parent_end: OnParentEnd = "abandon",
        delay: timedelta | None = None,
        tags: Mapping[str, Tag | None] | None = None,
    ) -> str: ...
    @overload
    def start_saga(
        self,
        saga: Saga[In, Any],
        input: In,
        *,
        instance_id: str | None = None,
        on_parent_end: OnParentEnd = "abandon",
        delay: timedelta | None = None,
        tags: Mapping[str, Tag | None] | None = None,
    ) -> str: ...
    @abstractmethod
    def start_saga(
        self,
        saga: Saga[Any, Any],
        input: Any = None,
        *,
        instance_id: str | None = None,
        on_parent_end: OnParentEnd = "abandon",
        delay: timedelta | None = None,
        tags: Mapping[str, Tag | None] | None = None,
    ) -> str:
        """Start another saga that nobody waits for, and give its id.

        When this instance ends, the child goes on (`abandon`), is asked to cancel, or is terminated.
        """

    @abstractmethod
    def sleep(self, until: timedelta | datetime) -> Handle[None]:
        """Wait for a time span, or until a point in time; what is past is due at once.

        Raises:
            TypeError: the point in time has no time zone.
        """

    @abstractmethod
    def wait_for_event(self, name: str, type: TypeForm[T], *, timeout: timedelta | None = None) -> Handle[T]:
        """Wait for an event raised to this instance; events that came before are taken in order of arrival.

        Raises:
            EventTimeout: (at the await) none came in time.
            EventInvalid: (at the await) its payload does not fit the type.
        """

    @abstractmethod
    def send_event(self, instance_id: str, name: str, payload: object = None) -> None:
        """Raise an event to another instance, once; kept for it if it does not exist yet.

        Raises:
            TypeError: the payload does not serialise.
            InvalidName: the instance id is not legal.
        """

    @abstractmethod
    def approval(
        self,
        name: str,
        type: TypeForm[T],
        *,
        deadline: timedelta | datetime,
        remind_every: timedelta | None = None,
        escalate_to: str | None = None,
    ) -> Handle[T]:
        """Wait for a person's decision: an event of that name.

        Asking, each reminder and the escalation are lifecycle events (`saga.approval-requested`,
        `saga.approval-reminder`, `saga.approval-escalated`) and show in the custom status. When the deadline passes
        and there is somebody to escalate to, the wait goes on once more for as long.

        Raises:
            EventTimeout: (at the await) nobody decided in time.
        """

    @abstractmethod
    def poll(
        self,
        activity: Activity[In, Out],
        input: In,
        *,
        until: Callable[[Out], bool],
        every: timedelta,
        timeout: timedelta | None = None,
        retry: RetryPolicy | None = None,
    ) -> Handle[Out]:
        """Call an activity every so often until its result is what is waited for; gives that result.

        `until` is a pure function of the result.

        Raises:
            DeadlineExceeded: (at the await) it was not so within `timeout`.
            ActivityError: (at the await) a call failed for good.
        """

    @abstractmethod
    def set_status(self, value: object) -> None:
        """Show something to whoever looks at the instance: any value that serialises, up to 16 KB.

        Raises:
            TypeError: it does not serialise.
            PayloadTooLarge: it is larger.
        """

    @abstractmethod
    def set_tags(self, tags: Mapping[str, Tag | None]) -> None:
        """Set tags by which instances are found; `None` removes one. The others stay.

        Raises:
            TypeError: a value is no text, number, bool or datetime with a time zone.
        """

    @abstractmethod
    def continue_as_new(
        self, input: object = None, *, version: str | None = None, tags: Mapping[str, Tag | None] | None = None
    ) -> NoReturn:
        """End this execution and begin the next one of the same instance, with a new history.

        Unread events and registered undos go along. Calls, children and timers of this execution are given up.
        The newest version is taken unless told.
        """
