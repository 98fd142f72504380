"""What a client can make the server keep, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from fastapi import Request
from starlette.types import ASGIApp

from durable.http import connection
from durable.http.body import body_of
from durable.http.connection import HEAD_BYTES_MAX, HEADERS_MAX
from durable.http.serving import serving

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BODY = b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"


async def counting(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the size of the body."""
    size = len(await body_of(Request(scope, receive), 10_000_000))
    text = b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


@asynccontextmanager
async def connected(app: ASGIApp = counting) -> AsyncIterator[Wire]:
    async with serving(app, "127.0.0.1", 0) as port, asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def status_of(wire: Wire) -> bytes:
    return (await wire[0].readline()).rstrip()


def head(*fields: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nhost: a\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        head(b"a: " + b"x" * HEAD_BYTES_MAX),
        head(*[b"a%d: x" % number for number in range(HEADERS_MAX)]),
        head(*[b"a%d: %b" % (number, b"x" * 4096) for number in range(9)]),
        b"GET /" + b"x" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nhost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\na: " + b"x" * HEAD_BYTES_MAX,
        b"GET /" + b"x" * HEAD_BYTES_MAX,
    ],
    ids=[
        "a long field",
        "many fields",
        "fields long together",
        "a long target",
        "no end of a field",
        "no end of a target",
    ],
)
async def test_a_head_that_is_too_large_is_refused(request_: bytes) -> None:
    async with connected() as wire:
        wire[1].write(request_)

        assert await status_of(wire) == b"HTTP/1.1 431 Request Header Fields Too Large"
        assert (await wire[0].read()).endswith(b"connection: close\r\n\r\n")


async def test_a_head_within_the_bounds_is_taken_again_and_again() -> None:
    request = head(*[b"a%d: %b" % (number, b"x" * 300) for number in range(HEADERS_MAX - 1)])

    async with connected() as wire:
        for _ in range(3):
            wire[1].write(request)
            assert await status_of(wire) == b"HTTP/1.1 200 OK"
            await wire[0].readuntil(b"\r\n\r\n0")


@pytest.mark.parametrize("size", [HEAD_BYTES_MAX + 1, 300_000])
async def test_a_body_is_no_head_however_large_it_is(size: int) -> None:
    async with connected() as wire:
        for _ in range(3):
            wire[1].write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)
            assert await status_of(wire) == b"HTTP/1.1 200 OK"
            await wire[0].readuntil(b"\r\n\r\n%d" % size)


@pytest.mark.parametrize(
    "rest",
    [
        b"1\r\nx\r\n0\r\n" + b"".join(b"a%d: x\r\n" % number for number in range(200)) + b"\r\n",
        b"1\r\nx\r\n0\r\na: " + b"x" * 400_000,
        b"1;" + b"x" * 400_000,
    ],
    ids=["many trailers", "a trailer without end", "a chunk extension without end"],
)
async def test_what_comes_beside_a_body_is_bounded_too(rest: bytes) -> None:
    async with connected() as wire:
        wire[1].write(BODY)
        wire[1].write(rest)

        assert await status_of(wire) == b"HTTP/1.1 431 Request Header Fields Too Large"


async def test_a_body_that_nobody_reads_is_not_taken_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "DISCARDED_BYTES_MAX", 1_000_000)

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async with connected(refusing) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 900000\r\n\r\n" + b"x" * 900_000)
        assert await status_of((reader, writer)) == b"HTTP/1.1 401 Unauthorized"
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9000000000\r\n\r\n")
        assert await status_of((reader, writer)) == b"HTTP/1.1 401 Unauthorized"

        with pytest.raises(ConnectionError):
            await write_without_end(writer)


async def write_without_end(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\na: "])
async def test_a_head_that_is_not_complete_in_time_is_refused(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    async with connected() as wire:
        wire[1].write(begun)

        assert await status_of(wire) == b"HTTP/1.1 408 Request Timeout"


async def test_a_body_that_does_not_go_on_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    monkeypatch.setattr(connection, "BODY_SECONDS", 0.05)
    async with connected() as wire:
        wire[1].write(BODY + b"1\r\nx\r\n")

        assert await wire[0].read() == b""


async def test_a_client_that_does_not_read_its_answer_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    monkeypatch.setattr(connection, "BODY_SECONDS", 0.05)
    dropped = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        waiting = asyncio.create_task(receive())
        while not waiting.done():
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
            await asyncio.sleep(0)
        dropped.set()

    async with connected(app) as wire:
        wire[1].write(head())
        wire[0]._transport.pause_reading()  # type: ignore[attr-defined]  # As a client that reads nothing.

        await dropped.wait()


async def test_a_connection_that_waits_for_its_answer_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.01)
    monkeypatch.setattr(connection, "BODY_SECONDS", 0.01)

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await body_of(Request(scope, receive), 100)
        await asyncio.sleep(0.2)
        await counting(scope, receive_nothing, send)

    async def receive_nothing() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async with connected(slow) as wire:
        wire[1].write(head())

        assert await status_of(wire) == b"HTTP/1.1 200 OK"


async def test_so_many_connections_are_kept_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECTIONS_MAX", 2)
    async with serving(counting, "127.0.0.1", 0) as port, asyncio.timeout(20):
        wires = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        wires[0][1].write(head())
        wires[1][1].write(head())
        assert [await status_of(wire) for wire in wires] == [b"HTTP/1.1 200 OK"] * 2
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        with suppress(ConnectionResetError):
            assert await reader.read() == b""

        for _, each in [*wires, (reader, writer)]:
            each.transport.abort()


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Proto", "X-Forwarded-Host"])
async def test_what_is_said_of_the_client_on_the_way_is_not_believed(name: str) -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["client"][0], scope["scheme"], scope["server"][0]))
        await counting(scope, receive, send)

    async with connected(app) as wire:
        wire[1].write(head(f"{name}: 203.0.113.7, https".encode()))
        await status_of(wire)

    assert seen == [("127.0.0.1", "http", "127.0.0.1")]


async def test_an_answer_does_not_tell_by_what_it_was_made() -> None:
    async with connected() as wire:
        wire[1].write(head())

        assert b"server:" not in (await wire[0].readuntil(b"\r\n\r\n")).lower()
