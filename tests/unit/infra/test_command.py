from pathlib import Path

import pytest

from infra_check import __main__ as command
from infra_check.findings import Checked, Finding
from infra_check.outside import ToolFailed


def in_order(_: Path) -> Checked:
    return Checked("3 files")


def at_fault(_: Path) -> Checked:
    return Checked("1 file", [Finding("b.bicep:2", "expected less"), Finding("a.bicep:1", "expected more")])


def test_the_command_tells_what_was_checked_and_ends_with_zero(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CHECKS", {"names": in_order})

    assert command.main() == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["names", "ok", "0.0", "s", "3", "files"]


def test_the_command_tells_each_finding_with_its_place_and_ends_with_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CHECKS", {"names": in_order, "types": at_fault})

    assert command.main() == 1
    assert capsys.readouterr().out.splitlines()[2:4] == ["a.bicep:1: expected more", "b.bicep:2: expected less"]


def out_of_order(_: Path) -> Checked:
    raise ToolFailed("checkov gave no answer")


def test_a_tool_that_fails_is_a_finding_and_the_other_checks_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CHECKS", {"policies": out_of_order, "names": in_order})

    assert command.main() == 1
    said = capsys.readouterr().out.splitlines()
    assert said[1].split()[:2] == ["names", "ok"]
    assert said[2] == "make infra-check: checkov gave no answer"
