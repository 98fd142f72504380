"""The web server of all endpoints: the HTTP protocol of uvicorn on a plain asyncio listener.

1. `uvicorn.Server` would add signal handlers, a tick of ten a second, and waits of its own at every stop.
2. What a client can make the server keep is bounded: the line and the headers of a request, the time until it is
   complete, connections. Bodies are bounded by the applications, which know how large they may be.
3. A client's mistakes are told to the client alone, not to the log.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

Send: TypeAlias = Callable[[Any], Awaitable[None]]

_BACKLOG = 512
_IDLE_SECONDS = 600
_GRACE_SECONDS = 2.0
HEAD_BYTES_MAX = 64 * 1024
REQUEST_SECONDS = 60.0
CONNECTIONS_MAX = 5000

# What keeping a header costs beside its bytes.
_HEADER_BYTES = 64
_TOO_LARGE = b"431 Request Header Fields Too Large"
_LOGGER = logging.getLogger("emulators.web.requests")
_LOGGER.setLevel(logging.ERROR)


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

    def write_whole(self, data: bytes) -> None:
        """Write an answer that is complete."""
        self._flush()
        self._transport.write(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def respond(send: Send, status: int, fields: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
    """Answer with everything at once. The fields must be in lower case, and free of line breaks; the length is added.

    An application that knows all of its answer spares itself what `send` checks and does for each part.
    """
    fields = [*fields, (b"content-length", b"%d" % len(body))]
    cycle = getattr(send, "__self__", None)
    if not isinstance(cycle, RequestResponseCycle) or not _may_write(cycle):
        await send({"type": "http.response.start", "status": status, "headers": fields})
        await send({"type": "http.response.body", "body": body})
        return
    lines = [b"%b: %b\r\n" % field for field in (*cycle.default_headers, *fields)]
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write_whole(b"".join((STATUS_LINE[status], *lines, b"\r\n", body)))  # type: ignore[attr-defined]  # Ours.
    cycle.message_event.set()
    cycle.on_response()


def _may_write(cycle: RequestResponseCycle) -> bool:
    usual = cycle.keep_alive and not cycle.response_started and cycle.scope["method"] != "HEAD"
    return usual and not cycle.disconnected and not cycle.flow.write_paused


class HeadTooLarge(Exception):
    """The line and the headers of a request exceed the limit."""


class Connection(HttpToolsProtocol):
    """One client: uvicorn's protocol, with bounds.

    `_since` is when the request that comes in began, or when the connection began to wait for its first; one timer
    looks at it now and then, so that a request costs none of its own.
    """

    _heads = 0
    _head_bytes = 0
    _chunk_bytes = 0
    _in_head = True
    _since: float | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # As uvicorn has it.
        super().connection_made(cast("asyncio.Transport", _Joined(transport)))
        self.logger = _LOGGER
        self.app_state = {"abort": transport.abort}
        self._since = self.loop.time()
        self._watch = self.loop.call_later(REQUEST_SECONDS, self._look)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        was_in_head, heads, self._chunk_bytes = self._in_head, self._heads, len(data)
        super().data_received(data)
        # The parser keeps a header until it is whole, however long that takes. A request that came whole is none.
        if was_in_head and self._in_head and self._heads == heads and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse(_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        if self._is_too_large():
            self._refuse(_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        self._head_bytes, self._in_head, self._since = 0, True, self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._head_bytes + self._chunk_bytes > HEAD_BYTES_MAX and self._is_too_large():
            raise HeadTooLarge
        self._heads, self._head_bytes, self._in_head = self._heads + 1, 0, False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._since = True, None
        super().on_message_complete()

    def _is_too_large(self) -> bool:
        fields = self.headers or []
        size = len(getattr(self, "url", b"")) + sum(len(name) + len(value) for name, value in fields)
        return size + _HEADER_BYTES * len(fields) > HEAD_BYTES_MAX

    def _look(self) -> None:
        now = self.loop.time()
        if self._since is not None and now - self._since >= REQUEST_SECONDS:
            self._give_up()
        else:
            self._watch = self.loop.call_later(REQUEST_SECONDS, self._look)

    def _give_up(self) -> None:
        if self._in_head:
            self._refuse(b"408 Request Timeout")
        else:
            self.transport.abort()

    def _refuse(self, status: bytes) -> None:
        self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()


def address(host: str, port: int) -> str:
    """Host and port as they stand in an address; an IPv6 address needs brackets there."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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
        return f"{'http' if self._tls is None else 'https'}://{address(host, port)}"

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
        return Connection(config=self._config, server_state=self._state, app_state={})
