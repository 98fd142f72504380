"""Waits for instances to end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, TypeVar, overload

from typing_extensions import TypeForm

from durable.client.part import POLL_FIRST, POLL_MAX, Part
from durable.client.views import InstanceView
from durable.errors import ResultTimeout, SagaFailedError
from durable.failure import MESSAGE_BYTES_MAX, Failure
from durable.payload import decode_payload
from durable.status import Status

T = TypeVar("T")


class Results(Part):
    """The verb that waits."""

    @overload
    async def result(self, instance_id: str, *, timeout: timedelta | None = None, type: TypeForm[T]) -> T: ...
    @overload
    async def result(self, instance_id: str, *, timeout: timedelta | None = None, type: None = None) -> Any: ...
    async def result(self, instance_id: str, *, timeout: timedelta | None = None, type: Any = None) -> Any:
        """Wait for an instance to end and give its output, as `type` if given, else as JSON data.

        It is waited for through all executions, whether the saga continued as new or an operator had it go on. After a
        `start`, `restart`, `retry` or `rewind` of this library, the end that was there before is not taken for it.

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
            view, answer = await self._view(instance_id)
            if view.status.ended:
                return view
            pause = min(delay, answer.retry_after or POLL_MAX, POLL_MAX).total_seconds()
            if deadline is not None:
                if loop.time() >= deadline:
                    raise ResultTimeout(f"instance {instance_id!r} had not ended after {timeout}; it is {view.status}")
                pause = min(pause, deadline - loop.time())
            await asyncio.sleep(pause)
            delay *= 1.5


def _rejection(view: InstanceView) -> Failure | None:
    """Give the reasons of an instance without a failure as one."""
    if not view.reasons:
        return None
    text = "; ".join(f"{where}: {what}" for where, what in view.reasons)
    return Failure(type=f"durable.{view.status.value}", message=text[:MESSAGE_BYTES_MAX], retryable=False)
