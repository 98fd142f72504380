from datetime import timedelta
from pathlib import Path

import pytest

from stack import detached
from stack.cli import main
from stack.errors import StackError


@pytest.mark.parametrize("command", ["run", "up", "down", "serve"])
def test_every_command_explains_itself_and_its_exit_codes(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])

    assert exit_.value.code == 0
    assert "Exit codes: 0 done" in capsys.readouterr().out


def test_a_wrong_command_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["sideways"])

    assert exit_.value.code == 2


def test_down_without_a_stack_says_so_and_succeeds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down", "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "No stack is up.\n"


def test_up_reports_what_kept_the_stack_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(folder: Path) -> None:
        raise StackError(f"cosmos did not become ready in {folder.name}")

    monkeypatch.setattr("stack.cli.start_detached", fail)

    assert main(["up", "--folder", str(tmp_path / "here")]) == 1
    assert capsys.readouterr().err == "cosmos did not become ready in here\n"


def test_a_detached_stack_that_is_not_ready_in_time_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detached, "UP_TIMEOUT", timedelta(seconds=0))

    with pytest.raises(StackError, match="was not ready within 0 s"):
        detached.join_detached(tmp_path)
