"""One client's connection: the HTTP protocol of uvicorn, with bounds on what a client can make the service keep.

1. The line and the headers of a request have at most `HEAD_BYTES_MAX` bytes and `HEADERS_MAX` fields. As many bytes may
   come between two pieces of a body (chunk extensions, trailers). How large a body is bounds whoever reads it.
2. Of a body that nobody reads, since it was answered already, so much is taken and forgotten that its sender comes to
   read the answer; then the connection is dropped.
3. A head is complete within `HEAD_SECONDS`; a body goes on within `BODY_SECONDS`, and so does the client in reading its
   answer. What does not is dropped, by the next look at it, and so is what comes beyond `CONNECTIONS_MAX`.
4. One timer for a connection looks now and then, so that a request costs none of its own.
5. A client's mistakes are told to the client alone, not to the log.
"""

from __future__ import annotations

import asyncio
import logging

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 32 * 1024
HEADERS_MAX = 100
DISCARDED_BYTES_MAX = 16 * 1024 * 1024
HEAD_SECONDS = 15.0
BODY_SECONDS = 30.0
CONNECTIONS_MAX = 5000

_TOO_LARGE = b"431 Request Header Fields Too Large"
_TOO_SLOW = b"408 Request Timeout"
_log = logging.getLogger("durable.http.requests")
_log.setLevel(logging.ERROR)


class HeadTooLarge(Exception):
    """The line and the headers of a request exceed the bounds."""


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, with bounds.

    `_kept` counts bytes of which the parser has made nothing yet. `_owes_since` is when the client began to owe the
    rest of a head or the next piece of a body, `_stuck_since` when it stopped to read its answer.
    """

    _kept = 0
    _discarded = 0
    _in_head = True
    _owes_since: float | None = None
    _stuck_since: float | None = None
    _watch: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # As uvicorn has it.
        super().connection_made(transport)
        self.logger = _log
        self._owes_since = self.loop.time()
        self._watch = self.loop.call_later(HEAD_SECONDS, self._look)
        if len(self.connections) > CONNECTIONS_MAX:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        self._kept += len(data)
        super().data_received(data)
        if self._kept > HEAD_BYTES_MAX and not self.transport.is_closing():
            self._refuse(_TOO_LARGE)

    def send_400_response(self, msg: str) -> None:
        if self._is_too_large():
            self._refuse(_TOO_LARGE)
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        self._in_head, self._owes_since = True, self.loop.time()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > HEADERS_MAX:
            raise HeadTooLarge

    def on_headers_complete(self) -> None:
        if self._is_too_large():
            raise HeadTooLarge
        self._kept, self._in_head, self._owes_since, self._discarded = 0, False, self.loop.time(), 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._kept, self._owes_since = 0, self.loop.time()
        super().on_body(body)
        if self.cycle.response_complete:
            self._discarded += len(body)
            if self._discarded > DISCARDED_BYTES_MAX:
                self.transport.abort()

    def on_message_complete(self) -> None:
        self._kept, self._in_head, self._owes_since = 0, True, None
        super().on_message_complete()

    def pause_writing(self) -> None:
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._stuck_since = None
        super().resume_writing()

    def _is_too_large(self) -> bool:
        fields = self.headers or []
        size = len(getattr(self, "url", b"")) + sum(len(name) + len(value) for name, value in fields)
        return size > HEAD_BYTES_MAX or len(fields) > HEADERS_MAX

    def _look(self) -> None:
        if self._is_late(self._stuck_since, BODY_SECONDS):
            self.transport.abort()
        elif self._in_head and self._is_late(self._owes_since, HEAD_SECONDS):
            self._refuse(_TOO_SLOW)
        elif not self._in_head and not self.flow.read_paused and self._is_late(self._owes_since, BODY_SECONDS):
            self.transport.abort()
        else:
            self._watch = self.loop.call_later(HEAD_SECONDS, self._look)

    def _is_late(self, since: float | None, seconds: float) -> bool:
        return since is not None and self.loop.time() - since >= seconds

    def _refuse(self, status: bytes) -> None:
        self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
