"""What was written by this schema version is read by this commit and every later one.

The files in `tests/golden/v1` are never changed. A field that is added gets a new file; a test that fails here means
that stored histories or messages under way can no longer be read.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from durable.codec import decode_event, encode_event
from durable.control import ActivityHeartbeat, CancelActivity
from durable.events import KINDS, HistoryEvent
from durable.messages import REPLY_SESSION, Command, InstanceMessage, read_envelope
from durable.requests import KINDS as KINDS_OF_REQUEST
from durable.requests import OwnerRequest, read_for_instance
from orchestrator.heads import Head, decode_head, encode_head
from orchestrator.parked import decode_parked, encode_parked
from orchestrator.records import decode_turn, encode_turn
from orchestrator.tombstones import decode_tombstone, encode_tombstone
from tests.support.example_records import COSTLY_HEAD, COSTLY_TURN, HEADS, LATER_HEADS, LATER_REQUESTS, REQUESTS
from tests.support.examples import (
    AT,
    COMMANDS,
    COMMANDS_WITH_TIMES,
    CONTROL,
    EVENTS,
    LATER_EVENTS,
    LATEST_EVENTS,
    MESSAGES,
    PARKED,
    TOMBSTONE,
    TRACE,
    TURN,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "v1"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text())


def with_id(message: InstanceMessage) -> InstanceMessage:
    return replace(message, event=replace(message.event, message_id=message.id))


def sent(message: InstanceMessage) -> Any:
    return json.loads(message.to_message("003").body)


def stamped() -> Any:
    events = tuple(replace(event, at=AT, sequence=10 + index) for index, event in enumerate(EVENTS))
    return replace(TURN, events=events)


WRITTEN: dict[str, Callable[[], Any]] = {
    "events.json": lambda: [encode_event(event) for event in EVENTS],
    "events-2.json": lambda: [encode_event(event) for event in LATER_EVENTS],
    "events-3.json": lambda: [encode_event(event) for event in LATEST_EVENTS],
    "messages.json": lambda: {name: sent(message) for name, message in MESSAGES.items()},
    "commands.json": lambda: {name: json.loads(one.to_message("id").body) for name, one in COMMANDS.items()},
    "commands-with-times.json": lambda: {
        name: json.loads(one.to_message("id").body) for name, one in COMMANDS_WITH_TIMES.items()
    },
    "control.json": lambda: {name: json.loads(one.to_message("s").body) for name, one in CONTROL.items()},
    "turn.json": lambda: encode_turn(stamped(), "003"),
    "requests.json": lambda: {kind: json.loads(one.to_message("003").body) for kind, one in REQUESTS.items()},
    "requests-2.json": lambda: {kind: json.loads(one.to_message("003").body) for kind, one in LATER_REQUESTS.items()},
    "tombstone.json": lambda: encode_tombstone(TOMBSTONE),
    "parked.json": lambda: encode_parked(PARKED),
    "heads.json": lambda: {name: encode_head(head) for name, head in HEADS.items()},
    "costs.json": lambda: {"turn": encode_turn(COSTLY_TURN, "003"), "head": encode_head(COSTLY_HEAD)},
    "heads-2.json": lambda: {name: encode_head(head) for name, head in LATER_HEADS.items()},
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_today_is_what_was_written_then(name: str) -> None:
    assert json.loads(json.dumps(WRITTEN[name]())) == golden(name)


def test_every_kind_of_event_has_an_example() -> None:
    written = golden("events.json") + golden("events-2.json")

    assert {record["kind"] for record in written} == set(KINDS)


@pytest.mark.parametrize(
    ("name", "events"), [("events.json", EVENTS), ("events-2.json", LATER_EVENTS), ("events-3.json", LATEST_EVENTS)]
)
def test_stored_events_are_read(name: str, events: tuple[HistoryEvent, ...]) -> None:
    assert tuple(decode_event(record) for record in golden(name)) == events


def test_messages_under_way_are_read() -> None:
    read = {
        name: InstanceMessage.from_body(json.dumps(record).encode(), TRACE)
        for name, record in golden("messages.json").items()
    }

    assert read == {name: with_id(message) for name, message in MESSAGES.items()}


@pytest.mark.parametrize(
    ("name", "expected"), [("commands.json", COMMANDS), ("commands-with-times.json", COMMANDS_WITH_TIMES)]
)
def test_commands_under_way_are_read(name: str, expected: dict[str, Command]) -> None:
    read = {
        key: Command.from_message(json.dumps(record).encode(), {**TRACE, REPLY_SESSION: "003"})
        for key, record in golden(name).items()
    }

    assert read == expected


def test_heartbeats_and_cancels_under_way_are_read() -> None:
    read: dict[str, Any] = {}
    for name, record in golden("control.json").items():
        body = json.dumps(record).encode()
        if record["kind"] == "ActivityHeartbeat":
            read[name] = ActivityHeartbeat.from_envelope(read_envelope(body), TRACE)
        else:
            read[name] = CancelActivity.from_body(body, TRACE)

    assert read == CONTROL


def test_every_kind_of_request_has_an_example() -> None:
    assert set(golden("requests.json")) | set(golden("requests-2.json")) == KINDS_OF_REQUEST


@pytest.mark.parametrize(("name", "expected"), [("requests.json", REQUESTS), ("requests-2.json", LATER_REQUESTS)])
def test_requests_under_way_are_read(name: str, expected: dict[str, OwnerRequest]) -> None:
    read = {kind: read_for_instance(json.dumps(record).encode(), TRACE) for kind, record in golden(name).items()}

    assert read == expected


def test_a_stored_tombstone_is_read() -> None:
    assert decode_tombstone(golden("tombstone.json")) == TOMBSTONE


def test_a_stored_parked_event_is_read() -> None:
    assert decode_parked(golden("parked.json")) == PARKED


def test_a_stored_turn_is_read() -> None:
    assert decode_turn(golden("turn.json")) == stamped()


@pytest.mark.parametrize(("name", "heads"), [("heads.json", HEADS), ("heads-2.json", LATER_HEADS)])
def test_stored_heads_are_read(name: str, heads: dict[str, Head]) -> None:
    assert {key: decode_head(record) for key, record in golden(name).items()} == heads


def test_what_was_spent_is_read() -> None:
    assert decode_turn(golden("costs.json")["turn"]).spent == COSTLY_TURN.spent
    assert decode_head(golden("costs.json")["head"]) == COSTLY_HEAD


def test_what_a_newer_writer_added_is_ignored() -> None:
    record = {**golden("events.json")[4], "from_the_future": 1}

    assert decode_event(record) == EVENTS[4]
