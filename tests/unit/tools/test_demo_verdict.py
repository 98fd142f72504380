from datetime import UTC, datetime, timedelta
from pathlib import Path

from stack.demo.folders import RUNS_KEPT, fresh_folder
from stack.demo.instances import Ending, Instance, objects_in
from stack.demo.publishing import Published
from stack.demo.report import Places, collect
from stack.demo.samples import Sending
from stack.demo.verdict import Line, compare, is_settled
from stack.demo.web import Answer

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SENDING = Sending((Path("a.pdf"),), {"split": "Completed"})
SENT = Published(SENDING, frozenset({"inbox/a.pdf"}))


def an_instance(saga: str = "split", status: str = "Completed", ended_at: datetime | None = NOON) -> Instance:
    return Instance(f"{saga}:1", saga, status, NOON - timedelta(seconds=1), ended_at, frozenset({"inbox/a.pdf"}))


def test_a_saga_that_ended_as_expected_differs_in_nothing() -> None:
    assert compare([SENT], [an_instance()]) == (Line("a.pdf", "split", an_instance()),)


def test_a_saga_that_runs_may_still_change() -> None:
    running = an_instance(status="Running", ended_at=None)

    lines = compare([SENT], [running])

    assert lines == (Line("a.pdf", "split", running, "expected Completed", may_change=True),)
    assert not is_settled(lines)


def test_a_saga_that_did_not_start_may_still_do_so() -> None:
    assert not is_settled(compare([SENT], []))


def test_a_refusal_settles_all_that_was_expected_of_a_file() -> None:
    lines = compare([Published(SENDING, frozenset(), Answer(422, {"title": "invalid"}))], [])

    assert lines == (Line("a.pdf", "split", None, "it was refused: 422 invalid"),)
    assert is_settled(lines)


def test_a_saga_that_nobody_expected_is_a_difference() -> None:
    lines = compare([SENT], [an_instance(), an_instance(saga="convert")])

    assert lines[1] == Line("a.pdf", "convert", an_instance(saga="convert"), "nobody expected it")


def test_objects_are_found_at_any_depth_of_an_output() -> None:
    output = {"pages": 2, "outputs": [{"object": "a/1", "size": 3}, {"object": "a/2"}], "more": {"objects": ["b", "c"]}}

    assert list(objects_in(output)) == ["a/1", "a/2", "b", "c"]


def test_an_output_that_is_not_in_the_object_store_is_a_difference(tmp_path: Path) -> None:
    ending = Ending(an_instance(), 1, ("split/1.pdf",), "")

    result = collect(Line("a.pdf", "split", an_instance()), ending, Places(tmp_path / "objects", tmp_path / "out"))

    assert result.difference == "output missing: split/1.pdf"


def test_outputs_of_the_same_name_are_kept_apart(tmp_path: Path) -> None:
    for part in ("left", "right"):
        (tmp_path / "objects" / "x" / part).mkdir(parents=True)
        (tmp_path / "objects" / "x" / part / "page.md").write_text(part)
    ending = Ending(an_instance(), 1, ("x/left/page.md", "x/right/page.md"), "")

    result = collect(Line("a.pdf", "split", an_instance()), ending, Places(tmp_path / "objects", tmp_path / "out"))

    assert sorted(file.read_text() for file in result.files) == ["left", "right"]


def test_a_run_removes_the_data_of_earlier_runs_and_keeps_the_newest_logs(tmp_path: Path) -> None:
    for _ in range(RUNS_KEPT + 2):
        folder = fresh_folder(tmp_path)
        (folder / "data").mkdir()
        (folder / "logs").mkdir()

    newest = fresh_folder(tmp_path)

    kept = sorted(folder for folder in tmp_path.iterdir() if folder != newest)
    assert len(kept) == RUNS_KEPT
    assert [[child.name for child in folder.iterdir()] for folder in kept] == [["logs"]] * RUNS_KEPT
