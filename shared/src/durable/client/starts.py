"""Starts instances: anew, again, or from a step of another one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict, TypeVar, Unpack, overload

from pydantic_core import to_jsonable_python

from durable.client.part import Part, given, instance_path, json_of, quoted
from durable.client.transport import Call
from durable.ids import check_instance_id
from durable.payload import encode_payload
from durable.reuse import IfExists
from durable.saga import Saga
from durable.tags import tags_data

ENVELOPE = "application/vnd.durable.start+json"

In = TypeVar("In")


class StartOptions(TypedDict, total=False):
    """What may be said of a start beside its input.

    Attributes:
        instance_id: without one the id follows from the request id; a singleton has the name of its saga.
        if_exists: if there is an instance of this id: `error`, the default; `return` it; `restart_if_ended`, the
            default of a singleton; `restart_if_failed`, if it ended other than Completed; `terminate_and_restart`.
        request_id: the same one with the same input gives the same run. Without one each call is a request of its own.
        event: name and payload of an event that is in the history from the start.
        delay: the instance begins when it is over.
        timeout: the instance is cancelled if it has not ended by then, from when it begins.
        tags: text, numbers, bools and datetimes by name.
    """

    instance_id: str | None
    if_exists: IfExists | None
    request_id: str | None
    event: tuple[str, object] | None
    delay: timedelta | None
    timeout: timedelta | None
    tags: Mapping[str, str | float | bool | datetime] | None


_FORMS: Mapping[str, type | tuple[type, ...]] = {
    "instance_id": str,
    "if_exists": str,
    "request_id": str,
    "event": (tuple, list),
    "delay": timedelta,
    "timeout": timedelta,
    "tags": Mapping,
}


def check_options(options: StartOptions) -> None:
    """Refuse what no type checker has looked at.

    Raises:
        TypeError: there is no such option, or it is of another type.
    """
    for name, value in options.items():
        form = _FORMS.get(name)
        if form is None:
            raise TypeError(f"expected options of a start among {', '.join(_FORMS)}; found {name!r}")
        if value is not None and not isinstance(value, form):
            raise TypeError(f"expected {name} as in StartOptions; found {value!r}")
    event = options.get("event")
    if event is not None and len(event) != 2:
        raise TypeError(f"expected event as a pair of name and payload; found {event!r}")


class Starts(Part):
    """The verbs that bring an instance into being."""

    @overload
    async def start(self, saga: Saga[None, Any], input: None = None, **options: Unpack[StartOptions]) -> str: ...
    @overload
    async def start(self, saga: Saga[In, Any], input: In, **options: Unpack[StartOptions]) -> str: ...
    @overload
    async def start(self, saga: str, input: object = None, **options: Unpack[StartOptions]) -> str: ...
    async def start(self, saga: Saga[Any, Any] | str, input: object = None, **options: Unpack[StartOptions]) -> str:
        """Start an instance and give its id. Options: see `StartOptions`.

        Raises:
            AlreadyExists: the id is taken, or the request id came with another input.
            TypeError, ValueError: input, payload or tags do not serialise, or are not what they should be.
        """
        check_options(options)
        name, data = (
            (saga, to_jsonable_python(input))
            if isinstance(saga, str)
            else (saga.name, encode_payload(input, saga.input))
        )
        path = f"/sagas/{quoted(name)}/instances"
        answer = await self._ask_with(_start_call(path, data, options))
        if "replaces" in answer and not options.get("delay"):
            await self._until_there(answer["id"], replaced=answer["replaces"])
        return str(answer["id"])

    async def restart(self, instance_id: str, new_id: str | None = None) -> str:
        """Start an instance that has ended again, in its place or under a new id, and give the id.

        It has the same input and tags, and the newest version.

        Raises:
            InvalidState: it has not ended.
            AlreadyExists: the new id is taken.
        """
        answer = await self._ask("POST", instance_path(instance_id, "restart"), {"new_id": new_id})
        await self._until_there(answer["id"], replaced=answer.get("replaces"))
        return str(answer["id"])

    async def fork(self, instance_id: str, from_: int, *, new_id: str | None = None, reason: str = "") -> str:
        """Begin another instance with the history of this one before event `from_`, and give its id.

        Raises:
            AlreadyExists: the new id is taken.
            InvalidState: no code of the instance has run.
        """
        query = {"from": str(from_), "new_id": new_id or secrets.token_hex(16), "reason": reason or None}
        answer = await self._ask("POST", instance_path(instance_id, "fork"), query)
        await self._until_there(answer["id"])
        return str(answer["id"])


def _start_call(path: str, data: object, options: StartOptions) -> Call:
    id_, delay, timeout = options.get("instance_id"), options.get("delay"), options.get("timeout")
    query = {
        "instance_id": None if id_ is None else check_instance_id(id_),
        "request_id": options.get("request_id") or secrets.token_hex(16),
        "if_exists": options.get("if_exists"),
        "delay": None if delay is None else str(delay.total_seconds()),
        "timeout": None if timeout is None else str(timeout.total_seconds()),
    }
    event, tags = options.get("event"), options.get("tags")
    if event is None and not tags:
        return Call("POST", path, given(query), json_of(data))
    envelope: dict[str, object] = {"input": data, "tags": tags_data(tags or {})}
    if event is not None:
        envelope["event"] = {"name": event[0], "payload": to_jsonable_python(event[1])}
    return Call("POST", path, given(query), json_of(envelope), ENVELOPE)
