import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import orjson
import pytest

from durable.adapters.objects import objects_from
from tests.support.ingestor_world import IngestorWorld
from tests.support.served import served

LIMIT = 20_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def world() -> IngestorWorld:
    world = IngestorWorld()
    world.limits = replace(world.limits, upload_bytes=LIMIT)
    return world


@pytest.fixture
async def url(world: IngestorWorld, folder: Path) -> AsyncIterator[str]:
    async with served(world.app(objects=objects_from(folder.as_uri()))) as url:
        yield url


async def spoken(url: str, request: bytes) -> tuple[int, dict[str, object]]:
    """Send bytes that no client would correct, and read the answer."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    body = await reader.readexactly(int(length.split(b":")[1]))
    writer.close()
    await writer.wait_closed()
    return int(head.split(b" ")[1]), orjson.loads(body)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", [b"../a", b"..", b"%2e%2e/a", b"%2E%2E%2Fa", b"a/%2e%2e/b", b"/a", b"a%00b", b"a\\b"])
async def test_a_name_that_leads_elsewhere_is_refused_as_it_stands_on_the_wire(
    url: str, folder: Path, name: bytes
) -> None:
    status, problem = await spoken(url, b"POST /files/" + name + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx")

    assert status == 422
    assert "expected an object name" in str(problem["detail"])
    assert files_in(folder) == []


async def test_a_large_file_is_streamed_into_the_store(url: str, folder: Path, world: IngestorWorld) -> None:
    async def content() -> AsyncIterator[bytes]:
        for number in range(190):
            yield bytes([number]) * 100_000

    async with aiohttp.ClientSession() as session, session.post(f"{url}/files/in/a.csv", data=content()) as response:
        answer = await response.json()

    assert (response.status, answer["size"]) == (202, 19_000_000)
    stored = (folder / answer["object"]).read_bytes()
    assert stored == b"".join(bytes([number]) * 100_000 for number in range(190))
    assert len(await world.published()) == 1


async def test_a_file_over_the_limit_leaves_nothing(url: str, folder: Path, world: IngestorWorld) -> None:
    async def content() -> AsyncIterator[bytes]:
        for _ in range(210):
            yield b"x" * 100_000

    async with aiohttp.ClientSession() as session, session.post(f"{url}/files/a", data=content()) as response:
        problem = await response.json(content_type="application/problem+json")

    assert (response.status, problem["type"]) == (413, "urn:durable:problem:too-large")
    assert files_in(folder) == []
    assert list(await world.published()) == []


async def test_an_upload_that_breaks_off_leaves_nothing(url: str, folder: Path, world: IngestorWorld) -> None:
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(b"POST /files/a HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 8_000_000)
    await writer.drain()
    async with asyncio.timeout(10):
        while not files_in(folder):  # noqa: ASYNC110  Nobody tells when the store has begun.
            await asyncio.sleep(0.01)

    writer.close()
    await writer.wait_closed()

    async with asyncio.timeout(10):
        while files_in(folder):  # noqa: ASYNC110  Nobody tells when the server has noticed.
            await asyncio.sleep(0.01)
    assert list(await world.published()) == []
