"""Broken HTTP in its smallest forms, and what became of each."""

import asyncio
import ssl
from typing import NamedTuple

HEAD = b"GET / HTTP/1.1\r\nhost: localhost\r\n"
END = b"\r\n"
BIG = b"x" * 100_000
ANSWER_SECONDS = 20.0

ATTACKS: dict[str, bytes] = {
    "not HTTP": b"\x00\x01\x02\x03\r\n\r\n",
    "AMQP": b"AMQP\x03\x01\x00\x00" + bytes(100),
    "TLS to whatever listens": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
    "an unknown method": b"FLY / HTTP/1.1\r\n\r\n",
    "a version that does not exist": b"GET / HTTP/9.9\r\n\r\n",
    "a target that is no path": b"GET \xff\xfe HTTP/1.1\r\n\r\n",
    "a connect": b"CONNECT localhost:1 HTTP/1.1\r\n\r\n",
    "an endless path": b"GET /" + BIG + b" HTTP/1.1\r\n\r\n",
    "an endless path without an end": b"GET /" + BIG,
    "an endless header": HEAD + b"a: " + BIG + END + END,
    "an endless header without an end": HEAD + b"a: " + BIG,
    "an endless name of a header": HEAD + BIG,
    "a flood of headers": HEAD + b"a: b\r\n" * 20_000 + END,
    "a flood of headers without an end": HEAD + b"a: b\r\n" * 20_000,
    "a header without a colon": HEAD + b"nothing\r\n\r\n",
    "a control character in a header": HEAD + b"a: \x00\x01\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    "a length that is no number": b"POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n",
    "a length beyond 64 bits": b"POST / HTTP/1.1\r\ncontent-length: 99999999999999999999999\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "a length and chunks": b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk whose size is no number": b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
    "a chunk beyond 64 bits": b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffffff\r\n\r\n",
    "a chunk without its end": b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n",
    "a coding that does not exist": b"POST / HTTP/1.1\r\ntransfer-encoding: magic\r\n\r\n",
    "a broken escape": b"GET /%zz%ff%c3%28%00 HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "a host of nonsense": b"GET / HTTP/1.1\r\nhost: \xff\xfe[::\r\n\r\n",
    "an upgrade to nothing": HEAD + b"connection: upgrade\r\nupgrade: websocket\r\n\r\n",
    "a body of ten megabytes": b"POST /x HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10000000\r\n\r\n"
    + bytes(10_000_000),
    "a request in a request": HEAD + b"content-length: 5\r\n\r\nGET / " + HEAD + END,
    "a thousand requests at once": (HEAD + END) * 1000,
}


class Outcome(NamedTuple):
    """The first status that came, 0 if none, and whether the endpoint closed."""

    status: int
    closed: bool


async def attack(
    port: int, data: bytes, tls: ssl.SSLContext | None = None, *, seconds: float = ANSWER_SECONDS
) -> Outcome:
    """Send bytes and wait for an answer, or for the end."""
    reader, writer = await asyncio.open_connection("localhost" if tls else "127.0.0.1", port, ssl=tls)
    answer, closed = b"", False
    try:
        sending = asyncio.ensure_future(_sent(writer, data))
        async with asyncio.timeout(seconds):
            answer = await reader.read(64)
            closed = not answer
        sending.cancel()
    except (TimeoutError, ConnectionError):
        closed = not answer
    finally:
        writer.transport.abort()
    status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0
    return Outcome(status, closed)


async def _sent(writer: asyncio.StreamWriter, data: bytes) -> None:
    try:
        writer.write(data)
        await writer.drain()
    except ConnectionError:
        return
