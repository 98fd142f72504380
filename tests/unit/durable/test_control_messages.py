import json
from typing import Any

import pytest

from durable.control import CancelActivity
from durable.errors import UndecodableMessage
from durable.messages import REPLY_SESSION, Command
from tests.support.examples import COMMANDS_WITH_TIMES, CONTROL

COMMAND = COMMANDS_WITH_TIMES["command with time-outs"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("start_by", "tomorrow"),
        ("start_by", 7),
        ("deadline", "2026-11-23T21:08:00"),
        ("start_to_close", "1"),
        ("heartbeat", True),
        ("once", "yes"),
        ("resent", 1),
    ],
)
def test_a_command_with_an_option_of_another_form_is_no_command(name: str, value: object) -> None:
    record = {**json.loads(COMMAND.to_message("1").body), name: value}

    with pytest.raises(UndecodableMessage, match=name):
        Command.from_message(json.dumps(record).encode(), {REPLY_SESSION: "003"})


@pytest.mark.parametrize("detail", [0, False, "", [], {}])
def test_an_empty_detail_is_a_detail(detail: object) -> None:
    sent = Command("a", "r", 1, 1, 1, "b.c", None, "k", "0", last_heartbeat=detail).to_message("1")

    assert Command.from_message(sent.body, sent.properties).last_heartbeat == detail


@pytest.mark.parametrize(
    "changes", [{"kind": "ActivityHeartbeat"}, {"task_id": "3"}, {"attempt": "2"}, {"reason": 7}, {"run": None}]
)
def test_a_cancel_of_another_form_is_no_cancel(changes: dict[str, Any]) -> None:
    record = {**json.loads(CONTROL["cancel of a task"].to_message("s").body), **changes}

    with pytest.raises(UndecodableMessage):
        CancelActivity.from_body(json.dumps(record).encode(), {})
