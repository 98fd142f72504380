import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "operations").glob("*.md"))
ROW = re.compile(r"^\| [\w, -]+ \| (\d+) \| (\d+) \| (\d+) \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$", re.MULTILINE)


def test_there_are_pages() -> None:
    assert len(PAGES) >= 6


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_says_is_tested_has_its_test(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/.-]+)`", page.read_text())

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_settings_that_a_page_names_exist(page: Path) -> None:
    known = (ROOT / "docs" / "reference" / "settings.md").read_text()
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)\b", page.read_text()))

    assert sorted(name for name in named if f"`{name}`" not in known) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_asks_of_the_management_api_brings_a_token(page: Path) -> None:
    asked = [line for line in page.read_text().splitlines() if re.search(r"\bcurl\b", line)]

    assert [line for line in asked if "Authorization: Bearer $TOKEN" not in line] == []


def test_operations_of_the_estimate_follow_from_its_messages_and_attempts() -> None:
    rows = ROW.findall((ROOT / "docs" / "operations" / "cost-estimate.md").read_text())

    assert len(rows) >= 9
    for attempts, messages, operations in rows:
        assert int(operations) == int(messages) + 2 * int(attempts) + 1
