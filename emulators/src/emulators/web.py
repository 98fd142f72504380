"""The web server of both endpoints: the HTTP protocol of uvicorn on a plain asyncio listener.

`uvicorn.Server` would add signal handlers, a tick of ten a second, and waits of its own at every stop.
"""

import asyncio
import ssl
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

_BACKLOG = 512
_IDLE_SECONDS = 600
_GRACE_SECONDS = 2.0


class _Joined:
    """A transport that writes the head of an answer and its body in one piece: each piece wakes the client.

    What is written first waits for the second, or for the next turn of the loop.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self._loop = asyncio.get_running_loop()

    def write(self, data: bytes) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head + data)
        else:
            self._head = data
            self._loop.call_soon(self._flush)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Connection(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # As uvicorn has it.
        super().connection_made(cast("asyncio.Transport", _Joined(transport)))
        self.app_state = {"abort": transport.abort}


class WebServer:
    """Serves an ASGI application on one address, in the running loop.

    Port 0 takes a free one. With `tls`, a server context that has its certificate, it speaks HTTPS and nothing else.
    The application finds in `scope["state"]["abort"]` what drops its connection without a word.
    """

    def __init__(self, app: Any, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        self._address = (host, port)
        self._tls = tls
        self._state = ServerState()
        self._config = uvicorn.Config(
            app,
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            timeout_keep_alive=_IDLE_SECONDS,
            ws="none",
        )
        self._config.load()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Return the address for clients."""
        assert self._server is not None, "The endpoint has not been started."
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{'http' if self._tls is None else 'https'}://{host}:{port}"

    async def start(self) -> None:
        """Begin to accept connections; raises OSError if the port is taken.

        The loop makes the socket: with one made by `socket.create_server` asyncio doesn't recognise TCP, leaves Nagle's
        algorithm on, and each answer waits 40 ms for the client's delayed acknowledgement.
        """
        host, port = self._address
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, host, port, backlog=_BACKLOG, ssl=self._tls)

    async def stop(self) -> None:
        """Answer what was asked, then close all connections; nothing happens if it was never started."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            await asyncio.wait(self._state.tasks, timeout=_GRACE_SECONDS)
        while self._state.connections:
            for connection in list(self._state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)

    def _protocol(self) -> HttpToolsProtocol:
        return _Connection(config=self._config, server_state=self._state, app_state={})
