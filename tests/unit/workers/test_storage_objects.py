import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts import storage, tables
from contracts.locations import Location
from contracts.storage import (
    CHECK_OBJECT,
    COPY_OBJECT,
    DELETE_LOCATIONS,
    FIND_OBJECT,
    LIST_PAGE,
    READ_TEXT,
    WRITE_TEXT,
    CheckedObject,
    CopyObject,
    DeletedLocations,
    DeleteLocations,
    FindObject,
    FoundObject,
    ListPage,
    ObjectPage,
    ReadText,
    StoredObject,
    TextContent,
    WriteText,
)
from durable import Activity
from durable.errors import ObjectNotFound
from durable.failure import Failure
from storage_worker.handlers import worker
from tests.support.handlers import Calls
from tests.support.storage_world import StorageWorld, a_storage_world

TEXT = "Füße 🎉\n".encode()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StorageWorld]:
    async with a_storage_world(tmp_path) as world:
        yield world


def at(name: str, store: str = "main") -> Location:
    return Location(store=store, name=name)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("content", [b"", TEXT, b"x" * 9_000_000])
async def test_an_object_is_copied_to_another_store_with_its_size_and_hash(world: StorageWorld, content: bytes) -> None:
    await world.main.put("in/a", content)

    copied = await world.calls.call(COPY_OBJECT, CopyObject(source=at("in/a"), target=at("out/ü b", "archive")))

    assert copied == StoredObject(object=at("out/ü b", "archive"), size=len(content), sha256=sha256(content))
    assert await world.archive.get("out/ü b") == content


async def test_a_copy_may_run_again_and_replaces_what_lies_there(world: StorageWorld) -> None:
    await world.main.put("in/a", b"new")
    await world.main.put("out/a", b"old and longer")
    request = CopyObject(source=at("in/a"), target=at("out/a"))

    assert await world.calls.call(COPY_OBJECT, request) == await world.calls.call(COPY_OBJECT, request)
    assert await world.main.get("out/a") == b"new"


async def test_an_object_that_vanished_fails_for_good_and_leaves_the_target_as_it_was(world: StorageWorld) -> None:
    await world.archive.put("a", b"older")

    failure = await world.calls.call(COPY_OBJECT, CopyObject(source=at("in/gone"), target=at("a", "archive")))

    assert not failure.retryable
    assert "expected object 'in/gone' in store 'main'; there is none: it was deleted" in failure.message
    assert await world.archive.get("a") == b"older"


async def test_a_copy_onto_itself_is_refused_also_by_another_name_of_the_store(world: StorageWorld) -> None:
    await world.main.put("a", TEXT)

    failure = await world.calls.call(COPY_OBJECT, CopyObject(source=at("a"), target=at("a", "alias")))

    assert not failure.retryable
    assert "expected a target other than the source" in failure.message
    assert await world.main.get("a") == TEXT


async def test_a_write_that_fails_is_told_and_nothing_lies_there(world: StorageWorld, tmp_path: Path) -> None:
    await world.main.put("in/a", b"x" * 9_000_000)
    world.archive_folder.rmdir()
    world.archive_folder.write_bytes(b"a file in place of the folder")

    copied = await world.calls.call(COPY_OBJECT, CopyObject(source=at("in/a"), target=at("b", "archive")))
    written = await world.calls.call(WRITE_TEXT, WriteText(target=at("b", "archive"), text="x"))

    assert isinstance(copied, Failure)
    assert isinstance(written, Failure)
    assert world.archive_folder.read_bytes() == b"a file in place of the folder"


async def test_an_object_is_found_or_not(world: StorageWorld) -> None:
    await world.main.put("a", TEXT)

    assert await world.calls.call(FIND_OBJECT, FindObject(object=at("a"))) == FoundObject(size=len(TEXT))
    assert await world.calls.call(FIND_OBJECT, FindObject(object=at("b"))) == FoundObject(size=None)


async def test_what_was_written_is_read_back_and_compared(world: StorageWorld) -> None:
    await world.main.put("a", TEXT)
    right = StoredObject(object=at("a"), size=len(TEXT), sha256=sha256(TEXT))

    assert await world.calls.call(CHECK_OBJECT, right) == CheckedObject(object=at("a"), size=len(TEXT))
    for wrong in (right.model_copy(update={"size": 1}), right.model_copy(update={"sha256": sha256(b"")})):
        failure = await world.calls.call(CHECK_OBJECT, wrong)
        assert not failure.retryable
        assert f"found {len(TEXT)} bytes with {sha256(TEXT)}" in failure.message


async def test_a_text_is_written_and_read(world: StorageWorld) -> None:
    written = await world.calls.call(WRITE_TEXT, WriteText(target=at("a"), text=TEXT.decode()))

    assert written == StoredObject(object=at("a"), size=len(TEXT), sha256=sha256(TEXT))
    assert await world.calls.call(READ_TEXT, ReadText(source=at("a"))) == TextContent(
        text=TEXT.decode(), size=len(TEXT)
    )


