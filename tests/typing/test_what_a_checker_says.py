import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MARK = re.compile(r"# error: (?P<codes>.+)")
ACCEPTED = sorted((HERE / "accepted").glob("*.py"))
REJECTED = sorted((HERE / "rejected").glob("*.py"))

Reports = dict[Path, list[tuple[int, str]]]


@pytest.fixture(scope="module")
def reports() -> Reports:
    """What mypy says of all files, by file: line and code; one run, configured as `make types`."""
    command = [sys.executable, "-m", "mypy", "--output", "json", *map(str, ACCEPTED), *map(str, REJECTED)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    found: Reports = {}
    for report in map(json.loads, done.stdout.splitlines()):
        if report["severity"] == "error":
            found.setdefault(ROOT / report["file"], []).append((report["line"], report["code"]))
    return {path: sorted(errors) for path, errors in found.items()}


def marked(path: Path) -> list[tuple[int, str]]:
    lines = enumerate(path.read_text().splitlines(), start=1)
    marks = ((number, mark["codes"].split(", ")) for number, line in lines if (mark := MARK.search(line)))
    return sorted((number, code) for number, codes in marks for code in codes)


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_code_that_is_right_has_no_error(path: Path, reports: Reports) -> None:
    assert reports.get(path, []) == []


@pytest.mark.parametrize("path", REJECTED, ids=lambda path: path.stem)
def test_code_that_is_wrong_has_each_error_on_its_line_and_no_other(path: Path, reports: Reports) -> None:
    assert reports.get(path, []) == marked(path) != []


def test_no_file_but_these_has_an_error(reports: Reports) -> None:
    assert reports.keys() <= {*ACCEPTED, *REJECTED}
