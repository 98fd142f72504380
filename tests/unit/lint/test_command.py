import re
import subprocess
import sys
from pathlib import Path

import pytest

from durable.cli import main
from tests.support.linted import module

CLEAN = module("await ctx.sleep(timedelta(days=1))")
FAULTY = module("x = time.time()", before="import time")
HINTED = module("print(1)")


def files(folder: Path, **sources: str) -> None:
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)


def test_nothing_found_ends_with_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files(tmp_path, clean=CLEAN)

    assert main(["lint", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "no findings; 1 function of saga code in 1 file\n"


def test_each_finding_is_a_line_with_its_place_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files(tmp_path, a=FAULTY, b=CLEAN, c=HINTED)

    assert main(["lint", str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in lines[:2]] == [f"{tmp_path / 'a.py'}:6:9:", f"{tmp_path / 'c.py'}:6:5:"]
    assert lines[2:] == ["1 finding, 1 hint; 3 functions of saga code in 3 files"]


def test_hints_alone_are_no_reason_to_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files(tmp_path, hinted=HINTED)

    assert main(["lint", str(tmp_path)]) == 0
    assert "no findings, 1 hint;" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"def (:\n", "line 1: invalid syntax"),
        (b"x = 1\0", "null bytes"),
        (b"x = '\xff'\n", "encoding"),
        (b"x = 1\ny = 2\nz = '\xff'\n", "invalid start byte"),
        (b"# coding: martian\n", "unknown encoding"),
        (b"if x:\n\ty\n        z\n", "line 3: "),
    ],
)
def test_a_file_that_is_no_python_is_told_and_ends_with_two_after_the_others(
    content: bytes, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files(tmp_path, b=FAULTY)
    (tmp_path / "a.py").write_bytes(content)

    assert main(["lint", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(f"{tmp_path / 'a.py'}: expected a Python file that can be read; found: ")
    assert reason in told.err
    assert "DUR001" in told.out


def test_a_path_that_is_not_there_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(tmp_path / "nowhere")]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_deeply_nested_code_is_told_and_breaks_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files(tmp_path, deep="x = " + "-" * 5000 + "1\n", other=FAULTY)

    assert main(["lint", str(tmp_path)]) == 2
    assert "DUR001" in capsys.readouterr().out


def test_folders_are_read_with_all_that_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "sagas" / "more").mkdir(parents=True)
    files(tmp_path / "sagas" / "more", faulty=FAULTY)

    assert main(["lint", str(tmp_path)]) == 1


def test_hidden_folders_and_virtual_environments_are_left_out(tmp_path: Path) -> None:
    for name in (".hidden", "environment"):
        (tmp_path / name).mkdir()
        files(tmp_path / name, faulty=FAULTY)
    (tmp_path / "environment" / "pyvenv.cfg").touch()
    (tmp_path / "notes.txt").write_text("no Python")

    assert main(["lint", str(tmp_path)]) == 0
    assert main(["lint", str(tmp_path / ".hidden" / "faulty.py")]) == 1


@pytest.mark.parametrize("arguments", [[], ["lint"], ["mend"], ["lint", "--loudly", "."]])
def test_wrong_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main(arguments)

    assert exit.value.code == 2
    assert "usage: durable" in capsys.readouterr().err


def test_help_tells_what_it_finds_how_to_suppress_and_how_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["lint", "--help"])

    told = capsys.readouterr().out
    assert "# durable: ignore[DUR003]" in told
    assert re.search(r"0: .*; 1: .*; 2: ", told)


@pytest.mark.parametrize("command", [[Path(sys.executable).parent / "durable"], [sys.executable, "-m", "durable"]])
def test_it_is_a_command_and_a_module(command: list[str], tmp_path: Path) -> None:
    files(tmp_path, faulty=FAULTY)

    done = subprocess.run([*command, "lint", tmp_path], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "")
    assert "faulty.py:6:9: DUR001" in done.stdout
