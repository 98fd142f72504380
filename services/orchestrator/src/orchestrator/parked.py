"""Events that came before their instance: one record each, kept until the instance starts or their time is over.

1. The id of a record follows from the instance and the logical id of the event, so that a repeat finds the first.
2. Order is that of arrival: by the owner that parked it, and its count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from durable.codec import decode_event, encode_event, encode_time
from durable.errors import UndecodableMessage
from durable.events import EventReceived
from durable.ids import instance_id_for
from durable.ports import Record, RecordStore

VERSION = 1
KIND = "parked"
_PREFIX = "~parked~"


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """One raised event without an instance.

    Attributes:
        id: logical id of its message.
        arrived: number of the owner that parked it, and how many it had parked before.
        expires_at: goes to the dead-letter queue then, if its instance has not started.
        trace: W3C trace context of its message.
    """

    instance_id: str
    partition: str
    id: str
    event: EventReceived
    arrived: tuple[int, int]
    parked_at: datetime
    expires_at: datetime
    trace: Mapping[str, str] = field(default_factory=dict)


def parked_id(instance_id: str, message_id: str) -> str:
    """Name the record of a parked event."""
    return f"{_PREFIX}{instance_id}~{instance_id_for(message_id)}"


def parked_range(instance_id: str | None = None) -> tuple[str, str]:
    """Give the first and last id that a parked event may have: of one instance, or of any."""
    prefix = _PREFIX if instance_id is None else f"{_PREFIX}{instance_id}~"
    return prefix, f"{prefix}~"


async def parked_events(
    store: RecordStore, partition: str, instance_id: str | None = None, token: str | None = None
) -> list[ParkedEvent]:
    """List what is parked in a partition, or there for one instance, in order of arrival.

    Raises:
        WriteUncertain: the store did not answer in time.
        UndecodableMessage: a record was written by code that knows more, or is damaged.
    """
    found = [decode_parked(stored.record) async for stored in store.scan(partition, *parked_range(instance_id), token)]
    return sorted(found, key=lambda one: one.arrived)


def encode_parked(parked: ParkedEvent) -> Record:
    """Write a parked event as a record."""
    record: Record = {
        "v": VERSION,
        "id": parked_id(parked.instance_id, parked.id),
        "kind": KIND,
        "partition": parked.partition,
        "instance_id": parked.instance_id,
        "message_id": parked.id,
        "event": encode_event(parked.event),
        "arrived": list(parked.arrived),
        "parked_at": encode_time(parked.parked_at),
        "expires_at": encode_time(parked.expires_at),
    }
    if parked.trace:
        record["trace"] = dict(parked.trace)
    return record


def decode_parked(record: Mapping[str, Any]) -> ParkedEvent:
    """Read what `encode_parked` wrote.

    Raises:
        UndecodableMessage: it was written by code that knows more, or is damaged.
    """
    try:
        event = decode_event(record["event"])
        owner, count = record["arrived"]
        times = {name: datetime.fromisoformat(record[name]) for name in ("parked_at", "expires_at")}
        if not isinstance(event, EventReceived):
            raise TypeError(f"expected an event that was raised; found {type(event).__name__}")
        return ParkedEvent(
            instance_id=record["instance_id"],
            partition=record["partition"],
            id=record["message_id"],
            event=event,
            arrived=(owner, count),
            trace=record.get("trace", {}),
            **times,
        )
    except (KeyError, TypeError, ValueError) as error:
        told = f"expected a parked event of schema version {VERSION}; {type(error).__name__}: {error}"
        raise UndecodableMessage(told) from error
