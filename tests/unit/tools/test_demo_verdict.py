from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from durable.ids import digest
from stack.demo.folders import RUNS_KEPT, fresh_folder
from stack.demo.instances import Ending, Instance, objects_in
from stack.demo.publishing import Published, event_of, filled, number_of
from stack.demo.report import Places, collect
from stack.demo.samples import Sending
from stack.demo.verdict import Line, compare, is_settled
from stack.demo.web import Answer

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SENDING = Sending((Path("a.pdf"),), {"split": "Completed"})
SENT = Published(SENDING, "1")


def an_instance(saga: str = "split", status: str = "Completed", ended_at: datetime | None = NOON) -> Instance:
    return Instance(f"{saga}:1", saga, status, NOON - timedelta(seconds=1), ended_at)


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
    lines = compare([Published(SENDING, refusal=Answer(422, {"title": "invalid"}))], [])

    assert lines == (Line("a.pdf", "split", None, "it was refused: 422 invalid"),)
    assert is_settled(lines)


def test_a_saga_that_nobody_expected_is_a_difference() -> None:
    lines = compare([SENT], [an_instance(), an_instance(saga="convert")])

    assert lines[1] == Line("a.pdf", "convert", an_instance(saga="convert"), "nobody expected it")


def test_a_child_is_expected_with_its_parent() -> None:
    child = replace(an_instance(saga="convert"), id="split:1:convert:1.4", parent_id="split:1")

    assert len(compare([SENT], [an_instance(), child])) == 1


def test_an_instance_is_known_by_the_event_that_started_it() -> None:
    event = event_of("a.asked", {})
    number = digest(str(event["source"]), str(event["id"]))

    assert Published(SENDING, number_of(event)).started(f"split:{number}")


def test_places_of_an_event_are_filled_with_what_is_known_of_the_files() -> None:
    stored = {"a.pdf": {"object": "up/1/a.pdf", "name": "a.pdf", "media_type": "x/y", "size": 3, "event": None}}

    assert filled({"of": [{"$folder": "a.pdf"}], "all": {"$document": "a.pdf"}, "n": {}}, stored) == {
        "of": ["up/1"],
        "all": {"object": "up/1/a.pdf", "name": "a.pdf", "media_type": "x/y", "size": 3},
        "n": {},
    }


def test_objects_are_found_at_any_depth_of_an_output() -> None:
    output = {"pages": 2, "outputs": [{"object": "a/1", "size": 3}, {"object": "a/2"}], "more": {"objects": ["b", "c"]}}

    assert list(objects_in(output)) == ["a/1", "a/2", "b", "c"]


def test_locations_and_folders_of_an_output_are_objects_too() -> None:
    output = {"object": {"store": "main", "name": "a"}, "outputs": "b", "secret": {"name": "c", "vault": "file"}}

    assert list(objects_in(output)) == ["a", "b"]


def test_json_that_is_not_what_was_expected_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "a.json").write_text('{"invoice": {"total": "2.50", "buyer": null, "more": 1}}')
    ending = Ending(an_instance(), 1, ("a.json",), "")
    places = Places(tmp_path / "objects", tmp_path / "out")

    same = Line("a", "split", an_instance(), content={"invoice": {"total": "2.5", "buyer": None}})
    other = Line("a", "split", an_instance(), content={"invoice": {"total": "3"}})

    assert collect(same, ending, places).difference == ""
    assert "expected invoice {'total': '3'} in its JSON; found" in collect(other, ending, places).difference


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
