"""How instances stand in the record store: turns, heads and owners, as records and back.

1. Records carry a schema version `v` and a `kind`; their partition is the session id of the instance.
2. A turn is written once and never changed. Its id sorts by sequence, so a history is a range of ids. One that is too
   large is written in pages (`orchestrator.pages`), many that are small are rewritten as one (`orchestrator.compacts`).
3. `outbox` names the events of its own turn that must be sent; the messages follow from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from durable.codec import decode_event, encode_event, encode_time
from durable.errors import UndecodableMessage
from durable.events import HistoryEvent
from durable.ports import Record

VERSION = 1
CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Carried:
    """A message that a turn of an earlier execution took: its id, which turn, and when."""

    id: str
    execution: int
    turn: int
    at: datetime


@dataclass(frozen=True, slots=True)
class CarriedIds:
    """What the first turn of an execution remembers for the earlier ones; the oldest first.

    Attributes:
        more_in: the execution that, with those before it, took more than is listed.
    """

    ids: tuple[Carried, ...] = ()
    more_in: int | None = None


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One committed turn, as read.

    Attributes:
        sequence: number of the turn within its execution, from 1.
        writer: `<owner number>:<batch id>` of whoever wrote it.
        events: its events with their stamps.
        outbox: kind and index of each event that must be sent.
        traceparent: W3C trace context of the message that led to it.
        carried: ids that earlier executions took, in the first turn of a later one.
        spent: what was spent on it, as `orchestrator.spending` writes it.
    """

    instance_id: str
    run: str
    execution: int
    sequence: int
    at: datetime
    writer: str
    events: tuple[HistoryEvent, ...]
    outbox: tuple[tuple[str, int], ...]
    traceparent: str | None
    carried: CarriedIds = CarriedIds()
    spent: list[Any] | None = None


def turn_id(instance_id: str, execution: int, sequence: int) -> str:
    """Name the record of a turn."""
    return f"{instance_id}~{execution}~{sequence:010d}"


def turn_range(instance_id: str, execution: int, after: int = 0) -> tuple[str, str]:
    """Give the first and last id that a record of the turns of this execution may have, after the given one.

    In between stand pages and compact records, too: see `orchestrator.assembly`.
    """
    return turn_id(instance_id, execution, after + 1), turn_id(instance_id, execution, 9_999_999_999)


def records_range(instance_id: str) -> tuple[str, str]:
    """Give the first and last id that a record of any execution may have; the head is not among them."""
    return f"{instance_id}~0", f"{instance_id}~~"


def encode_turn(turn: TurnRecord, partition: str) -> Record:
    """Write a turn as a record."""
    events = []
    for event in turn.events:
        record = encode_event(event)
        if event.at != turn.at:
            record["at"] = encode_time(event.at)
        events.append(record)
    written: Record = {
        "v": VERSION,
        "id": turn_id(turn.instance_id, turn.execution, turn.sequence),
        "kind": "turn",
        "partition": partition,
        "instance_id": turn.instance_id,
        "run": turn.run,
        "execution": turn.execution,
        "sequence": turn.sequence,
        "first_event": turn.events[0].sequence,
        "at": encode_time(turn.at),
        "writer": turn.writer,
        "events": events,
        "outbox": [list(entry) for entry in turn.outbox],
    }
    if turn.traceparent is not None:
        written["traceparent"] = turn.traceparent
    if turn.carried.ids:
        written["carried"] = [[one.id, one.execution, one.turn, encode_time(one.at)] for one in turn.carried.ids]
    if turn.carried.more_in is not None:
        written["carried_more_in"] = turn.carried.more_in
    if turn.spent is not None:
        written["spent"] = turn.spent
    return written


def carried_by(record: Mapping[str, Any]) -> CarriedIds:
    """Read which ids a stored turn carries."""
    ids = [
        Carried(id, execution, turn, datetime.fromisoformat(at))
        for id, execution, turn, at in record.get("carried", ())
    ]
    return CarriedIds(tuple(ids), record.get("carried_more_in"))


def decode_turn(record: Mapping[str, Any]) -> TurnRecord:
    """Read a turn.

    Raises:
        UndecodableMessage: it was written by a schema or with an event kind that this code does not know.
    """
    if record.get("v") != VERSION:
        raise UndecodableMessage(f"expected a turn of schema version {VERSION}; found {record.get('v')!r}")
    if "pages" in record:
        raise UndecodableMessage(f"expected the {record['pages']} pages of turn {record['id']}; they are not all there")
    at = datetime.fromisoformat(record["at"])
    first = record["first_event"]
    events = tuple(
        decode_event(event, sequence=first + index, at=datetime.fromisoformat(event["at"]) if "at" in event else at)
        for index, event in enumerate(record["events"])
    )
    return TurnRecord(
        instance_id=record["instance_id"],
        run=record["run"],
        execution=record["execution"],
        sequence=record["sequence"],
        at=at,
        writer=record["writer"],
        events=events,
        outbox=tuple((kind, index) for kind, index in record["outbox"]),
        traceparent=record.get("traceparent"),
        carried=carried_by(record),
        spent=record.get("spent"),
    )


def history_of(turns: Sequence[TurnRecord]) -> list[HistoryEvent]:
    """Put the events of consecutive turns in one list."""
    return [event for turn in turns for event in turn.events]
