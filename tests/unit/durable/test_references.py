import re
from dataclasses import fields
from pathlib import Path

import pytest

from durable import failure, requests
from durable.events import DECISIONS, FACTS, KINDS, HistoryEvent, TaskEvent
from durable.messages import Command
from orchestrator.host.outbox import LIFECYCLE_TYPES
from orchestrator.host.requests import HANDLERS

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference"
DEAD_LETTER = re.compile(r'(?:Unroutable|UNDECODABLE =|\bRefused)\W*(?:\w+\.\w+, |delivery, )?"([A-Z]\w+)"')
READ_BY_OTHERS = {"OTEL_RESOURCE_ATTRIBUTES"}  # By OpenTelemetry's SDK.
SETTING = re.compile(r'\.(?:text|number|choice)\(\s*"([A-Z_]+)"')


def rows(page: str, start: str = "| `") -> list[list[str]]:
    lines = (REFERENCE / page).read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith(start)]


def kinds() -> list[list[str]]:
    return [row for row in rows("events.md") if not row[0].startswith("`durable.")]


def own_fields(kind: type[HistoryEvent]) -> set[str]:
    shared = TaskEvent if issubclass(kind, TaskEvent) else HistoryEvent
    return {field.name for field in fields(kind)} - {field.name for field in fields(shared)}


def test_every_kind_of_event_has_a_row() -> None:
    assert kinds() != []
    assert {row[0].strip("`") for row in kinds()} == set(KINDS)


@pytest.mark.parametrize("row", kinds(), ids=lambda row: row[0].strip("`"))
def test_a_row_tells_the_fields_of_the_event_and_where_it_comes_from(row: list[str]) -> None:
    kind = KINDS[row[0].strip("`")]

    assert set(re.findall(r"`(\w+)`", row[3])) == own_fields(kind)
    assert row[1] == ("fact" if kind in FACTS else "decision")
    assert kind in (*FACTS, *DECISIONS)


def test_every_setting_that_a_service_reads_has_a_row_and_no_other() -> None:
    sources = [*(ROOT / "shared" / "src").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
    code = "\n".join(source.read_text() for source in sources)
    told = {row[0].strip("`") for row in rows("settings.md")}

    assert set(SETTING.findall(code)) <= told
    assert {name for name in told if f'"{name}"' not in code} <= READ_BY_OTHERS


def test_the_fields_of_a_command_are_told() -> None:
    page = (REFERENCE / "messages.md").read_text().partition("## Commands")[2].partition("\n## ")[0]
    told = {
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }

    assert told == {field.name for field in fields(Command)} - {"trace", "reply_session"}


def test_every_request_to_an_owner_is_told_and_no_other() -> None:
    page = (REFERENCE / "messages.md").read_text().partition("| kind | asks")[2].partition("\n\n")[0]

    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == requests.KINDS == set(HANDLERS)


def test_the_types_of_lifecycle_events_are_told() -> None:
    page = (REFERENCE / "messages.md").read_text().partition("## Lifecycle")[2]

    assert set(re.findall(r"`(saga\.[a-z-]+)`", page)) == set(LIFECYCLE_TYPES.values())


def test_every_reason_of_a_dead_letter_is_told_and_no_other() -> None:
    sources = [*(ROOT / "shared" / "src").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
    given = {reason for source in sources for reason in DEAD_LETTER.findall(source.read_text())}

    assert set(re.findall(r"`([A-Z]\w+)`", told_of_dead_letters())) == given
    assert "Undecodable" in given


def told_of_dead_letters() -> str:
    paragraphs = (REFERENCE / "messages.md").read_text().split("\n\n")
    sentences = [re.sub(r"`(PARTITION_COUNT)`", "", text) for text in paragraphs if "dead-letter queue" in text]
    return " ".join(text[text.index("dead-letter queue") :] for text in sentences)


def test_the_failures_of_the_system_itself_are_told() -> None:
    own = {value for value in vars(failure).values() if isinstance(value, str) and value.startswith("durable.")}

    assert {row[0].strip("`") for row in rows("events.md", "| `durable.")} == own - {failure.__name__}
