import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import setup


def test_the_setup_parses_under_the_oldest_python_that_it_has_to_refuse() -> None:
    ast.parse(Path(setup.__file__).read_bytes(), feature_version=(3, 6))


def test_an_old_python_is_refused_in_one_line_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2, "final", 0))
    monkeypatch.setattr(setup, "runs", lambda name: name == "python3.12")

    with pytest.raises(SystemExit) as refusal:
        setup.main()

    assert str(refusal.value).startswith("DurableOrchestrator needs Python 3.11 or newer and found 3.10.2")
    assert str(refusal.value).endswith("run: make PYTHON=python3.12")


def test_a_python_without_ensurepip_is_told_which_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())

    with pytest.raises(SystemExit, match=r"needs Python's ensurepip.*install the package python3\.12-venv"):
        setup.create_venv()


def test_the_stamp_changes_with_the_lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = setup.environment_stamp()
    changed = tmp_path / "requirements.lock"
    changed.write_text("rich==15.0.0\n")
    monkeypatch.setattr(setup, "LOCK_FILE", changed)

    assert setup.environment_stamp() != before


@pytest.mark.parametrize("stamp", [None, "another folder python 3.11.7\nabc\n"])
def test_an_environment_that_no_finished_setup_left_is_built_from_nothing(
    stamp: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = _prepared_in(tmp_path, stamp, monkeypatch)

    assert steps == ["create .venv", "install uv", "install the packages"]


def test_an_environment_of_an_older_lock_file_is_updated_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same_python = setup.environment_stamp().splitlines()[0]

    assert _prepared_in(tmp_path, f"{same_python}\nolder\n", monkeypatch) == ["install the packages"]


def test_a_step_that_fails_leaves_no_stamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "call", lambda *_, **__: 1)
    monkeypatch.setattr(setup, "VENV", tmp_path)
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp")

    with pytest.raises(SystemExit, match="run make again"):
        setup.prepare()

    assert not (tmp_path / "stamp").exists()


def _prepared_in(venv: Path, stamp: str | None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    steps: list[str] = []
    monkeypatch.setattr(setup, "run", lambda purpose, *_: steps.append(purpose))
    monkeypatch.setattr(setup, "VENV", venv)
    monkeypatch.setattr(setup, "STAMP", venv / "stamp")
    monkeypatch.setattr(setup, "PYTHON", Path(sys.executable))
    if stamp is not None:
        (venv / "stamp").write_text(stamp)

    setup.prepare()

    assert (venv / "stamp").read_text() == setup.environment_stamp()
    return steps
