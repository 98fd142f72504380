"""Verbs that reach out and wait: activities, other sagas, time, events, and what the instance shows."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import orjson
from typing_extensions import TypeForm

from durable.activity import Activity
from durable.context import Handle, OnParentEnd, Tag
from durable.context.steps import Steps
from durable.errors import PayloadTooLarge
from durable.events import EventSent, StatusSet, TagsSet
from durable.ids import check_instance_id
from durable.retry import RetryPolicy, Timeouts
from durable.saga import Saga
from durable.tags import tags_data
from orchestrator.engine import timers
from orchestrator.engine.approvals import Approval, Polling, decided, polled
from orchestrator.engine.calls import schedule
from orchestrator.engine.children import Birth, call_child, start_child
from orchestrator.engine.continuing import ContinueAsNew
from orchestrator.engine.mailbox import wait_for_event
from orchestrator.engine.payloads import write_payload
from orchestrator.engine.verbs.bound import Bound
from orchestrator.engine.verbs.given import require, require_activity, require_saga, terms_of

if TYPE_CHECKING:
    from orchestrator.engine.context import Context

T = TypeVar("T")
In = TypeVar("In")
Out = TypeVar("Out")

STATUS_BYTES_MAX = 16 * 1024
EVENT_NAME = "the name of an event as text"


class StepVerbs(Bound, Steps):
    """Implements `Steps`."""

    __slots__ = ()

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
        if self._closed():
            return self._endless()
        require_activity(activity)
        terms = terms_of(retry, timeouts=timeouts, undo=compensate_with, label=label)
        data = write_payload(input, activity.input)
        return schedule(self._execution, activity, data, terms)

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
        if self._closed():
            return self._endless()
        require_saga(saga)
        terms = terms_of(retry, undo=compensate_with, label=label)
        data = write_payload(input, saga.input)
        birth = Birth(instance_id, self._tags_of_child(tags), timeout=timeout)
        return call_child(self._execution, saga, data, birth, terms)

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
        if on_parent_end not in {"abandon", "cancel", "terminate"}:
            raise ValueError(f"expected on_parent_end 'abandon', 'cancel' or 'terminate'; found {on_parent_end!r}")
        if self._closed():
            return ""
        require_saga(saga)
        data = write_payload(input, saga.input)
        birth = Birth(instance_id, self._tags_of_child(tags), delay, on_parent_end=on_parent_end)
        return start_child(self._execution, saga, data, birth, None).instance_id

    def sleep(self, until: timedelta | datetime) -> Handle[None]:
        return self._endless() if self._closed() else timers.sleep(self._execution, until)

    def wait_for_event(self, name: str, type: TypeForm[T], *, timeout: timedelta | None = None) -> Handle[T]:
        require(name, str, EVENT_NAME)
        return self._endless() if self._closed() else wait_for_event(self._execution, name, type, timeout)

    def send_event(self, instance_id: str, name: str, payload: object = None) -> None:
        require(name, str, EVENT_NAME)
        target, data = check_instance_id(instance_id), write_payload(payload, object)
        journal = self._execution.journal
        if not self._closed():
            journal.decide(
                EventSent(at=journal.at, sequence=journal.next_sequence, name=name, target=target, payload=data)
            )

    def approval(
        self,
        name: str,
        type: TypeForm[T],
        *,
        deadline: timedelta | datetime,
        remind_every: timedelta | None = None,
        escalate_to: str | None = None,
    ) -> Handle[T]:
        require(name, str, EVENT_NAME)
        if remind_every is not None and remind_every <= timedelta(0):
            raise ValueError(f"expected to remind every so often; found {remind_every}")
        due = timers.due_at(deadline, self._execution.journal.at)
        return self._branch(decided(self._whole, Approval(name, due, remind_every, escalate_to), type))

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
        require_activity(activity)
        write_payload(input, activity.input)
        return self._branch(polled(self._whole, activity, input, until, Polling(every, timeout, retry)))

    def set_status(self, value: object) -> None:
        data = write_payload(value, object)
        size = len(orjson.dumps(data))
        if size > STATUS_BYTES_MAX:
            raise PayloadTooLarge(f"expected a custom status of at most {STATUS_BYTES_MAX} bytes as JSON; found {size}")
        self._show(data, None)

    def announce(self, kind: str, data: object) -> None:
        """Show something, and tell others by a lifecycle event of that kind."""
        self._show(data, kind)

    def set_tags(self, tags: Mapping[str, Tag | None]) -> None:
        data = tags_data(tags)
        journal = self._execution.journal
        if not self._closed():
            journal.decide(TagsSet(at=journal.at, sequence=journal.next_sequence, tags=data))

    def continue_as_new(
        self, input: object = None, *, version: str | None = None, tags: Mapping[str, Tag | None] | None = None
    ) -> NoReturn:
        saga = self._execution.saga
        assert saga is not None
        if version is not None:
            require(version, str, "version as text")
        same = version is None or version == saga.version
        data = write_payload(input, saga.input if same else object)
        raise ContinueAsNew(data, version, None if tags is None else tags_data(tags))

    def _show(self, data: object, announces: str | None) -> None:
        journal = self._execution.journal
        if not self._closed():
            journal.decide(StatusSet(at=journal.at, sequence=journal.next_sequence, value=data, announces=announces))

    def _tags_of_child(self, tags: Mapping[str, Tag | None] | None) -> dict[str, object] | None:
        return (self._execution.journal.ledger.tags or None) if tags is None else tags_data(tags)

    def _branch(self, coroutine: Coroutine[Any, Any, T]) -> Handle[T]:
        if self._closed():
            coroutine.close()
            return self._endless()
        return self._execution.scheduler.send(coroutine)

    @property
    def _whole(self) -> Context:
        return cast("Context", self)
