"""What passes while an attempt runs: heartbeats from it to its instance, and a cancel from there to it.

1. Neither is an event of the history. A heartbeat that is lost is followed by another; a cancel is a wish.
2. A heartbeat says which replica runs the attempt, and in `control` where a cancel reaches it: a session of queue
   `control` that this one process holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from durable.errors import UndecodableMessage
from durable.messages import VERSION, Message, read_envelope
from durable.sealed import put_payload, take_payload

CONTROL = "control"
HEARTBEAT = "ActivityHeartbeat"
CANCEL = "CancelActivity"


@dataclass(frozen=True, slots=True)
class ActivityHeartbeat:
    """An attempt that runs, on queue `instances` in the session of its instance.

    Attributes:
        id: fresh for each, as a broker drops what it has seen.
        instance_id, run, execution, task_id, attempt, activity: copied from the command.
        detail: the last detail that the handler told, as JSON data; `None` if it told none.
        worker: the replica that runs it.
        control: the session of queue `control` that this replica holds; empty if nobody there hears of a cancel.
        trace: W3C trace context.
    """

    id: str
    instance_id: str
    run: str
    execution: int
    task_id: int
    attempt: int
    activity: str
    detail: object
    worker: str
    control: str
    trace: Mapping[str, str] = field(default_factory=dict)

    def to_message(self, session: str) -> Message:
        """Give the message that carries it; `session` is the reply session of the command."""
        return Message(_body(self, HEARTBEAT), self.id, session, None, self.trace)

    @staticmethod
    def from_envelope(record: dict[str, Any], trace: Mapping[str, str]) -> ActivityHeartbeat:
        """Read what `read_envelope` gave.

        Raises:
            UndecodableMessage: it is no heartbeat; says what was expected and found.
        """
        known = _known(record, HEARTBEAT, {**_ATTEMPT, "attempt": int, "activity": str, "worker": str, "control": str})
        return ActivityHeartbeat(**known, detail=take_payload(record, "detail"), trace=trace)


@dataclass(frozen=True, slots=True)
class CancelActivity:
    """A wish that an attempt end soon, in the control session of the replica that runs it.

    Attributes:
        id: logical id.
        instance_id, run, execution, task_id: of which task.
        attempt: of which attempt; `None` for whichever runs.
        reason: why, for people.
        trace: W3C trace context.
    """

    id: str
    instance_id: str
    run: str
    execution: int
    task_id: int
    attempt: int | None = None
    reason: str = ""
    trace: Mapping[str, str] = field(default_factory=dict)

    def to_message(self, control: str) -> Message:
        """Give the message that carries it; `control` is what a heartbeat of the attempt said."""
        return Message(_body(self, CANCEL), self.id, control, None, self.trace)

    @staticmethod
    def from_body(body: bytes, trace: Mapping[str, str]) -> CancelActivity:
        """Read a message of queue `control`.

        Raises:
            UndecodableMessage: it is no cancel; says what was expected and found.
        """
        record = read_envelope(body)
        known = _known(record, CANCEL, _ATTEMPT)
        attempt, reason = record.get("attempt"), record.get("reason", "")
        if not (attempt is None or type(attempt) is int) or not isinstance(reason, str):
            raise UndecodableMessage(
                f"expected attempt and reason of a {CANCEL}; found {attempt!r:.80}, {reason!r:.80}"
            )
        return CancelActivity(**known, attempt=attempt, reason=reason, trace=trace)


_ATTEMPT: dict[str, type] = {"id": str, "instance_id": str, "run": str, "execution": int, "task_id": int}


def _body(message: ActivityHeartbeat | CancelActivity, kind: str) -> bytes:
    record: dict[str, Any] = {"v": VERSION, "kind": kind}
    for name in message.__slots__:
        if name != "trace":
            put_payload(record, name, getattr(message, name))
    return orjson.dumps(record)


def _known(record: Mapping[str, Any], kind: str, expected: Mapping[str, type]) -> dict[str, Any]:
    faults = [
        f"{name}: expected {type_.__name__}, found {record.get(name)!r:.80}"
        for name, type_ in expected.items()
        if type(record.get(name)) is not type_
    ]
    if record.get("kind") != kind:
        faults.insert(0, f"kind: found {record.get('kind')!r:.80}")
    if faults:
        raise UndecodableMessage(f"expected a {kind}; " + "; ".join(faults))
    return {name: record[name] for name in expected}
