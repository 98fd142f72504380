import re
from dataclasses import fields
from pathlib import Path

import pytest

from durable.events import DECISIONS, FACTS, KINDS, HistoryEvent, TaskEvent
from durable.messages import Command

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "docs" / "reference"
SETTING = re.compile(r'\.(?:text|number|choice)\(\s*"([A-Z_]+)"')


def rows(page: str) -> list[list[str]]:
    lines = (REFERENCE / page).read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


def own_fields(kind: type[HistoryEvent]) -> set[str]:
    shared = TaskEvent if issubclass(kind, TaskEvent) else HistoryEvent
    return {field.name for field in fields(kind)} - {field.name for field in fields(shared)}


def test_every_kind_of_event_has_a_row() -> None:
    assert [row[0].strip("`") for row in rows("events.md")] != []
    assert {row[0].strip("`") for row in rows("events.md")} == set(KINDS)


@pytest.mark.parametrize("row", rows("events.md"), ids=lambda row: row[0].strip("`"))
def test_a_row_tells_the_fields_of_the_event_and_where_it_comes_from(row: list[str]) -> None:
    kind = KINDS[row[0].strip("`")]

    assert set(re.findall(r"`(\w+)`", row[3])) == own_fields(kind)
    assert row[1] == ("fact" if kind in FACTS else "decision")
    assert kind in (*FACTS, *DECISIONS)


def test_every_setting_that_a_service_reads_has_a_row_and_no_other() -> None:
    sources = [*(ROOT / "shared" / "src").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
    read = {name for source in sources for name in SETTING.findall(source.read_text())}

    assert {row[0].strip("`") for row in rows("settings.md")} == read


def test_the_fields_of_a_command_are_told() -> None:
    page = (REFERENCE / "messages.md").read_text().partition("## Commands")[2].partition("\n## ")[0]
    told = {
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }

    assert told == {field.name for field in fields(Command)} - {"trace", "reply_session"}
