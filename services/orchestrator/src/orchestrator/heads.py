"""The head of an instance: one record that says where it stands, as data and as a record.

1. The id of a head is the instance id. It is written with a turn of its instance, or by the API as `Pending`.
2. A `Pending` head holds its start: whoever owns the partition can send it again from the head alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from durable.codec import decode_failure, encode_failure, encode_time
from durable.errors import UndecodableMessage
from durable.events import SagaStarted
from durable.failure import Failure
from durable.messages import InstanceMessage
from durable.ports import Record
from durable.status import Status

VERSION = 1


@dataclass(frozen=True, slots=True)
class Head:
    """Where an instance stands.

    Attributes:
        start: logical id of the message that started it; its run follows from it.
        turns: number of turns committed when the head was written; 0 while `Pending`.
        reasons: of a `Rejected` input, each (location, message); of a `Blocked` instance, what was expected and found.
    """

    instance_id: str
    partition: str
    saga: str
    version: str | None
    status: Status
    run: str
    start: str
    created_at: datetime
    updated_at: datetime
    execution: int = 1
    turns: int = 0
    input: object = None
    output: object = None
    failure: Failure | None = None
    reasons: tuple[tuple[str, str], ...] = ()
    ended_at: datetime | None = None
    unread_events: int = 0
    trace: Mapping[str, str] = field(default_factory=dict)


_PLAIN = ("instance_id", "partition", "saga", "version", "run", "start", "execution", "turns", "input", "output")
_TIMES = ("created_at", "updated_at", "ended_at")
_OPTIONAL = frozenset({"reasons", "unread_events", "trace"})
_WRITERS: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys(_PLAIN, lambda value: value),
    **dict.fromkeys(_TIMES, encode_time),
    "failure": encode_failure,
    "reasons": lambda reasons: [list(reason) for reason in reasons],
    "unread_events": int,
    "trace": dict,
}


def encode_head(head: Head) -> Record:
    """Write a head as a record; empty fields are left out."""
    record: Record = {"v": VERSION, "id": head.instance_id, "kind": "instance", "status": head.status.value}
    for name, write in _WRITERS.items():
        value = getattr(head, name)
        if value is not None and not (name in _OPTIONAL and not value):
            record[name] = write(value)
    return record


def decode_head(record: Mapping[str, Any]) -> Head:
    """Read what `encode_head` wrote; what the store adds is ignored.

    Raises:
        UndecodableMessage: it was written by code that knows more, or is damaged.
    """
    try:
        return _decode(record)
    except (KeyError, TypeError, ValueError) as error:
        told = f"expected the head of an instance of schema version {VERSION}; {type(error).__name__}: {error}"
        raise UndecodableMessage(told) from error


def _decode(record: Mapping[str, Any]) -> Head:
    values: dict[str, Any] = {name: record[name] for name in _PLAIN if name in record}
    values |= {name: datetime.fromisoformat(record[name]) for name in _TIMES if name in record}
    if "failure" in record:
        values["failure"] = decode_failure(record["failure"])
    return Head(
        status=Status(record["status"]),
        reasons=tuple((where, what) for where, what in record.get("reasons", ())),
        unread_events=record.get("unread_events", 0),
        trace=record.get("trace", {}),
        **{"version": None, **values},
    )


def start_message(head: Head, etag: str) -> InstanceMessage:
    """Give the start that a `Pending` head holds; `etag` is the head's version."""
    started = SagaStarted(saga=head.saga, version=head.version, input=head.input)
    execution = head.execution if head.execution > 1 else 0
    return InstanceMessage(head.start, head.instance_id, started, "", execution, etag, head.trace)
