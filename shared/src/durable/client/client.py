"""`SagaClient`: the management API as methods."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeVar, overload
from urllib.parse import quote

import orjson
from pydantic_core import to_jsonable_python
from typing_extensions import TypeForm

from durable.client.transport import Call, Transport
from durable.client.views import InstanceSummary, InstanceView, read_event, read_summary, read_view
from durable.errors import ResultTimeout, SagaFailedError
from durable.events import HistoryEvent
from durable.failure import MESSAGE_BYTES_MAX, Failure
from durable.ids import check_instance_id
from durable.payload import decode_payload, encode_payload
from durable.saga import Saga
from durable.status import Status

PATIENCE = timedelta(seconds=30)
POLL_FIRST = timedelta(milliseconds=20)
POLL_MAX = timedelta(seconds=1)

T = TypeVar("T")
In = TypeVar("In")

# Within the class, `list` is the method.
_Events = list[HistoryEvent]


class SagaClient:
    """Speaks to the management API of an orchestrator.

    Requests are repeated while the service is away, for as long as `patience`; every method is safe to repeat.

    Raises (every method):
        ServiceUnavailable: the service was away for longer than that.
        NotFound, InvalidInput: there is no such instance or saga, or the service does not accept what was given.
        InvalidName: an instance id is not legal; nothing was sent.
    """

    def __init__(self, base_url: str, *, patience: timedelta = PATIENCE) -> None:
        self._transport = Transport(base_url, patience)

    async def __aenter__(self) -> Self:
        await self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    @overload
    async def start(self, saga: Saga[None, Any], input: None = None, *, instance_id: str | None = None) -> str: ...
    @overload
    async def start(self, saga: Saga[In, Any], input: In, *, instance_id: str | None = None) -> str: ...
    @overload
    async def start(self, saga: str, input: object = None, *, instance_id: str | None = None) -> str: ...
    async def start(self, saga: Saga[Any, Any] | str, input: object = None, *, instance_id: str | None = None) -> str:
        """Start an instance and give its id; without one, a random id is made here, so that a repeat starts no second.

        Raises:
            AlreadyExists: the given id is taken. If a first try was cut off, it may be that try which took it.
            TypeError: the input does not serialise, or is not what the saga takes.
        """
        name, data = (saga, input) if isinstance(saga, str) else (saga.name, encode_payload(input, saga.input))
        chosen = secrets.token_hex(16) if instance_id is None else check_instance_id(instance_id)
        path = f"/sagas/{quote(name, safe='')}/instances"
        answer = await self._transport.ask(Call("POST", path, {"instance_id": chosen}, _json(data)))
        if answer.status == HTTPStatus.CONFLICT and answer.repeated and instance_id is None:
            return chosen
        answer.expect_success()
        return chosen

    async def get(self, instance_id: str) -> InstanceView:
        """Tell where an instance stands."""
        answer = await self._transport.ask(Call("GET", _path(instance_id)))
        return read_view(answer.expect_success())

    async def list(
        self, *, status: Status | None = None, saga: Saga[Any, Any] | str | None = None
    ) -> AsyncIterator[InstanceSummary]:
        """List instances, newest first, page after page as they are asked for."""
        query: dict[str, str] = {}
        if status is not None:
            query["status"] = status.value
        if saga is not None:
            query["saga"] = saga if isinstance(saga, str) else saga.name
        while True:
            page = (await self._transport.ask(Call("GET", "/instances", query))).expect_success()
            for record in page["instances"]:
                yield read_summary(record)
            if page["continuation"] is None:
                return
            query["continuation"] = page["continuation"]

    async def history(self, instance_id: str) -> _Events:
        """Give all events of an instance, in order.

        Raises:
            UndecodableMessage: one is of a kind that this version of the library does not know.
        """
        events: _Events = []
        query: dict[str, str] = {}
        while True:
            call = Call("GET", _path(instance_id, "history"), query)
            page = (await self._transport.ask(call)).expect_success()
            events += map(read_event, page["events"])
            if page["continuation"] is None:
                return events
            query["continuation"] = page["continuation"]

    async def raise_event(
        self, instance_id: str, name: str, payload: object = None, *, event_id: str | None = None
    ) -> None:
        """Raise an event to an instance; the same `event_id` is taken once, however late it is sent again.

        Raises:
            AlreadyEnded: the instance takes nothing more.
        """
        query = {"event_id": secrets.token_hex(16) if event_id is None else event_id}
        path = _path(instance_id, "events", name)
        (await self._transport.ask(Call("POST", path, query, _json(payload)))).expect_success()

    async def terminate(self, instance_id: str, reason: str = "") -> None:
        """End an instance at once; nothing is undone.

        Raises:
            AlreadyEnded: it has ended. If a first try was cut off, it may be that try which ended it.
        """
        query = {"reason": reason} if reason else None
        (await self._transport.ask(Call("POST", _path(instance_id, "terminate"), query))).expect_success()

    @overload
    async def result(self, instance_id: str, *, timeout: timedelta | None = None, type: TypeForm[T]) -> T: ...
    @overload
    async def result(self, instance_id: str, *, timeout: timedelta | None = None, type: None = None) -> Any: ...
    async def result(self, instance_id: str, *, timeout: timedelta | None = None, type: Any = None) -> Any:
        """Wait for an instance to end and give its output, as `type` if given, else as JSON data.

        Raises:
            SagaFailedError: it ended other than `Completed`.
            ResultTimeout: it had not ended by then.
            pydantic.ValidationError: the output is not of the type.
        """
        view = await self._ended(instance_id, timeout)
        if view.status is not Status.COMPLETED:
            raise SagaFailedError(instance_id, view.status, view.failure or _rejection(view))
        return view.output if type is None else decode_payload(view.output, type)

    async def _ended(self, instance_id: str, timeout: timedelta | None) -> InstanceView:
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout.total_seconds()
        delay = POLL_FIRST
        while True:
            answer = await self._transport.ask(Call("GET", _path(instance_id)))
            view = read_view(answer.expect_success())
            if view.status.ended:
                return view
            pause = min(delay, answer.retry_after or POLL_MAX, POLL_MAX).total_seconds()
            if deadline is not None:
                if loop.time() >= deadline:
                    raise ResultTimeout(f"instance {instance_id!r} had not ended after {timeout}; it is {view.status}")
                pause = min(pause, deadline - loop.time())
            await asyncio.sleep(pause)
            delay *= 1.5


def _path(instance_id: str, *rest: str) -> str:
    return "/".join(["/instances", *(quote(part, safe="") for part in (check_instance_id(instance_id), *rest))])


def _json(value: object) -> bytes:
    """Encode JSON data, pydantic models and dataclasses."""
    return orjson.dumps(to_jsonable_python(value))


def _rejection(view: InstanceView) -> Failure | None:
    """Give the reasons of an instance without a failure as one."""
    if not view.reasons:
        return None
    text = "; ".join(f"{where}: {what}" for where, what in view.reasons)
    return Failure(type=f"durable.{view.status.value}", message=text[:MESSAGE_BYTES_MAX], retryable=False)
