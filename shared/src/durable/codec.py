"""History events as JSON objects and back: the one place that knows how an event is written down.

1. A field at its default is left out, so that a stored event is small and an old reader skips what it does not know.
2. `at` is left out where it equals the time of the turn that holds the event, and `sequence` where it follows from
   its position; `decode_event` is given both.
3. An unknown kind is an error, never a guess; an unknown field is ignored.
4. Where a payload belongs, a sealed one may stand (`durable.sealed`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, cast

from durable.errors import UndecodableMessage
from durable.events import KINDS, CarriedUndo, HistoryEvent, ParentTask
from durable.failure import Failure
from durable.sealed import SEALED, put_sealed, take_sealed

Json = dict[str, Any]
_STAMPS = frozenset({"at", "sequence"})
_FAILURE_FIELDS = tuple(field.name for field in fields(Failure))


def encode_time(at: datetime) -> str:
    """Write a point in time: ISO 8601 in UTC, to the microsecond."""
    return at.isoformat()


def encode_failure(failure: Failure) -> Json:
    """Write a failure; empty fields are left out."""
    record: Json = {"type": failure.type, "message": failure.message}
    if failure.bases:
        record["bases"] = list(failure.bases)
    if failure.details is not None:
        record["details"] = failure.details
    if not failure.retryable:
        record["retryable"] = False
    if failure.cause is not None:
        record["cause"] = encode_failure(failure.cause)
    if failure.stack:
        record["stack"] = failure.stack
    if failure.retry_after is not None:
        record["retry_after"] = failure.retry_after
    return record


def _exactly(*types: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) not in types:
            raise TypeError(f"expected {' or '.join(one.__name__ for one in types)}; found {value!r:.80}")
        return value

    return read


def _read_time(text: Any) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"expected a time with its offset from UTC; found {text!r}")
    return at


_FAILURE_READERS: dict[str, Callable[[Any], Any]] = {
    "type": _exactly(str),
    "message": _exactly(str),
    "bases": lambda bases: tuple(map(_exactly(str), bases)),
    "retryable": _exactly(bool),
    "cause": lambda cause: None if cause is None else decode_failure(cause),
    "stack": _exactly(str),
    "retry_after": _exactly(int, float, type(None)),
}


def decode_failure(record: Mapping[str, Any]) -> Failure:
    """Read what `encode_failure` wrote."""
    known = {name: record[name] for name in _FAILURE_FIELDS if name in record}
    for name, read in _FAILURE_READERS.items():
        if name in known:
            known[name] = read(known[name])
    return Failure(**known)


def _write_plain(value: Any) -> Json:
    return {field.name: entry for field in fields(value) if (entry := getattr(value, field.name)) != field.default}


def _read_parent(record: Any) -> ParentTask:
    known = {name: _exactly(str)(record[name]) for name in ("instance_id", "run")}
    known |= {name: _exactly(int)(record[name]) for name in ("execution", "task_id")}
    return ParentTask(**known, attempt=_exactly(int)(record.get("attempt", 1)))


def _read_undo(record: Any) -> CarriedUndo:
    return CarriedUndo(
        name=_exactly(str)(record["name"]),
        input=record.get("input"),
        label=_exactly(str, type(None))(record.get("label")),
        group=_exactly(int, type(None))(record.get("group")),
        retry=_exactly(dict, type(None))(record.get("retry")),
    )


def _read_named(pair: Any) -> tuple[str, object]:
    return _exactly(str)(pair[0]), pair[1]


_WRITERS: dict[str, Callable[[Any], Any]] = {
    "datetime": encode_time,
    "datetime | None": encode_time,
    "Failure": encode_failure,
    "ParentTask | None": _write_plain,
    "tuple[CarriedUndo, ...]": lambda undos: [_write_plain(undo) for undo in undos],
}
_READERS: dict[str, Callable[[Any], Any]] = {
    "int": _exactly(int),
    "int | None": _exactly(int),
    "str": _exactly(str),
    "str | None": _exactly(str),
    "datetime": _read_time,
    "datetime | None": _read_time,
    "Failure": decode_failure,
    "bool": _exactly(bool),
    "float | None": _exactly(int, float),
    "dict[str, object]": _exactly(dict),
    "dict[str, object] | None": _exactly(dict),
    "ParentTask | None": _read_parent,
    "tuple[CarriedUndo, ...]": lambda undos: tuple(map(_read_undo, undos)),
    "tuple[str, object] | None": _read_named,
    "tuple[tuple[str, object], ...]": lambda pairs: tuple(map(_read_named, pairs)),
    "tuple[str, str] | None": lambda pair: (_exactly(str)(pair[0]), _exactly(str)(pair[1])),
    "tuple[int, ...]": tuple,
    "tuple[tuple[str, str], ...]": lambda rows: tuple((str(row[0]), str(row[1])) for row in rows),
}
# Fields of these types hold what authors and handlers gave. In each of them a sealed payload may stand.
_PAYLOADS = frozenset(
    {
        "object",
        "Failure",
        "tuple[str, object] | None",
        "tuple[tuple[str, object], ...]",
        "tuple[tuple[str, str], ...]",
        "tuple[CarriedUndo, ...]",
    }
)
_Field = tuple[str, object, Callable[[Any], Any] | None, Callable[[Any], Any] | None, bool]


def _layout(cls: type[HistoryEvent]) -> tuple[_Field, ...]:
    types = {field.name: cast("str", field.type) for field in fields(cls)}
    return tuple(
        (
            field.name,
            field.default,
            _WRITERS.get(types[field.name]),
            _READERS.get(types[field.name]),
            types[field.name] in _PAYLOADS,
        )
        for field in fields(cls)
        if field.name not in _STAMPS
    )


_LAYOUTS = {cls: _layout(cls) for cls in KINDS.values()}
_PAYLOAD_FIELDS = {
    cls: tuple((name, write, read) for name, _, write, read, is_payload in layout if is_payload)
    for cls, layout in _LAYOUTS.items()
}


def payload_fields(
    kind: type[HistoryEvent],
) -> tuple[tuple[str, Callable[[Any], Any] | None, Callable[[Any], Any] | None], ...]:
    """Name the fields of a kind in which a sealed payload may stand; what writes and what reads their JSON data."""
    return _PAYLOAD_FIELDS[kind]


def encode_event(event: HistoryEvent) -> Json:
    """Write an event without its stamps `at` and `sequence`."""
    record: Json = {"kind": type(event).__name__}
    for name, default, write, _, is_payload in _LAYOUTS[type(event)]:
        value = getattr(event, name)
        if value is None or (default is not MISSING and value == default):
            continue
        if is_payload and isinstance(value, SEALED):
            put_sealed(record, name, value)
        else:
            record[name] = value if write is None else write(value)
    return record


def decode_event(record: Mapping[str, Any], **stamps: Any) -> HistoryEvent:
    """Read what `encode_event` wrote; `stamps` are `at` and `sequence`.

    Raises:
        UndecodableMessage: the kind is unknown, or a field is missing or of the wrong form.
    """
    kind = record.get("kind")
    cls = KINDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise UndecodableMessage(f"expected an event of a known kind; found kind {kind!r}")
    values = dict(stamps)
    try:
        for name, _, _, read, is_payload in _LAYOUTS[cls]:
            value = record.get(name)
            if value is not None:
                values[name] = value if read is None else read(value)
            elif is_payload and (sealed := take_sealed(record, name)) is not None:
                values[name] = sealed
        return cls(**values)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        raise UndecodableMessage(f"expected the fields of a {kind}; found {sorted(record)}: {error}") from error
