"""The context of a saga: each verb checks what it is given and hands it to the module that knows the verb.

1. Nothing is scheduled before everything that the author gave was found right.
2. On a closed execution, and after a mismatch, a verb does nothing and what it gives never ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import TypeForm

from durable.activity import Activity
from durable.context import Handle, SagaContext
from durable.randomness import derived_uuid, seeded
from durable.results import MapResult
from durable.retry import ONE_ATTEMPT, RetryPolicy
from orchestrator.engine import compensation, timers
from orchestrator.engine.calls import Terms, schedule
from orchestrator.engine.gathering import Gather
from orchestrator.engine.handles import Pending
from orchestrator.engine.mailbox import wait_for_event
from orchestrator.engine.mapping import start_map
from orchestrator.engine.notdurable import refusal
from orchestrator.engine.payloads import write_payload

if TYPE_CHECKING:
    from random import Random
    from uuid import UUID

    from orchestrator.engine.execution import Execution

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")


class Context(SagaContext):
    """What the code of one execution sees."""

    __slots__ = ("_execution", "_random", "_uuids", "execution", "instance_id", "version")

    def __init__(self, execution: Execution, version: str) -> None:
        self.instance_id = execution.identity.instance_id
        self.execution = execution.identity.execution
        self.version = version
        self._execution = execution
        self._random: Random | None = None
        self._uuids = 0

    @property
    def now(self) -> datetime:
        return self._execution.journal.at

    @property
    def random(self) -> Random:
        if self._random is None:
            self._random = seeded(*self._seed())
        return self._random

    def uuid(self) -> UUID:
        self._uuids += 1
        return derived_uuid(*self._seed(), "uuid", self._uuids)

    @property
    def is_replaying(self) -> bool:
        return self._execution.journal.replaying

    def call(  # type: ignore[override]  # The rest follows.
        self,
        activity: Activity[In, Out],
        input: In,
        *,
        retry: RetryPolicy | None = None,
        compensate_with: Activity[Out, Any] | None = None,
        label: str | None = None,
    ) -> Handle[Out]:
        if self._closed():
            return self._endless()
        data = write_payload(input, activity.input)
        return schedule(self._execution, activity, data, Terms(retry or ONE_ATTEMPT, compensate_with, label))

    def sleep(self, until: timedelta | datetime) -> Handle[None]:
        return self._endless() if self._closed() else timers.sleep(self._execution, until)

    def wait_for_event(self, name: str, type: TypeForm[T], *, timeout: timedelta | None = None) -> Handle[T]:
        return self._endless() if self._closed() else wait_for_event(self._execution, name, type, timeout)

    def gather(self, *handles: Any, return_exceptions: bool = False) -> Handle[Any]:
        mine = [self._mine(handle) for handle in handles]
        return Gather(self._execution.scheduler, mine, return_exceptions=return_exceptions)

    def map(  # type: ignore[override]  # The rest follows.
        self,
        activity: Activity[In, Out],
        inputs: Iterable[In],
        *,
        max_concurrency: int | None = None,
        retry: RetryPolicy | None = None,
        label: str | None = None,
    ) -> Handle[MapResult[Out]]:
        if self._closed():
            return self._endless()
        data = [write_payload(input, activity.input) for input in inputs]
        terms = Terms(retry or ONE_ATTEMPT, label=label)
        return start_map(self._execution, activity, data, max_concurrency, terms)

    def compensate(self, undo: Activity[In, Any], input: In, *, retry: RetryPolicy | None = None) -> None:
        if not self._closed():
            compensation.register(self._execution, undo, write_payload(input, undo.input), retry=retry)

    def _closed(self) -> bool:
        return self._execution.scheduler.closed

    def _endless(self) -> Pending[Any]:
        return Pending(self._execution.scheduler)

    def _mine(self, handle: object) -> Pending[Any]:
        if isinstance(handle, Pending) and handle.scheduler is self._execution.scheduler:
            return handle
        raise refusal(handle)

    def _seed(self) -> tuple[str, str, int]:
        return self.instance_id, self._execution.identity.run, self.execution


Context.__abstractmethods__ = frozenset()
