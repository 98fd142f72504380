import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from obstore.auth.azure import AzureCredentialProvider
from obstore.store import AzureStore

from durable.adapters.objects import Objects, objects_from, stores_from
from durable.errors import InvalidName, ObjectNotFound, SettingsInvalid
from durable.objects import ObjectStore
from tests.contract.objects_contract import ObjectsContract, chunks, listed


@dataclass(frozen=True)
class LocalWorld:
    objects: ObjectStore
    folder: Path

    def files(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture
def world(tmp_path: Path) -> LocalWorld:
    folder = tmp_path / "a folder" / "100% neu"
    return LocalWorld(objects_from(folder.as_uri()), folder)


class TestObjectsInAFolder(ObjectsContract):
    pass


async def test_a_cancelled_stream_leaves_no_file(world: LocalWorld) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b"x" * 1_000_000
        begun.set()
        await asyncio.Event().wait()

    writing = asyncio.create_task(world.objects.put("a/b", endless()))
    await begun.wait()

    writing.cancel()
    await asyncio.wait([writing])

    assert writing.cancelled()
    assert world.files() == []


async def test_what_a_killed_writer_left_is_no_object(world: LocalWorld) -> None:
    await world.objects.put("a/b", b"whole")
    (world.folder / "a" / "b#1").write_bytes(b"half")

    assert await listed(world.objects, "a") == ["a/b"]
    with pytest.raises(InvalidName):
        await world.objects.get("a/b#1")


async def test_an_object_is_a_plain_file_of_its_name(world: LocalWorld) -> None:
    await world.objects.put("out/run:1/Füße 100%.md", chunks(b"text"))

    assert (world.folder / "out" / "run:1" / "Füße 100%.md").read_bytes() == b"text"


async def test_an_object_cannot_be_a_folder_too(world: LocalWorld) -> None:
    await world.objects.put("a/b", b"")

    for name in ("a", "a/b/c", "x" * 300):
        with pytest.raises(InvalidName):
            await world.objects.put(name, b"")
    with pytest.raises(ObjectNotFound):
        await world.objects.get("x" * 300)


def test_an_azure_container_is_opened_by_identity() -> None:
    objects = objects_from("az://account/container", client_id="00000000-0000-0000-0000-000000000000")

    assert isinstance(objects, Objects)
    assert isinstance(objects._store, AzureStore)
    assert isinstance(objects._store.credential_provider, AzureCredentialProvider)
    assert (objects._store.config["account_name"], objects._store.config["container_name"]) == ("account", "container")


@pytest.mark.parametrize(
    "url", ["", "relative/folder", "file://host/folder", "s3://bucket", "az://account", "az://a/b/c"]
)
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="OBJECT_STORE_URL"):
        objects_from(url)


def test_two_names_of_one_address_are_one_store(tmp_path: Path) -> None:
    main, archive = (tmp_path / "main").as_uri(), (tmp_path / "archive").as_uri()

    stores = stores_from(main, {"alias": f"{main}/", "archive": archive, "old": archive})

    assert stores["alias"] is stores["main"] is stores.main
    assert stores["old"] is stores["archive"] is not stores.main
    with pytest.raises(SettingsInvalid, match="OBJECT_STORES"):
        stores_from(main, {"elsewhere": "ftp://somewhere"})
