import re
from pathlib import Path

import pytest

from durable.lint import CODES, Code

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "lint.md").read_text()
ROWS = {
    cells[0].split("`")[1]: cells
    for line in PAGE.splitlines()
    if line.startswith("| `DUR")
    for cells in [[cell.strip() for cell in line.strip("|").split(" | ")]]
}


def test_every_code_has_a_row_and_no_other() -> None:
    assert list(ROWS) == [code.id for code in CODES]


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.id)
def test_a_row_says_why_in_the_words_of_the_finding_and_whether_it_is_a_hint(code: Code) -> None:
    row = ROWS[code.id]

    assert row[2] == code.why
    assert ("(hint)" in row[0]) == code.is_hint


@pytest.mark.parametrize("code", CODES[:-1], ids=lambda code: code.id)
def test_every_code_but_that_of_suppressions_says_what_to_write_instead(code: Code) -> None:
    assert re.search(
        "`(await )?ctx|an activity|the input|`sorted|`await`|`except|a variable|`hashlib`", ROWS[code.id][3]
    )


def test_the_hook_runs_the_command_that_the_package_installs() -> None:
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text()
    package = (ROOT / "shared" / "pyproject.toml").read_text()

    assert "id: durable-lint" in hook
    assert "entry: durable lint" in hook
    assert 'durable = "durable.cli:main"' in package
