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


def write_samples(folder: Path, files: dict[str, str], expected: dict[str, list[dict[str, object]]]) -> None:
    (folder / "files").mkdir(parents=True)
    for name, content in files.items():
        (folder / "files" / name).write_text(content)
    (folder / "expected.json").write_text(json.dumps({"documents": [], "rows": [], **expected}))


def a_document(file: str, **expected: object) -> dict[str, object]:
    return {"file": file, "media_type": "text/plain", **expected}


async def outcome_of(tmp_path: Path) -> tuple[bool, str]:
    stack = Stack(tmp_path / "run", services=tiny_application)
    said = io.StringIO()
    samples = read_samples(tmp_path / "samples")
    return await run_samples(stack, samples, tmp_path, Console(file=said, width=200)), said.getvalue()


async def test_a_run_whose_sagas_end_as_expected_succeeds_and_leaves_their_outputs(tmp_path: Path) -> None:
    documents = [
        a_document("good", sagas={"copy": "Completed"}),
        a_document("broken", sagas={"copy": "Failed"}),
        a_document("empty", refused=422),
    ]
    write_samples(tmp_path / "samples", {"good": "content", "broken": "x", "empty": ""}, {"documents": documents})

    succeeded, said = await outcome_of(tmp_path)

    assert succeeded
    assert "✓ copy                    good                              Completed      1.5 s    1 step" in said
    assert "    it is broken\n" in said
    assert "    refused: 422 the file is empty\n" in said
    assert "All 3 outcomes are as expected." in said
    (copied,) = (tmp_path / "out" / "copy").glob("*/good")
    assert copied.read_text() == "content"


async def test_files_that_belong_together_are_named_in_one_event(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"files": ["a", "b"], "saga": "gather", "status": "Completed"}]
    write_samples(tmp_path / "samples", {"a": "1", "b": "2"}, {"rows": rows})

    succeeded, said = await outcome_of(tmp_path)

    assert succeeded
    assert "✓ gather                  a and 1 more                      Completed" in said


async def test_what_an_event_says_of_a_file_is_filled_in(tmp_path: Path) -> None:
    place = {"source": {"store": "main", "name": {"$object": "a"}}}
    event: dict[str, object] = {"name": "one", "files": ["a"], "type": "a.asked", "data": place}
    event |= {"saga": "gather", "status": "Completed"}
    write_samples(tmp_path / "samples", {"a": "1"}, {"events": [event]})

    succeeded, said = await outcome_of(tmp_path)

    assert succeeded
    assert "✓ gather                  one                               Completed" in said
    assert [path.name for path in (tmp_path / "out" / "gather").glob("*/*")] == ["a"]


async def test_a_run_with_an_outcome_that_nobody_expected_fails_and_says_how(tmp_path: Path) -> None:
    documents = [
        a_document("broken", sagas={"copy": "Completed"}),
        a_document("empty", sagas={"copy": "Completed"}),
        a_document("good", refused=422),
    ]
    write_samples(tmp_path / "samples", {"good": "1", "broken": "x", "empty": ""}, {"documents": documents})

    succeeded, said = await outcome_of(tmp_path)

    assert not succeeded
    assert "    expected Completed\n" in said
    assert "    it was refused: 422 the file is empty\n" in said
    assert "    expected to be refused with 422; found: it was taken\n" in said
    assert "    nobody expected it\n" in said
    assert "4 of 4 outcomes are not as expected." in said