async def test_a_text_that_is_too_long_or_none_is_not_read(world: StorageWorld) -> None:
    await world.main.put("long", b"x" * 65_537)
    await world.main.put("binary", b"\xff\xfe\x00")

    for source, told in (
        ("long", "at most 65536 bytes, as text in a history must be short; found 65537"),
        ("binary", "text in UTF-8; found a byte at 0"),
        ("gone", "there is none"),
    ):
        failure = await world.calls.call(READ_TEXT, ReadText(source=at(source)))
        assert not failure.retryable
        assert told in failure.message


async def test_pages_follow_one_another_to_the_end(world: StorageWorld) -> None:
    names = [f"in/{n:03d}" for n in range(7)]
    for name in names:
        await world.main.put(name, name.encode())

    pages = [await listed(world.calls, ListPage(prefix="in", page_size=3))]
    while pages[-1].continuation:
        pages.append(await listed(world.calls, ListPage(prefix="in", page_size=3, continuation=pages[-1].continuation)))

    assert [[found.name for found in page.objects] for page in pages] == [names[:3], names[3:6], names[6:]]
    assert {found.size for page in pages for found in page.objects} == {6}


async def test_a_last_page_that_is_full_has_no_continuation(world: StorageWorld) -> None:
    for n in range(3):
        await world.archive.put(f"in/{n}", b"")

    page = await listed(world.calls, ListPage(store="archive", page_size=3))

    assert (len(page.objects), page.continuation) == (3, None)


async def test_objects_that_come_and_go_between_pages_do_no_harm(world: StorageWorld) -> None:
    for name in "bdfh":
        await world.main.put(name, b"")

    first = await listed(world.calls, ListPage(page_size=2))
    for name in "df":
        await world.main.delete(name)
    await world.main.put("a", b"")
    await world.main.put("g", b"")
    second = await listed(world.calls, ListPage(page_size=2, continuation=first.continuation))

    assert [found.name for found in (*first.objects, *second.objects)] == ["b", "d", "g", "h"]


async def test_a_continuation_of_another_listing_is_refused(world: StorageWorld) -> None:
    for name in ("p/a", "p/b", "q/a"):
        await world.main.put(name, b"")
    page = await listed(world.calls, ListPage(prefix="p", page_size=1))

    for changes in ({"prefix": "q"}, {"store": "archive", "prefix": "p"}):
        request = ListPage.model_validate({"continuation": page.continuation, **changes})
        failure = await world.calls.call(LIST_PAGE, request)
        assert not failure.retryable
        assert "found one of 'main' and 'p'" in failure.message
    for nonsense in ("x", "bm9uc2Vuc2U=", "é", ""):
        failure = await world.calls.call(LIST_PAGE, ListPage(prefix="p", continuation=nonsense))
        assert not failure.retryable
        assert "expected the continuation that the page before came with" in failure.message


async def test_objects_are_deleted_wherever_they_lie_and_none_if_a_store_is_unknown(world: StorageWorld) -> None:
    await world.main.put("a", b"")
    await world.archive.put("b", b"")
    both = [at("a"), at("b", "archive"), at("gone")]

    failure = await world.calls.call(DELETE_LOCATIONS, DeleteLocations(objects=[*both, at("c", "elsewhere")]))
    assert "expected one of the stores alias, archive, main; found 'elsewhere'" in failure.message
    assert (await world.main.info("a")).size == 0

    for _ in range(2):
        assert await world.calls.call(DELETE_LOCATIONS, DeleteLocations(objects=both)) == DeletedLocations(count=3)
    for store, name in ((world.main, "a"), (world.archive, "b")):
        with pytest.raises(ObjectNotFound):
            await store.info(name)


@pytest.mark.parametrize("name", ["../secret", "a//b", "/etc/passwd", "a?b", "x" * 513, ""])
async def test_an_illegal_name_is_refused_before_any_store_is_asked(world: StorageWorld, name: str) -> None:
    failure = await world.calls.call_raw(
        COPY_OBJECT, {"source": {"name": name}, "target": {"store": "archive", "name": name}}
    )

    assert not failure.retryable
    assert failure.type == "durable.InvalidInput"
    assert "source.name: " in failure.message
    assert "target.name: " in failure.message


def test_every_activity_of_the_worker_has_a_handler_and_a_row_in_the_reference() -> None:
    declared = {
        found.name for module in (storage, tables) for found in vars(module).values() if isinstance(found, Activity)
    }
    page = (Path(__file__).parents[3] / "docs" / "reference" / "activities.md").read_text()

    assert set(worker.handlers) == declared == set(re.findall(r"^\| `(storage\.[a-z-]+)`", page, re.MULTILINE))


async def listed(calls: Calls, request: ListPage) -> ObjectPage:
    page = await calls.call(LIST_PAGE, request)
    assert isinstance(page, ObjectPage), page
    return page
