"""What the management API says of an instance, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from durable.codec import decode_event, decode_failure
from durable.costs import Cost, read_cost
from durable.events import Blocked, HistoryEvent
from durable.failure import Failure
from durable.results import Waiting
from durable.status import Status
from durable.tags import read_tags

_BLOCKED = ("expected", "found", "task_id", "location", "error")


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
        custom_status: what its code last set, as JSON data.
        parent_id, root_id: the instance that started it, and the first of that line.
        due: when a delayed start begins.
        deadline: it is cancelled if it has not ended by then.
        traceparent: W3C trace context of its start.
        waiting_for: what it waits for; `None` if that was not asked for or can't be told, and `note` says why.
        blocked: what blocks it, if it is blocked.
        cost: what its run has cost up to the last change of what is shown here; `None` before the first, and if it was
            begun by a version that did not count.
        not_undone: of one that is `CompensationFailed`, the registrations whose undos are neither done nor skipped.
    """

    run: str
    execution: int
    input: Any
    output: Any
    failure: Failure | None
    reasons: tuple[tuple[str, str], ...]
    unread_events: int
    custom_status: Any
    tags: Mapping[str, str | float | bool | datetime]
    parent_id: str | None
    root_id: str | None
    due: datetime | None
    deadline: datetime | None
    traceparent: str | None
    waiting_for: list[Waiting] | None
    note: str | None
    blocked: Blocked | None
    cost: Cost | None
    not_undone: tuple[int, ...]


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
    failure, waiting, blocked = (record.get(name) for name in ("failure", "waiting_for", "blocked"))
    return InstanceView(
        **_summary(record),
        run=record["run"],
        execution=record["execution"],
        input=record.get("input"),
        output=record.get("output"),
        failure=None if failure is None else decode_failure(failure),
        reasons=tuple((reason["loc"], reason["msg"]) for reason in record.get("reasons", ())),
        unread_events=record.get("unread_events", 0),
        custom_status=record.get("custom_status"),
        tags=read_tags(record.get("tags", {})),
        due=_time(record.get("due")),
        deadline=_time(record.get("deadline")),
        waiting_for=None if waiting is None else [_waiting(one) for one in waiting],
        blocked=None if blocked is None else Blocked(**{name: blocked.get(name) for name in _BLOCKED}),
        not_undone=tuple(record.get("not_undone", ())),
        parent_id=record.get("parent_id"),
        root_id=record.get("root_id"),
        traceparent=record.get("traceparent"),
        note=record.get("note"),
        cost=read_cost(record.get("cost")),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _waiting(record: Mapping[str, Any]) -> Waiting:
    plain = {name: record[name] for name in ("kind", "name", "label", "task_id", "attempt")}
    return Waiting(**plain, since=datetime.fromisoformat(record["since"]), due=_time(record["due"]))


def read_event(record: Mapping[str, Any]) -> HistoryEvent:
    """Read one event of a history.

    Raises:
        UndecodableMessage: its kind is unknown to this version of the library.
    """
    return decode_event(record, at=datetime.fromisoformat(record["at"]), sequence=record["sequence"])


def _summary(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": record["id"],
        "saga": record["saga"],
        "version": record.get("version"),
        "status": Status(record["status"]),
        "created_at": datetime.fromisoformat(record["created_at"]),
        "updated_at": datetime.fromisoformat(record["updated_at"]),
        "ended_at": _time(record.get("ended_at")),
    }
