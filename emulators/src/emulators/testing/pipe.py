"""A connection between two protocols of one event loop, without a socket.

1. What one end writes the other receives in a later turn of the loop, never at once: as with a socket.
2. An end that stops reading makes the other pause its writing.
3. `close` lets what was written arrive, then ends the stream; `abort` resets the connection.
"""

import asyncio
from collections import deque
from typing import Any

_HIGH_WATER = 64 * 1024


class PipeEnd(asyncio.Transport):
    """One end, with the protocol that uses it."""

    def __init__(self, protocol: asyncio.Protocol, peername: tuple[str, int]) -> None:
        super().__init__({"peername": peername, "socket": None})
        self._loop = asyncio.get_running_loop()
        self._protocol: asyncio.BaseProtocol = protocol
        self._peer: PipeEnd | None = None
        self._inbox: deque[bytes] = deque()
        self.unread_bytes = 0
        self._high_water = _HIGH_WATER
        self._ended = False
        self._is_reading = True
        self._is_closing = self._is_due = self.is_lost = self._is_paused = False

    def connect(self, peer: "PipeEnd") -> None:
        """Join the two ends; called once for each."""
        self._peer = peer
        self._protocol.connection_made(self)

    def write(self, data: Any) -> None:
        """Send; what is sent after the other end is gone is lost."""
        if self._is_closing or self._peer is None or not data:
            return
        if self._peer.is_lost:
            self._loop.call_soon(self.lose, BrokenPipeError())
            return
        self._peer.receive(bytes(data))
        if not self._is_paused and self._peer.unread_bytes > self._high_water:
            self._is_paused = True
            self._protocol.pause_writing()

    def close(self) -> None:
        """Let what was written arrive, then end."""
        if not self._is_closing:
            self._is_closing = True
            if self._peer is not None:
                self._peer.end()
            self._loop.call_soon(self.lose, None)

    def abort(self) -> None:
        """End at once."""
        self._is_closing = True
        self._loop.call_soon(self.lose, None)
        if self._peer is not None:
            self._loop.call_soon(self._peer.lose, ConnectionResetError())

    def is_closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._is_closing

    def can_write_eof(self) -> bool:
        """There is no half of a pipe to close."""
        return False

    def pause_reading(self) -> None:
        """Keep what comes until reading goes on."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """Read what has come."""
        self._is_reading = True
        self._schedule()

    def is_reading(self) -> bool:
        """Whether what comes is read."""
        return self._is_reading

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:  # noqa: ARG002  # As asyncio names it.
        """Pause the writing when more than `high` bytes are unread; it goes on when all are read."""
        self._high_water = _HIGH_WATER if high is None else high

    def get_write_buffer_size(self) -> int:
        """How much the other end has not read."""
        return 0 if self._peer is None else self._peer.unread_bytes

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who uses this end."""
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Give this end to another."""
        self._protocol = protocol

    def receive(self, data: bytes) -> None:
        """The other end has written."""
        self._inbox.append(data)
        self.unread_bytes += len(data)
        self._schedule()

    def end(self) -> None:
        """The other end writes no more."""
        self._ended = True
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        self._is_due = False
        protocol = self._protocol
        assert isinstance(protocol, asyncio.Protocol)
        if self._inbox and self._is_reading and not self.is_lost:
            data = b"".join(self._inbox)
            self._inbox.clear()
            self.unread_bytes = 0
            if self._peer is not None:
                self._peer.drained()
            protocol.data_received(data)
        if self._ended and not self._inbox and not self.is_lost:
            self._ended = False
            if not protocol.eof_received():
                self.close()

    def drained(self) -> None:
        """The other end has read everything."""
        if self._is_paused:
            self._is_paused = False
            self._protocol.resume_writing()

    def lose(self, error: Exception | None) -> None:
        """The connection is gone."""
        if not self.is_lost:
            self.is_lost = self._is_closing = True
            self._protocol.connection_lost(error)


def pipe(client: asyncio.Protocol, server: asyncio.Protocol, address: tuple[str, int]) -> PipeEnd:
    """Connect a client with a server; gives the client's end."""
    client_end, server_end = PipeEnd(client, address), PipeEnd(server, ("in-process", 0))
    server_end.connect(client_end)
    client_end.connect(server_end)
    return client_end
