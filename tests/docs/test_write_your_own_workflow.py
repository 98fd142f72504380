import re
import subprocess
import sys
import sysconfig
import venv
from ast import literal_eval
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "write-your-own-workflow.md").read_text()
FILE = re.compile(r"^\*\*`(?P<path>[^`]+)`\*\*\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
INSTALLED = ("shared", "services/orchestrator", "emulators")
TOOLS = Path(sys.executable).parent


def run(folder: Path, *command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of the page, installed beside the wheels; what all of it depends on is borrowed from ours."""
    folder = tmp_path_factory.mktemp("letters")
    for found in FILE.finditer(PAGE):
        path = folder / found["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found["text"])
    dist = folder / "dist"
    for package in INSTALLED:
        run(folder, TOOLS / "uv", "build", "--offline", "--wheel", "--out-dir", dist, ROOT / package)
    venv.create(folder / ".venv", with_pip=False)
    python = folder / ".venv" / "bin" / "python"
    run(folder, TOOLS / "uv", "pip", "install", "--offline", "--no-deps", "--python", python, *dist.glob("*.whl"), ".")
    packages = next((folder / ".venv").glob("lib/python*/site-packages"))
    # A path, not a site folder: the editable packages of the workspace stay out.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder


def test_it_is_made_of_what_the_page_says(repository: Path) -> None:
    told = run(
        repository, ".venv/bin/python", "-c", "import durable, letters_worker as w; print(durable.__file__, w.__file__)"
    )

    assert all(Path(file).is_relative_to(repository / ".venv") for file in told.split())


def test_its_code_is_clean(repository: Path) -> None:
    settings = ("--isolated", "--line-length=120", "--no-cache")
    run(repository, TOOLS / "ruff", "check", *settings, "--select=E,F,B,UP,SIM", "src", "tests", "run.py")
    run(repository, TOOLS / "ruff", "format", "--check", *settings, "src", "tests", "run.py")
    assert "no findings" in run(repository, ".venv/bin/durable", "lint", "src")


def test_its_tests_pass(repository: Path) -> None:
    assert "7 passed" in run(repository, ".venv/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_its_saga_runs_from_end_to_end(repository: Path) -> None:
    result = literal_eval(run(repository, ".venv/bin/python", "run.py"))

    letter = (repository / "out" / result["object"]).read_text()
    assert letter == "Dear Ada,\nthank you for buying tea, a cup.\n\nThe shop around the corner\n"
    assert result["tracking"].startswith("LOCAL-")
