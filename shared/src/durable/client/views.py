"""What the management API says of an instance, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from durable.codec import decode_event, decode_failure
from durable.events import HistoryEvent
from durable.failure import Failure
from durable.status import Status


@dataclass(frozen=True, slots=True)
class InstanceSummary:
    """One line of a list of instances."""

    id: str
    saga: str
    version: str | None
    status: Status
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class InstanceView(InstanceSummary):
    """Where an instance stands.

    Attributes:
        input: as JSON data.
        output: as JSON data; `None` until it is `Completed`.
        failure: what it failed with, if it did.
        reasons: of a `Rejected` input, each (location, message); of a `Blocked` instance, what was expected and found.
        unread_events: events raised to it that it never took, known once it has ended.
        traceparent: W3C trace context of its start.
    """

    run: str
    execution: int
    input: Any
    output: Any
    failure: Failure | None
    reasons: tuple[tuple[str, str], ...]
    unread_events: int
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """An event that came before its instance.

    Attributes:
        payload: as JSON data.
        expires_at: goes to the dead-letter queue then, if the instance has not started.
    """

    instance_id: str
    name: str
    payload: Any
    parked_at: datetime
    expires_at: datetime


def read_parked(record: Mapping[str, Any]) -> ParkedEvent:
    """Read one parked event; unknown fields are ignored."""
    times = {name: datetime.fromisoformat(record[name]) for name in ("parked_at", "expires_at")}
    return ParkedEvent(record["instance_id"], record["name"], record.get("payload"), **times)


def read_summary(record: Mapping[str, Any]) -> InstanceSummary:
    """Read one line of a list; unknown fields are ignored."""
    return InstanceSummary(**_summary(record))


def read_view(record: Mapping[str, Any]) -> InstanceView:
    """Read what the API shows of one instance; unknown fields are ignored."""
    failure = record.get("failure")
    return InstanceView(
        **_summary(record),
        run=record["run"],
        execution=record["execution"],
        input=record.get("input"),
        output=record.get("output"),
        failure=None if failure is None else decode_failure(failure),
        reasons=tuple((reason["loc"], reason["msg"]) for reason in record.get("reasons", ())),
        unread_events=record.get("unread_events", 0),
        traceparent=record.get("traceparent"),
    )


def read_event(record: Mapping[str, Any]) -> HistoryEvent:
    """Read one event of a history.

    Raises:
        UndecodableMessage: its kind is unknown to this version of the library.
    """
    return decode_event(record, at=datetime.fromisoformat(record["at"]), sequence=record["sequence"])


def _summary(record: Mapping[str, Any]) -> dict[str, Any]:
    ended = record.get("ended_at")
    return {
        "id": record["id"],
        "saga": record["saga"],
        "version": record.get("version"),
        "status": Status(record["status"]),
        "created_at": datetime.fromisoformat(record["created_at"]),
        "updated_at": datetime.fromisoformat(record["updated_at"]),
        "ended_at": None if ended is None else datetime.fromisoformat(ended),
    }
