"""What goes out on a connection: held back until the hub ends its turn, and then written in one piece.

A peer that does not read what it gets gets nothing more, and is not listened to, until it has caught up: so what it
can make the endpoint keep is bounded, whatever its credit and however often it asks.
"""

import asyncio
from typing import cast

from emulators.servicebus.wire.hub import Hub

HELD_BYTES_MAX = 4 << 20


class Outflow(asyncio.Protocol):
    """The sending half of a connection."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.is_full = False
        self._transport: asyncio.Transport | None = None
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._chokes = False
        self._closing = False
        self._told_at = hub.loop_time()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not asked for its class: uvloop's transports are none of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=HELD_BYTES_MAX)

    @property
    def address(self) -> str:
        """Where the client is, as far as its transport tells."""
        place = None if self._transport is None else self._transport.get_extra_info("peername")
        return f"{place[0]}:{place[1]}" if isinstance(place, tuple) else ""

    def send(self, data: bytes) -> None:
        """Hold a frame back until the end of the turn."""
        if not self._held:
            self.hub.hold(self)
        self._held.append(data)
        self._held_bytes += len(data)
        if self._held_bytes > HELD_BYTES_MAX:
            self._fill()

    def flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._held))
            self._told_at = self.hub.loop_time()
            if self._closing:
                self._transport.close()
        self._held.clear()
        self._held_bytes = 0
        if self.is_full and not self._chokes:
            self._ease()

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def beat(self, now: float) -> None:
        """Keep the connection alive, or end it."""
        raise NotImplementedError

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        self._chokes = True
        self._fill()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._chokes = False
        self._ease()

    def go_on(self) -> None:
        """Take up what was left when the connection was full."""
        raise NotImplementedError

    def _fill(self) -> None:
        if not self.is_full and self._transport is not None:
            self.is_full = True
            self._transport.pause_reading()

    def _ease(self) -> None:
        self.is_full = False
        if self._transport is not None and not self._closing:
            self._transport.resume_reading()
            self.go_on()
