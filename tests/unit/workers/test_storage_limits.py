import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from contracts.locations import Location
from contracts.storage import COPY_OBJECT, SIGN_URL, CopyObject, SignUrl, StoredObject
from durable import NonRetryable
from durable.adapters.memory import MemoryObjects
from durable.adapters.objects import objects_from
from durable.errors import ObjectNotFound, TransientError
from durable.failure import Failure
from durable.stores import ObjectStores
from storage_worker.copying import copy_object
from tests.support.azure_account import Refusal, Silence
from tests.support.azure_blobs import a_blob_account
from tests.support.storage_world import StorageWorld, a_storage_world

MEGABYTE = 1 << 20
HUGE = 200 * MEGABYTE
SOURCE, TARGET = Location(store="azure", name="in/a"), Location(name="out/a")


async def test_an_object_of_200_mb_is_copied_with_a_few_parts_of_it_in_memory(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    with (tmp_path / "from" / "huge").open("wb") as file:
        file.truncate(HUGE)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.huge_copy", (tmp_path / "from").as_uri(), (tmp_path / "to").as_uri()),
        "huge",
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()

    size, sha256, grown = told.decode().split()
    assert (int(size), sha256) == (HUGE, zeros_hash(HUGE))
    assert (tmp_path / "to" / "huge").stat().st_size == HUGE
    assert int(grown) < 64 * MEGABYTE


@pytest.mark.parametrize(
    "refusal", [Refusal(500, "InternalError"), Refusal(503, "ServerBusy"), Refusal(429, "TooManyRequests"), Silence()]
)
async def test_a_store_that_is_unwell_fails_the_attempt_and_nothing_is_written(refusal: Refusal | Silence) -> None:
    main = MemoryObjects()
    async with a_blob_account() as (account, blobs, objects):
        blobs.blobs["in/a"] = b"x"
        account.refuse(*[refusal] * 3)
        with pytest.raises(TransientError):
            await copy_object(ObjectStores(main, {"azure": objects}), SOURCE, TARGET, lambda _: None)

    with pytest.raises(ObjectNotFound):
        await main.info("out/a")


async def test_a_blob_that_disappeared_between_listing_and_reading_fails_for_good() -> None:
    main = MemoryObjects()
    async with a_blob_account() as (_, blobs, objects):
        blobs.blobs["in/a"] = b"x"
        listed = await objects.page("in", "", 10)
        del blobs.blobs["in/a"]
        with pytest.raises(NonRetryable, match="expected object 'in/a' in store 'azure'; there is none"):
            await copy_object(ObjectStores(main, {"azure": objects}), SOURCE, TARGET, lambda _: None)

    assert [info.name for info in listed] == ["in/a"]


async def test_a_blob_that_is_cut_off_half_way_is_read_on_from_there() -> None:
    main, content = MemoryObjects(), b"".join(b"%07d\n" % n for n in range(12 * MEGABYTE // 8))
    async with a_blob_account() as (account, blobs, objects):
        blobs.blobs["in/a"] = content
        blobs.cut_after = 9 * MEGABYTE
        await copy_object(ObjectStores(main, {"azure": objects}), SOURCE, TARGET, lambda _: None)

    assert await main.get("out/a") == content
    assert len(account.seen) == 2


async def test_a_blob_that_vanishes_half_way_is_not_written_in_part(tmp_path: Path) -> None:
    folder = objects_from(tmp_path.as_uri())
    async with a_blob_account() as (_, blobs, objects):
        blobs.blobs["in/a"] = b"x" * 12 * MEGABYTE
        blobs.cut_after = 9 * MEGABYTE
        blobs.vanishing = True
        with pytest.raises((TransientError, NonRetryable)):
            await copy_object(ObjectStores(folder, {"azure": objects}), SOURCE, TARGET, lambda _: None)

    assert files_in(tmp_path) == []


async def test_blocks_that_are_refused_half_way_make_no_blob() -> None:
    main = MemoryObjects()
    await main.put("out/a", b"x" * 12 * MEGABYTE)
    async with a_blob_account() as (_, blobs, objects):
        blobs.blobs["in/a"] = b"older"
        blobs.blocks_max = 1
        with pytest.raises(TransientError):
            await copy_object(ObjectStores(main, {"azure": objects}), TARGET, SOURCE, lambda _: None)

        assert blobs.blobs == {"in/a": b"older"}


async def test_a_copy_tells_how_far_it_is() -> None:
    main, told = MemoryObjects(), list[int]()
    await main.put("in/a", b"x" * (3 * MEGABYTE + 1))

    await copy_object(ObjectStores(main, {}), Location(name="in/a"), TARGET, told.append)

    assert told == [MEGABYTE, 2 * MEGABYTE, 3 * MEGABYTE, 3 * MEGABYTE + 1]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[StorageWorld]:
    async with a_storage_world(tmp_path) as world:
        yield world


async def test_a_result_holds_no_content(world: StorageWorld) -> None:
    await world.main.put("in/a", b"the content " * 1000)

    copied = await world.calls.call(COPY_OBJECT, CopyObject(source=Location(name="in/a"), target=TARGET))

    assert isinstance(copied, StoredObject)
    assert len(copied.model_dump_json()) < 200


async def test_a_signed_url_stands_in_no_log_and_in_no_failure(
    world: StorageWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    await world.main.put("in/a", b"x")
    request = SignUrl(source=Location(name="in/a"), target=Location(store="archive", name="links/a"))
    await world.calls.call(SIGN_URL, request)
    url = (await world.archive.get("links/a")).decode().strip()
    async with aiohttp.ClientSession() as somebody, somebody.get(url) as answer:
        assert answer.status == 200
    await world.archive.delete("links/a")
    (world.archive_folder / "links").rmdir()
    (world.archive_folder / "links").write_bytes(b"a file in place of the folder")

    failure = await world.calls.call(SIGN_URL, request)

    assert isinstance(failure, Failure)
    assert "signature" not in f"{failure} {caplog.text}"
    assert url.split("signature=")[1] not in f"{failure} {caplog.text}"


def files_in(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


def zeros_hash(size: int) -> str:
    hash_ = hashlib.sha256()
    for _ in range(size // MEGABYTE):
        hash_.update(bytes(MEGABYTE))
    return hash_.hexdigest()
