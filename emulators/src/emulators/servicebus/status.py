"""A very small HTTP listener for launchers and benchmarks: `/health/ready` and `/stats`, as JSON."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict

from emulators.servicebus.broker.queue import Counts

_REQUEST_BYTES_MAX = 8192


class StatusListener:
    """Answers one request for each connection."""

    def __init__(self, counts: Callable[[], dict[str, Counts]]) -> None:
        self._pages: dict[str, Callable[[], object]] = {
            "/health/ready": lambda: {"status": "ready"},
            "/stats": lambda: {name: asdict(each) for name, each in counts().items()},
        }
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen and give the port; raises `OSError` if it is taken."""
        self._server = await asyncio.start_server(self._answer, host, port, limit=_REQUEST_BYTES_MAX)
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(self._response(head))
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            return
        finally:
            writer.close()

    def _response(self, head: bytes) -> bytes:
        method, _, rest = head.decode("latin-1").partition(" ")
        page = self._pages.get(rest.split(" ", 1)[0].split("?", 1)[0])
        status = "405 Method Not Allowed" if method != "GET" else "200 OK" if page else "404 Not Found"
        body = json.dumps(page() if page and method == "GET" else {"error": status}).encode()
        lines = (
            f"HTTP/1.1 {status}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            "Connection: close",
        )
        return "\r\n".join((*lines, "", "")).encode() + body
