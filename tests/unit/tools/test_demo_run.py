import io
import json
import sys
from pathlib import Path

from rich.console import Console

from stack import HttpReady, Ports, Process, Stack
from stack.demo import read_samples, run_samples
from stack.local import objects_folder

APPLICATION = Path(__file__).with_name("tiny_application.py")


def tiny_application(folder: Path, ports: Ports) -> tuple[Process, ...]:
    return tuple(
        Process(
            name=name,
            argv=(sys.executable, str(APPLICATION), str(ports[name]), str(objects_folder(folder))),
            ready=HttpReady(ports[name]),
            url=f"http://127.0.0.1:{ports[name]}",
        )
        for name in ("ingestor", "orchestrator-1")
    )


def write_samples(folder: Path, files: dict[str, str], expected: dict[str, dict[str, str]]) -> None:
    (folder / "files").mkdir(parents=True)
    for name, content in files.items():
        (folder / "files" / name).write_text(content)
    (folder / "expected.json").write_text(json.dumps(expected))


async def outcome_of(tmp_path: Path) -> tuple[bool, str]:
    stack = Stack(tmp_path / "run", services=tiny_application)
    said = io.StringIO()
    samples = read_samples(tmp_path / "samples")
    return await run_samples(stack, samples, tmp_path, Console(file=said, width=200)), said.getvalue()


async def test_a_run_whose_sagas_end_as_expected_succeeds_and_leaves_their_outputs(tmp_path: Path) -> None:
    expected = {"good": {"copy": "Completed"}, "broken": {"copy": "Failed"}}
    write_samples(tmp_path / "samples", {"good": "content", "broken": "x"}, expected)

    succeeded, said = await outcome_of(tmp_path)

    assert succeeded
    assert "✓ copy                  good                         Completed      1.5 s    1 steps" in said
    assert "    it is broken\n" in said
    assert "All 2 sagas ended as expected." in said
    assert (tmp_path / "out" / "copy" / "copy:good" / "good").read_text() == "content"


async def test_a_run_with_a_saga_that_ends_otherwise_fails_and_says_how(tmp_path: Path) -> None:
    expected = {"broken": {"copy": "Completed"}, "empty": {"copy": "Completed"}}
    write_samples(tmp_path / "samples", {"broken": "x", "empty": ""}, expected)

    succeeded, said = await outcome_of(tmp_path)

    assert not succeeded
    assert "    expected Completed\n" in said
    assert "    the file was refused: 422 the file is empty\n" in said
    assert "2 of 2 sagas did not end as expected." in said
