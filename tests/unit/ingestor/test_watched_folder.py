import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from durable.cloudevent import CloudEvent
from durable.errors import TransientError
from ingestor.sources.options import WatchOptions
from ingestor.sources.watched_folder import WatchedFolder
from tests.support.ingestor_world import IngestorWorld
from tests.support.ports_with_faults import FaultyObjects


def an_event(id: str, **attributes: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/shop",
        "type": "rows.received",
        "data": {"objects": ["a"]},
    } | attributes


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


@pytest.fixture
def watched(world: IngestorWorld, folder: Path) -> WatchedFolder:
    folder.mkdir()
    return watch(world, folder)


def watch(world: IngestorWorld, folder: Path, **more: Any) -> WatchedFolder:
    return WatchedFolder(WatchOptions(folder, timedelta(0), file_bytes_max=1000), world.ingestion(**more))


async def look_twice(watched: WatchedFolder) -> None:
    await watched.look()
    await watched.look()


async def published(world: IngestorWorld) -> list[CloudEvent]:
    return [CloudEvent.from_json(delivery.body) for delivery in await world.published()]


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def folders(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_dir())


async def test_a_file_is_stored_and_told_of_and_moved_to_done(
    world: IngestorWorld, folder: Path, watched: WatchedFolder
) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF")

    await look_twice(watched)

    (event,) = await published(world)
    assert (event.type, event.source) == ("document.received", "/ingestor/watched-folder")
    assert isinstance(event.data, dict)
    assert {**event.data, "object": ""} == {
        "object": "",
        "name": "a.pdf",
        "media_type": "application/pdf",
        "size": 4,
    }
    assert await world.objects.get(event.data["object"]) == b"%PDF"
    assert names(folder) == ["done/a.pdf"]


async def test_a_file_in_a_folder_below_keeps_its_path(
    world: IngestorWorld, folder: Path, watched: WatchedFolder
) -> None:
    (folder / "2026" / "Zürich").mkdir(parents=True)
    (folder / "2026" / "Zürich" / "a.pdf").write_bytes(b"%PDF")

    await look_twice(watched)

    (event,) = await published(world)
    assert isinstance(event.data, dict)
    assert event.data["name"] == "2026/Zürich/a.pdf"
    assert names(folder) == ["done/2026/Zürich/a.pdf"]


async def test_json_lines_are_told_of_as_rows(world: IngestorWorld, folder: Path, watched: WatchedFolder) -> None:
    (folder / "a.jsonl").write_bytes(b"{}\n")

    await look_twice(watched)

    (event,) = await published(world)
    assert event.type == "rows.received"
    assert isinstance(event.data, dict)
    assert await world.objects.get(event.data["objects"][0]) == b"{}\n"


async def test_a_file_that_grows_is_not_taken_before_it_stops(
    world: IngestorWorld, folder: Path, watched: WatchedFolder
) -> None:
    with (folder / "a.pdf").open("wb") as file:
        for _ in range(3):
            file.write(b"more")
            file.flush()
            await watched.look()
    assert await published(world) == []

    await watched.look()

    (event,) = await published(world)
    assert isinstance(event.data, dict)
    assert event.data["size"] == 12


@pytest.mark.parametrize("name", [".hidden", "a.part", "a.TMP", "a.pdf.crdownload"])
async def test_a_name_of_somebody_who_still_writes_is_left_alone(
    world: IngestorWorld, folder: Path, watched: WatchedFolder, name: str
) -> None:
    (folder / name).write_bytes(b"x")

    await look_twice(watched)

    assert names(folder) == [name]


async def test_the_same_file_again_is_the_same_event(
    world: IngestorWorld, folder: Path, watched: WatchedFolder
) -> None:
    for content in (b"one", b"one", b"two"):
        (folder / "a.pdf").write_bytes(content)
        await look_twice(watched)

    assert len(await published(world)) == 2
    assert names(folder) == ["done/a.pdf", "done/a~2.pdf", "done/a~3.pdf"]


async def test_a_process_that_dies_before_the_file_is_moved_repeats_a_harmless_event(
    world: IngestorWorld, folder: Path, watched: WatchedFolder
) -> None:
    (folder / "a.pdf").write_bytes(b"one")
    await look_twice(watched)
    (folder / "done" / "a.pdf").rename(folder / "a.pdf")

    await look_twice(watch(world, folder))

    assert len(await published(world)) == 1
    assert len([info async for info in world.objects.list("watched")]) == 1
    assert names(folder) == ["done/a.pdf"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.pdf", b"", "expected a file of 1 to 1000 bytes; found 0"),
        ("large.pdf", b"x" * 1001, "expected a file of 1 to 1000 bytes; found 1001"),
        ("a?.pdf", b"x", "expected an object name"),
        ("a\nb.pdf", b"x", "expected a file name of printable characters"),
    ],
)
async def test_a_file_that_can_not_be_taken_goes_to_failed_with_the_reason(
    world: IngestorWorld, folder: Path, watched: WatchedFolder, name: str, content: bytes, reason: str
) -> None:
    (folder / name).write_bytes(content)

    await look_twice(watched)

    assert names(folder) == [f"failed/{name}", f"failed/{name}.reason.txt"]
    assert (folder / "failed" / f"{name}.reason.txt").read_text().startswith(reason)
    assert await published(world) == []


async def test_a_name_that_is_no_text_goes_to_failed(
    world: IngestorWorld, folder: Path, watched: WatchedFolder
) -> None:
    (folder / os.fsdecode(b"a\xff.pdf")).write_bytes(b"x")

    await look_twice(watched)

    assert len(names(folder / "failed")) == 2


async def test_links_are_not_followed(
    world: IngestorWorld, folder: Path, watched: WatchedFolder, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "a.txt").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder)

    await look_twice(watched)

    assert await published(world) == []


async def test_events_in_a_file_are_published(world: IngestorWorld, folder: Path, watched: WatchedFolder) -> None:
    (folder / "a.event.json").write_bytes(orjson.dumps([an_event("1"), an_event("2")]))

    await look_twice(watched)

    assert [event.id for event in await published(world)] == ["1", "2"]
    assert names(folder) == ["done/a.event.json"]


async def test_an_event_in_a_file_that_can_not_be_taken_is_a_dead_letter_too(
    world: IngestorWorld, folder: Path, watched: WatchedFolder
) -> None:
    bad = an_event("2", data={"objects": []})
    (folder / "a.event.json").write_bytes(orjson.dumps([an_event("1"), bad]))

    await look_twice(watched)

    assert [event.id for event in await published(world)] == ["1"]
    (letter,) = (await world.client().get("/dead-letters")).json["dead_letters"]
    assert (letter["origin"], letter["message"], letter["reason"]) == ("watched-folder", "a.event.json", "invalid-data")
    reason = (folder / "failed" / "a.event.json.reason.txt").read_text()
    assert letter["id"] in reason
    assert "data.objects: " in reason


async def test_while_the_object_store_is_away_a_file_stays(
    world: IngestorWorld, folder: Path, watched: WatchedFolder
) -> None:
    (folder / "a.pdf").write_bytes(b"x")
    away = watch(world, folder, objects=FaultyObjects(TransientError("away")))
    await away.look()

    with pytest.raises(TransientError):
        await away.look()

    assert names(folder) == ["a.pdf"]


async def test_a_folder_that_is_not_there_is_made(world: IngestorWorld, tmp_path: Path) -> None:
    await watch(world, tmp_path / "new" / "inbox").look()

    assert folders(tmp_path) == ["new", "new/inbox"]
