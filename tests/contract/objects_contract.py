from collections.abc import AsyncIterator
from typing import Protocol

import pytest

from durable.errors import InvalidName, ObjectNotFound
from durable.objects import ObjectInfo, ObjectStore

ODD_NAMES = [
    "a",
    "docs/a b/Füße 🎉.pdf",
    "order:17/run:2/page 1 of 3.md",
    "deep/" * 20 + "end",
    "percent%20/%2e/100%",
    "plus+and&more=1,2;(3)[4]{5}'6'@7!$^~`",
    "dots/..name/...x/name..",
]


class ObjectsWorld(Protocol):
    """An empty object store under test."""

    @property
    def objects(self) -> ObjectStore: ...


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def broken(size: int) -> AsyncIterator[bytes]:
    for _ in range(size):
        yield b"x" * 1_000_000
    raise ConnectionResetError("the sender went away")


async def listed(objects: ObjectStore, prefix: str) -> list[str]:
    return [info.name async for info in objects.list(prefix)]


async def paged(objects: ObjectStore, prefix: str, size: int) -> list[list[str]]:
    pages: list[list[str]] = []
    while page := await objects.page(prefix, pages[-1][-1] if pages else "", size):
        pages.append([info.name for info in page])
    return pages


class ObjectsContract:
    """What `ObjectStore` promises."""

    @pytest.mark.parametrize("name", ODD_NAMES)
    async def test_an_object_is_kept_under_its_name(self, world: ObjectsWorld, name: str) -> None:
        info = await world.objects.put(name, b"content")

        assert info == ObjectInfo(name, 7)
        assert await world.objects.get(name) == b"content"
        assert await world.objects.info(name) == info
        if "/" in name:
            assert [found async for found in world.objects.list(name.rsplit("/", 1)[0])] == [info]
        await world.objects.delete(name)
        with pytest.raises(ObjectNotFound):
            await world.objects.get(name)

    async def test_an_empty_object_is_an_object(self, world: ObjectsWorld) -> None:
        await world.objects.put("empty/bytes", b"")
        await world.objects.put("empty/stream", chunks())

        for name in ("empty/bytes", "empty/stream"):
            assert await world.objects.get(name) == b""
            assert [chunk async for chunk in world.objects.stream(name)] in ([], [b""])
            assert (await world.objects.info(name)).size == 0

    async def test_a_newer_object_replaces_the_older(self, world: ObjectsWorld) -> None:
        await world.objects.put("a/b", b"older and longer")
        await world.objects.put("a/b", b"newer")

        assert await world.objects.get("a/b") == b"newer"
        assert await listed(world.objects, "a") == ["a/b"]

    async def test_a_stream_is_written_and_read_in_bounded_chunks(self, world: ObjectsWorld) -> None:
        parts = [bytes([n]) * 700_000 for n in range(30)]

        info = await world.objects.put("large", chunks(*parts, b"end"))
        read = [chunk async for chunk in world.objects.stream("large")]

        assert info.size == 21_000_003
        assert b"".join(read) == b"".join(parts) + b"end"
        assert max(len(chunk) for chunk in read) <= 10_500_000

    async def test_a_stream_of_many_small_chunks_is_written(self, world: ObjectsWorld) -> None:
        await world.objects.put("small", chunks(*[b"%05d," % n for n in range(5_000)]))

        assert await world.objects.get("small") == b"".join(b"%05d," % n for n in range(5_000))

    @pytest.mark.parametrize("size", [0, 1, 25])
    async def test_a_stream_that_breaks_leaves_nothing(self, world: ObjectsWorld, size: int) -> None:
        await world.objects.put("a/kept", b"older")

        for name in ("a/kept", "a/new"):
            with pytest.raises(ConnectionResetError):
                await world.objects.put(name, broken(size))

        assert await world.objects.get("a/kept") == b"older"
        assert await listed(world.objects, "a") == ["a/kept"]
        with pytest.raises(ObjectNotFound):
            await world.objects.info("a/new")

    async def test_what_is_not_there_is_said(self, world: ObjectsWorld) -> None:
        await world.objects.put("a/b", b"")

        for name in ("a", "a/b/c", "b"):
            with pytest.raises(ObjectNotFound):
                await world.objects.get(name)
            with pytest.raises(ObjectNotFound):
                await world.objects.info(name)
            with pytest.raises(ObjectNotFound):
                await anext(aiter(world.objects.stream(name)))

    async def test_deleting_twice_is_no_error(self, world: ObjectsWorld) -> None:
        await world.objects.put("a/b", b"")

        await world.objects.delete("a/b")
        await world.objects.delete("a/b")
        await world.objects.delete("never/there")

        assert await listed(world.objects, "a") == []

    async def test_a_list_gives_what_lies_under_a_prefix_by_name(self, world: ObjectsWorld) -> None:
        for name in ("p/b", "p/a/2", "p/a/1", "p-other", "pp/x", "p/a-1", "p/Z"):
            await world.objects.put(name, name.encode())

        found = [info async for info in world.objects.list("p")]

        assert [info.name for info in found] == ["p/Z", "p/a-1", "p/a/1", "p/a/2", "p/b"]
        assert [info.size for info in found] == [len(info.name) for info in found]
        assert await listed(world.objects, "p/a") == ["p/a/1", "p/a/2"]
        assert await listed(world.objects, "none") == []

    async def test_pages_give_every_object_once_in_the_order_of_names(self, world: ObjectsWorld) -> None:
        names = ["p-other", "p/Z", "p/a-1", "p/a/1", "p/a/2", "p/b", "pp/x"]
        for name in reversed(names):
            await world.objects.put(name, name.encode())

        assert await paged(world.objects, "p", 2) == [["p/Z", "p/a-1"], ["p/a/1", "p/a/2"], ["p/b"]]
        assert await paged(world.objects, "", 3) == [names[:3], names[3:6], names[6:]]
        assert await paged(world.objects, "none", 3) == []
        assert [info.size for info in await world.objects.page("p/a", "", 9)] == [5, 5]

    async def test_what_comes_and_goes_between_two_pages_does_no_harm_to_the_others(self, world: ObjectsWorld) -> None:
        for name in ("p/b", "p/d", "p/f", "p/h"):
            await world.objects.put(name, b"")

        first = await world.objects.page("p", "", 2)
        for name in ("p/a", "p/e"):
            await world.objects.put(name, b"")
        for name in ("p/d", "p/f"):
            await world.objects.delete(name)
        second = await world.objects.page("p", first[-1].name, 9)

        assert [info.name for info in (*first, *second)] == ["p/b", "p/d", "p/e", "p/h"]

    @pytest.mark.parametrize("name", ["", "/a", "a/", "../a", "a/../b", "a//b", "a\\b", "a\nb", "a?", "x" * 513])
    async def test_an_illegal_name_is_refused_by_every_operation(self, world: ObjectsWorld, name: str) -> None:
        for call in (world.objects.put(name, b""), world.objects.get(name), world.objects.info(name)):
            with pytest.raises(InvalidName):
                await call
        with pytest.raises(InvalidName):
            await anext(aiter(world.objects.stream(name)))
        with pytest.raises(InvalidName):
            await world.objects.delete(name)
