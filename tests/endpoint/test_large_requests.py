import asyncio

import pytest

from emulators.web import HEAD_BYTES_MAX, WebServer


@pytest.mark.parametrize("size", [HEAD_BYTES_MAX, HEAD_BYTES_MAX * 3])
async def test_a_large_request_that_comes_in_one_piece_is_taken_again_and_again(size: int) -> None:
    sizes: list[int] = []
    server = WebServer(counting(sizes), "127.0.0.1", 0)
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    try:
        for _ in range(3):
            writer.write(b"POST / HTTP/1.1\r\nhost: local\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
        await server.stop()

    assert sizes == [size] * 3


def counting(sizes: list[int]):  # type: ignore[no-untyped-def]  # An ASGI application.
    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # As above.
        size, more = 0, True
        while more:
            part = await receive()
            size, more = size + len(part.get("body", b"")), part.get("more_body", False)
        sizes.append(size)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return app
