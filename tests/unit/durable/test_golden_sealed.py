"""Sealed payloads as they were written by this schema version; see `test_golden`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from durable.codec import decode_event, encode_event
from durable.control import ActivityHeartbeat
from durable.events import ActivityFailed, EventReceived
from durable.messages import REPLY_SESSION, Command
from durable.requests import read_for_instance
from durable.sealed import EncodedPayload, PayloadRef, Sealed
from orchestrator.heads import decode_head, encode_head
from tests.support.example_records import HEADS
from tests.support.examples import COMMANDS, CONTROL, RUN, TRACE

GOLDEN = Path(__file__).parents[2] / "golden" / "v1" / "sealed.json"
HASH = "5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5"
REF = PayloadRef(f"payloads/a/{RUN}/{HASH}", 81_234, HASH)
SEALED: dict[str, Sealed] = {
    "reference": REF,
    "reference to encoded bytes": PayloadRef(REF.object, 4_321, HASH, ("gzip", "aesgcm:2026-11")),
    "encoded": EncodedPayload("a", ("gzip", "aesgcm:2026-11"), "AAECAw=="),
}


def sealed_forms(sealed: Sealed) -> dict[str, Any]:
    """A sealed payload in each thing that may hold one."""
    command = replace(COMMANDS["command"], input=sealed, last_heartbeat=sealed)
    heartbeat = CONTROL["heartbeat"]
    assert isinstance(heartbeat, ActivityHeartbeat)
    heartbeat = replace(heartbeat, detail=sealed)
    failed = ActivityFailed(task_id=3, failure=sealed)  # type: ignore[arg-type]
    head = replace(HEADS["failed"], input=sealed, failure=sealed, reasons=sealed, custom_status=sealed)  # type: ignore[arg-type]
    return {
        "event": encode_event(EventReceived(name="approval", payload=sealed)),
        "failure": encode_event(failed),
        "command": json.loads(command.to_message("id").body),
        "heartbeat": json.loads(heartbeat.to_message("s").body),
        "head": encode_head(head),
    }


@pytest.mark.parametrize("name", SEALED)
def test_what_is_written_today_is_what_was_written_then(name: str) -> None:
    assert json.loads(json.dumps(sealed_forms(SEALED[name]))) == json.loads(GOLDEN.read_text())[name]


@pytest.mark.parametrize("name", SEALED)
def test_sealed_payloads_are_read(name: str) -> None:
    written, sealed = json.loads(GOLDEN.read_text())[name], SEALED[name]
    command = Command.from_message(json.dumps(written["command"]).encode(), {**TRACE, REPLY_SESSION: "003"})
    heartbeat: Any = read_for_instance(json.dumps(written["heartbeat"]).encode(), TRACE)
    failed: Any = decode_event(written["failure"])
    head: Any = decode_head(written["head"])

    assert decode_event(written["event"]) == EventReceived(name="approval", payload=sealed)
    assert failed.failure == heartbeat.detail == command.input == command.last_heartbeat == sealed
    assert head.input == head.failure == head.reasons == head.custom_status == sealed
