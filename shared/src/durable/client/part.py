"""What the parts of the client share: a way to the service, and how to wait for what it was asked."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import orjson
from pydantic_core import PydanticSerializationError, to_jsonable_python

from durable.client.transport import Answer, Call, Transport
from durable.client.views import InstanceView, read_view
from durable.errors import NotFound, ServiceUnavailable
from durable.ids import check_instance_id

POLL_FIRST = timedelta(milliseconds=20)
POLL_MAX = timedelta(seconds=1)

# One who looks again and again does not ask what the instance waits for.
_BRIEF = {"waiting_for": "false"}


class Part:
    """A part of the client; all of them speak through one transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def _ask(self, method: str, path: str, query: Mapping[str, str | None] | None = None) -> Any:
        """Ask for something that has no body; parameters that are `None` are left out."""
        return await self._ask_with(Call(method, path, given(query or {})))

    async def _ask_with(self, call: Call) -> Any:
        return (await self._transport.ask(call)).expect_success()

    async def _tell(self, verb: str, instance_id: str, **query: str | None) -> Any:
        """Tell an instance something, in such a way that a repeat is no second statement."""
        query.setdefault("request_id", secrets.token_hex(8))
        return await self._ask("POST", instance_path(instance_id, verb), query)

    async def _view(self, instance_id: str) -> tuple[InstanceView, Answer]:
        answer = await self._transport.ask(Call("GET", instance_path(instance_id), _BRIEF))
        return read_view(answer.expect_success()), answer

    async def _until_taken(self, instance_id: str, judged: Mapping[str, Any]) -> None:
        """Wait until an instance stands elsewhere than where it stood when it was told something.

        Raises:
            ServiceUnavailable: its owner has not taken it within the patience.
        """
        before = (judged["run"], judged["execution"], judged["updated_at"])

        async def has_moved() -> bool:
            record = await self._ask("GET", instance_path(instance_id), _BRIEF)
            return (record["run"], record["execution"], record["updated_at"]) != before

        await self._until(has_moved, f"instance {instance_id!r} to take what it was told")

    async def _until_there(self, instance_id: str, *, replaced: str | None = None) -> None:
        """Wait until an instance exists, of another run than `replaced`; errors as `_until_taken`."""

        async def is_there() -> bool:
            try:
                record = await self._ask("GET", instance_path(instance_id), _BRIEF)
            except NotFound:
                return False
            return bool(record["run"] != replaced)

        await self._until(is_there, f"instance {instance_id!r} to begin")

    async def _until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._transport.patience
        delay = POLL_FIRST
        while not await holds():
            if loop.time() >= deadline:
                raise ServiceUnavailable(
                    f"expected {what} within {self._transport.patience:g} s; it is still to be seen whether it does"
                )
            await asyncio.sleep(min(delay, POLL_MAX).total_seconds())
            delay *= 1.5


def instance_path(instance_id: str, *rest: str) -> str:
    """Give the path of an instance, or of something under it."""
    return "/".join(["/instances", *(quoted(part) for part in (check_instance_id(instance_id), *rest))])


def quoted(text: str) -> str:
    """Quote one part of a path."""
    return quote(text, safe="")


def given(query: Mapping[str, str | None]) -> dict[str, str]:
    """Leave out of a query what is `None`."""
    return {name: value for name, value in query.items() if value is not None}


def json_of(value: object) -> bytes:
    """Encode JSON data, pydantic models and dataclasses.

    Raises:
        TypeError: it does not serialise.
    """
    try:
        return orjson.dumps(to_jsonable_python(value))
    except (PydanticSerializationError, RecursionError) as error:
        raise TypeError(f"expected a value that serialises to JSON; found {value!r:.200}: {error}") from error
