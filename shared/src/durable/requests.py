"""What the owner of an instance is asked to do with it, over queue `instances`; no event of its history.

1. A request travels in the session of its instance, in order among the events for it. It may come twice.
2. The kind tells a request from an event; `KINDS` lists those that an owner answers.
3. What a kind carries in `data`, as JSON data (`reason` is for people, and may be empty):
   `RewindRequested`: `execution`, the present one; `to`, the sequence of the event before which it is cut, or null for
   the step that it failed at; `reason`.
   `ForkRequested`, to the owner of the instance that is to be: `instance_id`, `run` and `execution` of the source,
   `to` as above, `reason`.
   `UnblockRequested`: `reason`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from durable.control import HEARTBEAT, ActivityHeartbeat
from durable.errors import UndecodableMessage
from durable.messages import VERSION, InstanceMessage, Message, read_envelope

PURGE = "PurgeRequested"
REWIND = "RewindRequested"
FORK = "ForkRequested"
UNBLOCK = "UnblockRequested"
KINDS = frozenset({PURGE, REWIND, FORK, UNBLOCK})


@dataclass(frozen=True, slots=True)
class OwnerRequest:
    """One request.

    Attributes:
        id: logical id.
        kind: what is asked, one of `KINDS`.
        run: the run that it concerns; empty for whichever there is.
        data: what the kind needs beside, as JSON data.
        trace: W3C trace context.
    """

    id: str
    instance_id: str
    kind: str
    run: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    trace: Mapping[str, str] = field(default_factory=dict)

    def to_message(self, session: str, *, broker_id: str | None = None) -> Message:
        """Give the message that carries it; `session` is the partition of the instance."""
        record: dict[str, Any] = {"v": VERSION, "kind": self.kind, "id": self.id, "instance_id": self.instance_id}
        if self.run:
            record["run"] = self.run
        if self.data:
            record["data"] = self.data
        return Message(orjson.dumps(record), broker_id or self.id, session, None, self.trace)


def read_for_instance(body: bytes, trace: Mapping[str, str]) -> InstanceMessage | OwnerRequest | ActivityHeartbeat:
    """Read a message of queue `instances`.

    Raises:
        UndecodableMessage: it is no such message; says what was expected and found.
    """
    record = read_envelope(body)
    kind = record.get("kind")
    if kind == HEARTBEAT:
        return ActivityHeartbeat.from_envelope(record, trace)
    if kind not in KINDS:
        return InstanceMessage.from_envelope(record, trace)
    data = record.get("data", {})
    if not isinstance(data, dict):
        raise UndecodableMessage(f"expected the data of {kind} as an object; found {data!r:.80}")
    return OwnerRequest(record["id"], record["instance_id"], kind, record.get("run", ""), data, trace)
