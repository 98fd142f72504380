"""The head of an instance: one record that says where it stands, as data and as a record.

1. The id of a head is the instance id. It is written with a turn of its instance, or by the API as `Pending`.
2. The head of an execution without a turn holds its start: whoever owns the partition can begin it from the head alone.
3. Its input, output, failure, reasons and custom status may be sealed payloads; whoever shows them opens them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from sys import intern
from typing import Any

import orjson

from durable.codec import decode_event, decode_failure, encode_event, encode_failure, encode_time
from durable.errors import UndecodableMessage
from durable.events import ParentTask, SagaStarted
from durable.failure import Failure
from durable.ids import digest, message_id
from durable.messages import InstanceMessage
from durable.ports import Record
from durable.sealed import SEALED, put_sealed, take_sealed
from durable.status import Status
from orchestrator.spending import Spent

VERSION = 1
REQUESTS_MAX = 16


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A start that somebody asked for under an id of their own: the same id gives the same run.

    Attributes:
        input_hash: digest of the input, as an id that comes with another input is an error.
        execution: the execution that it began, or met.
        outcome: `started`, or `refused` as the instance existed.
    """

    request_id: str
    input_hash: str
    execution: int
    outcome: str = "started"


def input_hash(input: object) -> str:
    """Give the digest of an input as JSON data; the order of its fields does not count."""
    return digest(orjson.dumps(input, option=orjson.OPT_SORT_KEYS).decode())


@dataclass(frozen=True, slots=True)
class Head:
    """Where an instance stands.

    Attributes:
        start: logical id of the message that started it; its run follows from it.
        turns: number of turns of the execution committed when the head was written; 0 before its first.
        reasons: of a `Rejected` input, each (location, message); of a `Blocked` instance, what was expected and found.
        next_start: what the execution begins with, while it has no turn and is not the first.
        due: a delayed start is not to begin before it.
        deadline: the instance is cancelled if it has not ended by then.
        parent: the call that waits for the instance to end.
        parent_id, root_id: the instance that started it, and the first of that line.
        requests: the last `REQUESTS_MAX` starts that were asked for by id.
        refused_runs: runs that were called off before their start came; an ended instance keeps the last few.
        cost: what its run has spent up to and with its last turn here; `None` before the first.
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
    custom_status: object = None
    tags: Mapping[str, object] = field(default_factory=dict)
    next_start: SagaStarted | None = None
    due: datetime | None = None
    deadline: datetime | None = None
    parent: ParentTask | None = None
    parent_id: str | None = None
    root_id: str | None = None
    requests: tuple[StartRequest, ...] = ()
    refused_runs: tuple[str, ...] = ()
    cost: Spent | None = None


_PLAIN = ("instance_id", "partition", "saga", "version", "run", "start", "execution", "turns", "input", "output")
_LATER = ("custom_status", "parent_id", "root_id")
_TIMES = ("created_at", "updated_at", "ended_at", "due", "deadline")
_OPTIONAL = frozenset({"reasons", "unread_events", "trace", "tags", "requests", "refused_runs"})


def _write_reasons(reasons: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [list(reason) for reason in reasons]


def _read_reasons(rows: Any) -> tuple[tuple[str, str], ...]:
    return tuple((where, what) for where, what in rows)


_Convert = Callable[[Any], Any]
# The fields in which a sealed payload may stand; what writes and what reads their JSON data.
PAYLOADS: dict[str, tuple[_Convert | None, _Convert | None]] = {
    "input": (None, None),
    "output": (None, None),
    "failure": (encode_failure, decode_failure),
    "custom_status": (None, None),
    "reasons": (_write_reasons, _read_reasons),
}
_WRITERS: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys((*_PLAIN, *_LATER), lambda value: value),
    **dict.fromkeys(_TIMES, encode_time),
    "failure": encode_failure,
    "reasons": _write_reasons,
    "unread_events": int,
    "trace": dict,
    "tags": dict,
    "next_start": encode_event,
    "parent": asdict,
    "requests": lambda requests: [asdict(request) for request in requests],
    "refused_runs": list,
    "cost": Spent.in_head,
}
# The same for very many heads in memory.
_SHARED = ("saga", "version", "partition")
_NOTHING: Mapping[str, Any] = {}


def encode_head(head: Head) -> Record:
    """Write a head as a record; empty fields are left out."""
    record: Record = {"v": VERSION, "id": head.instance_id, "kind": "instance", "status": head.status.value}
    for name, write in _WRITERS.items():
        value = getattr(head, name)
        if isinstance(value, SEALED):
            put_sealed(record, name, value)
        elif value is not None and not (name in _OPTIONAL and not value):
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
    values: dict[str, Any] = {name: record[name] for name in (*_PLAIN, *_LATER) if name in record}
    values |= {name: intern(values[name]) for name in _SHARED if values.get(name)}
    values |= {name: datetime.fromisoformat(record[name]) for name in _TIMES if name in record}
    if "failure" in record:
        values["failure"] = decode_failure(record["failure"])
    if "parent" in record:
        values["parent"] = ParentTask(**record["parent"])
    if "next_start" in record:
        values["next_start"] = decode_event(record["next_start"])
    if "cost" in record:
        values["cost"] = Spent.from_head(record["cost"])
    values["reasons"] = _read_reasons(record.get("reasons", ()))
    values |= {name: sealed for name in PAYLOADS if (sealed := take_sealed(record, name)) is not None}
    return Head(
        status=Status(record["status"]),
        unread_events=record.get("unread_events", 0),
        trace=record.get("trace", _NOTHING),
        tags=record.get("tags", _NOTHING),
        requests=tuple(StartRequest(**request) for request in record.get("requests", ())),
        refused_runs=tuple(record.get("refused_runs", ())),
        **{"version": None, **values},
    )


def held_start(started: SagaStarted) -> SagaStarted | None:
    """Give what a head must hold of a start beside its saga, version and input; `None` if that is all."""
    rest = replace(started, input=None)
    return None if rest == SagaStarted(saga=started.saga, version=started.version) else rest


def start_message(head: Head, etag: str) -> InstanceMessage:
    """Give the start that the head of an execution without a turn holds; `etag` is the head's version."""
    if head.next_start is None:
        started = SagaStarted(saga=head.saga, version=head.version, input=head.input)
    else:
        started = replace(head.next_start, input=head.input)
    if head.status is not Status.PENDING:
        return continuation(head.instance_id, head.run, head.execution, started, head.trace)
    execution = head.execution if head.execution > 1 else 0
    return InstanceMessage(head.start, head.instance_id, started, "", execution, etag, head.trace)


def continuation(
    instance_id: str, run: str, execution: int, started: SagaStarted, trace: Mapping[str, str]
) -> InstanceMessage:
    """Give the start of an execution that another one of the same run led to."""
    id_ = continuation_id(instance_id, run, execution)
    return InstanceMessage(id_, instance_id, started, run, execution, None, trace)


def continuation_id(instance_id: str, run: str, execution: int) -> str:
    """Derive the id of the start of an execution that another one of the same run led to."""
    return message_id(instance_id, run, "SagaStarted", execution)
