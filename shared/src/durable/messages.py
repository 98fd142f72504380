"""What travels between the services: commands to workers, events to instances; their JSON form.

1. Bodies are JSON objects with a schema version `v`; trace context travels in application properties, never in bodies.
2. Ids are derived (`durable.ids`): the same statement always has the same id, so a repeat can be told from news.
3. `id` in the body of an instance message is its logical id. The broker's message id is the same, but for deliberate
   repeats, which need a fresh one since the broker's duplicate detection does not know what became of the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any, cast

import orjson

from durable.codec import decode_event, encode_event, encode_time
from durable.depth import MESSAGE_DEPTH_MAX, is_deeper, may_be_deeper
from durable.errors import InvalidName, UndecodableMessage
from durable.events import FACTS, ActivityCompleted, ActivityFailed, HistoryEvent
from durable.ids import check_instance_id
from durable.sealed import put_payload, take_payload

VERSION = 1
INSTANCES = "instances"
EVENTS = "events"
LIFECYCLE = "lifecycle"
REPLY_SESSION = "reply_session"
_SESSION_CHARACTERS_MAX = 128
_TRACE = ("traceparent", "tracestate", "baggage")


@dataclass(frozen=True, slots=True)
class Message:
    """What is handed to a broker.

    Attributes:
        body: the bytes.
        id: the broker's message id, which its duplicate detection goes by.
        session: session id, for queues with sessions.
        due: deliver not before this time; `None` at once.
        properties: application properties, text only.
        content_type: media type of the body.
    """

    body: bytes
    id: str
    session: str | None = None
    due: datetime | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def trace_of(properties: Mapping[str, str]) -> dict[str, str]:
    """Take the W3C trace context out of application properties, to be passed on."""
    return {name: properties[name] for name in _TRACE if name in properties}


@dataclass(frozen=True, slots=True)
class InstanceMessage:
    """An event on its way to an instance, over queue `instances`.

    Attributes:
        id: logical id.
        instance_id: the instance.
        event: the event that will stand in its history, still without its stamps.
        run: the run it is for; empty in what comes from outside, which is for any.
        execution: the execution it is for; 0 for whichever the run is in. A start that begins a later one has it alone.
        head_etag: on a start through the API: the version of the `Pending` head that holds it.
        trace: W3C trace context.
    """

    id: str
    instance_id: str
    event: HistoryEvent
    run: str = ""
    execution: int = 0
    head_etag: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)

    def to_message(self, session: str, *, due: datetime | None = None, broker_id: str | None = None) -> Message:
        """Give the message that carries it; `session` is the partition of the instance."""
        record = encode_event(self.event)
        if isinstance(self.event, ActivityCompleted | ActivityFailed):
            record["activity"] = record.pop("name", "")
        record["v"] = VERSION
        record["id"] = self.id
        record["instance_id"] = self.instance_id
        if self.run:
            record["run"] = self.run
        if self.execution:
            record["execution"] = self.execution
        if self.head_etag is not None:
            record["head_etag"] = self.head_etag
        return Message(orjson.dumps(record), broker_id or self.id, session, due, self.trace)

    @staticmethod
    def from_body(body: bytes, trace: Mapping[str, str]) -> InstanceMessage:
        """Read an event to an instance.

        Raises:
            UndecodableMessage: it is none; says what was expected and found.
        """
        return InstanceMessage.from_envelope(read_envelope(body), trace)

    @staticmethod
    def from_envelope(record: dict[str, Any], trace: Mapping[str, str]) -> InstanceMessage:
        """Read what `read_envelope` gave; errors as `from_body`."""
        if "activity" in record:
            record["name"] = record["activity"]
        event = decode_event(record, message_id=record["id"])
        if not isinstance(event, FACTS):
            raise UndecodableMessage(f"expected what an instance can be told; found its own decision {record['kind']}")
        run, execution, etag = record.get("run", ""), record.get("execution", 0), record.get("head_etag")
        return InstanceMessage(record["id"], record["instance_id"], event, run, execution, etag, trace)


@dataclass(frozen=True, slots=True)
class Command:
    """One attempt of an activity on its way to its worker, over queue `commands.<worker>`.

    Attributes:
        instance_id, run, execution, task_id, attempt: what the completion must name again.
        activity: name of the activity.
        input: its input as JSON data, or sealed.
        idempotency_key: equal for all attempts and redeliveries of the task.
        reply_session: session of queue `instances` that the completion goes to, so that no worker need know how many
            partitions there are; an application property.
        resent: sent again by the orchestrator after a crash: counts as a redelivery.
        start_by: schedule-to-start: not to be started after it.
        deadline: schedule-to-close: the attempt must have ended by then.
        start_to_close: seconds that the handler may run.
        heartbeat: seconds that the handler may run without a heartbeat.
        last_heartbeat: the last detail that the attempt before told, likewise.
        once: a redelivery must not run it again.
        trace: W3C trace context.
    """

    instance_id: str
    run: str
    execution: int
    task_id: int
    attempt: int
    activity: str
    input: object
    idempotency_key: str
    reply_session: str
    resent: bool = False
    start_by: datetime | None = None
    deadline: datetime | None = None
    start_to_close: float | None = None
    heartbeat: float | None = None
    last_heartbeat: object = None
    once: bool = False
    trace: Mapping[str, str] = field(default_factory=dict)

    def to_message(self, id: str, *, due: datetime | None = None) -> Message:
        """Give the message that carries it."""
        record: dict[str, object] = {
            "v": VERSION,
            "instance_id": self.instance_id,
            "run": self.run,
            "execution": self.execution,
            "task_id": self.task_id,
            "attempt": self.attempt,
            "activity": self.activity,
            "idempotency_key": self.idempotency_key,
        }
        put_payload(record, "input", self.input)
        if self.last_heartbeat is not None:
            put_payload(record, "last_heartbeat", self.last_heartbeat)
        options = _options_of(self)
        if options != _NO_OPTIONS:
            for name, value, default in zip(_COMMAND_OPTIONS, options, _NO_OPTIONS, strict=True):
                if value is not default:
                    record[name] = encode_time(value) if isinstance(value, datetime) else value
        return Message(orjson.dumps(record), id, None, due, {**self.trace, REPLY_SESSION: self.reply_session})

    @staticmethod
    def from_message(body: bytes, properties: Mapping[str, str]) -> Command:
        """Read a message of a command queue.

        Raises:
            UndecodableMessage: it is no command; says what was expected and found.
        """
        record = _object(body, "a command")
        faults = [
            f"{name}: expected {expected.__name__}, found {record.get(name)!r:.80}"
            for name, expected in _COMMAND_FIELDS.items()
            if not isinstance(record.get(name), expected)
        ]
        if not 1 <= len(properties.get(REPLY_SESSION, "")) <= _SESSION_CHARACTERS_MAX:
            faults.append(f"application property {REPLY_SESSION}: expected a session, found none that a broker takes")
        known = {name: record[name] for name in _COMMAND_FIELDS if name in record}
        for name in _COMMAND_OPTIONS.keys() & record.keys():
            if record[name] is not None:
                try:
                    known[name] = _COMMAND_OPTIONS[name](record[name])
                except (TypeError, ValueError) as error:
                    faults.append(f"{name}: {error}")
        if faults:
            raise UndecodableMessage("expected a command; " + "; ".join(faults))
        return Command(
            input=take_payload(record, "input"),
            last_heartbeat=take_payload(record, "last_heartbeat"),
            reply_session=properties[REPLY_SESSION],
            trace=trace_of(properties),
            **known,
        )


_ENVELOPE: dict[str, type] = {"id": str, "instance_id": str, "run": str, "execution": int, "head_etag": str}
_COMMAND_FIELDS: dict[str, type] = {
    "instance_id": str,
    "run": str,
    "execution": int,
    "task_id": int,
    "attempt": int,
    "activity": str,
    "idempotency_key": str,
}


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise TypeError(f"expected true or false, found {value!r:.80}")
    return value


def _seconds(value: Any) -> float:
    if type(value) not in {int, float}:
        raise TypeError(f"expected seconds, found {value!r:.80}")
    return float(value)


def _time(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"expected a time with its offset from UTC, found {value!r:.80}")
    return at


_COMMAND_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "resent": _truth,
    "start_by": _time,
    "deadline": _time,
    "start_to_close": _seconds,
    "heartbeat": _seconds,
    "once": _truth,
}
_NO_OPTIONS = (False, None, None, None, None, False)
_options_of = attrgetter(*_COMMAND_OPTIONS)


def read_envelope(body: bytes) -> dict[str, Any]:
    """Read what every message of queue `instances` has: a legal instance id, a logical id and whom it is for.

    Raises:
        UndecodableMessage: it is no such message; says what was expected and found.
    """
    record = _object(body, "an event to an instance")
    faults = [
        f"{name}: expected {expected.__name__}, found {record[name]!r:.80}"
        for name, expected in _ENVELOPE.items()
        if name in record and type(record[name]) is not expected
    ]
    faults += [f"{name}: found none" for name in ("id", "instance_id") if not record.get(name)]
    if faults:
        raise UndecodableMessage("expected an event to an instance; " + "; ".join(faults))
    try:
        check_instance_id(record["instance_id"])
    except InvalidName as error:
        raise UndecodableMessage(str(error)) from error
    return record


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        record = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UndecodableMessage(
            f"expected {what} in JSON; found {len(body)} bytes that are no JSON: {error}"
        ) from error
    if may_be_deeper(body, MESSAGE_DEPTH_MAX) and is_deeper(record, MESSAGE_DEPTH_MAX):
        raise UndecodableMessage(f"expected {what} of at most {MESSAGE_DEPTH_MAX} levels; found more")
    if not isinstance(record, dict):
        raise UndecodableMessage(f"expected {what} as a JSON object; found {type(record).__name__}")
    if record.get("v") != VERSION:
        raise UndecodableMessage(f"expected {what} of schema version {VERSION}; found {record.get('v')!r}")
    return cast("dict[str, Any]", record)
