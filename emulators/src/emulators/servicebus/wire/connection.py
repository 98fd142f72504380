"""A connection: preambles, frames, channels.

1. The order is fixed: SASL preamble, SASL frames, AMQP preamble, `open`, then anything. Clients pipeline from `open`
   on.
2. Output is held back until the hub ends its turn, and then written in one piece.
3. A peer that breaks the protocol is told so in `close`, and cut.
4. The endpoint announces an idle time-out and cuts peers that are silent for twice as long; it keeps peers alive that
   announce one. What else it takes away by itself stands in `eviction.py`.
"""

import asyncio
from collections.abc import Callable, Iterator
from typing import cast

from emulators.servicebus.amqp import frames
from emulators.servicebus.amqp.decode import DecodeError
from emulators.servicebus.amqp.performatives import (
    CLOSE,
    END,
    OPEN,
    Begin,
    Close,
    End,
    Open,
    Performative,
    SaslInit,
    error,
    read_performative,
    write_performative,
)
from emulators.servicebus.amqp.values import Uint, Ushort
from emulators.servicebus.wire.answers import TOKEN_NODE
from emulators.servicebus.wire.claims import Claims
from emulators.servicebus.wire.eviction import evict_links, linkless_too_long
from emulators.servicebus.wire.handshake import FRAMING_ERROR, ILLEGAL_STATE, Handshake, ProtocolBreach, Stage
from emulators.servicebus.wire.hub import Hub
from emulators.servicebus.wire.outgoing import MessageLink
from emulators.servicebus.wire.session import Link, Session

FRAME_BYTES_MAX = 65_536
IDLE_TIMEOUT = 240.0
CHANNEL_MAX = 255
_SMALLEST_FRAME_MAX = 512
_AMQP, _SASL = 0, 1


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.claims = Claims()
        self.host = "localhost"
        self.peer: Open | None = None
        self.peer_frame_bytes = _SMALLEST_FRAME_MAX
        self._sessions: dict[int, Session] = {}
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._handshake = Handshake()
        self._held: list[bytes] = []
        self._closing = False
        self._heard_at = self._told_at = self._linked_at = hub.loop_time()
        self._was_linked = False
        self._peer_idle_timeout: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not asked for its class: uvloop's transports are none of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self.hub.welcome(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.hub.peers.discard(self)
        self._transport = None
        self._end_sessions()
        self.hub.schedule_turn()

    def data_received(self, data: bytes) -> None:
        self._heard_at = self.hub.loop_time()
        self.hub.begin()
        if self._unread:
            data = self._unread + data
        try:
            read = self._read(data)
        except DecodeError as cause:
            self._fail("amqp:decode-error", str(cause))
            return
        except ProtocolBreach as breach:
            self._fail(breach.condition, str(breach))
            return
        self._unread = data[read:]

    def send(self, data: bytes) -> None:
        """Hold a frame back until the end of the turn."""
        if not self._held:
            self.hub.hold(self)
        self._held.append(data)

    def flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._held))
            self._told_at = self.hub.loop_time()
            if self._closing:
                self._transport.close()
        self._held.clear()

    def cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def beat(self, now: float) -> None:
        """Keep the peer alive if it wants that; cut it if it has been silent or without links for too long."""
        if self._peer_idle_timeout is not None and now - self._told_at >= self._peer_idle_timeout / 2:
            self._told_at = now
            self.send(frames.HEARTBEAT)
        if now - self._heard_at > 2 * IDLE_TIMEOUT:
            self._fail("amqp:resource-limit-exceeded", f"Nothing was heard for {now - self._heard_at:.0f} seconds.")
            return
        evict_links(self)
        if next(self.entity_links(), None) is not None:
            self._linked_at, self._was_linked = now, True
        elif (reason := linkless_too_long(self._linked_at, now, was_linked=self._was_linked)) is not None:
            self._fail("amqp:connection:forced", reason)

    def may_use(self, path: str) -> bool:
        """Whether a token that is still good opens this path."""
        return self.claims.until(path) > self.hub.gatekeeper.clock.now()

    def entity_links(self) -> Iterator[tuple[Session, int, Link]]:
        """All links but those of the token node, with their sessions and handles."""
        for session in self._sessions.values():
            for handle, link in list(session.links.items()):
                if link.path.lower() != TOKEN_NODE:
                    yield session, handle, link

    @property
    def address(self) -> str:
        """Where the client is, as far as its transport tells."""
        place = None if self._transport is None else self._transport.get_extra_info("peername")
        return f"{place[0]}:{place[1]}" if isinstance(place, tuple) else ""

    @property
    def links(self) -> list[Link]:
        """The links of all sessions."""
        return [link for session in self._sessions.values() for link in session.links.values()]

    def receiver(self, name: str) -> MessageLink | None:
        """The receiving link of that name, on whichever session."""
        for session in self._sessions.values():
            link = session.receiver(name)
            if link is not None:
                return link
        return None

    def _read(self, data: bytes) -> int:
        at, end = 0, len(data)
        while end - at >= frames.FRAME_HEADER_BYTES and not self._closing:
            if data[at : at + 4] == b"AMQP":
                self._on_preamble(data[at : at + 8])
                at += 8
                continue
            size, offset, kind, channel = frames.read_header(data, at)
            if not frames.FRAME_HEADER_BYTES <= size <= FRAME_BYTES_MAX or offset < 2:
                raise DecodeError(
                    f"a frame of {size} bytes, data offset {offset}: the maximum is {FRAME_BYTES_MAX} bytes"
                )
            if end - at < size:
                break
            start = at + 4 * offset
            if start < at + size:
                self._on_frame(kind, channel, data[start : at + size])
            at += size
        return at

    def _on_preamble(self, preamble: bytes) -> None:
        expected = self._handshake.preamble
        self._closing = not self._handshake.on_preamble(preamble)
        self.send(expected)
        if preamble == frames.SASL_PREAMBLE and not self._closing:
            self.send(frames.SASL_MECHANISMS_FRAME)

    def _on_frame(self, kind: int, channel: int, body: bytes) -> None:
        if kind not in {_AMQP, _SASL}:
            raise DecodeError(f"there is no frame type {kind}")
        performative, read = read_performative(body)
        if kind != _AMQP or self._handshake.stage is not Stage.FRAMES or type(performative) in _EARLY:
            self._handshake.on_frame(kind, channel, performative)
        act = _ACTS.get(type(performative))
        if act is not None:
            act(self, channel, performative)
            return
        session = self._sessions.get(channel)
        if session is not None:
            session.on_frame(performative, body[read:])

    def on_sasl_init(self, _: int, init: SaslInit) -> None:
        accepted = init.mechanism == "ANONYMOUS"
        self.send(frames.SASL_ACCEPTED_FRAME if accepted else frames.SASL_REFUSED_FRAME)
        self._closing = not accepted

    def on_open(self, _: int, peer: Open) -> None:
        self.peer = peer
        self.peer_frame_bytes = max(_SMALLEST_FRAME_MAX, min(peer.max_frame_size or FRAME_BYTES_MAX, 1 << 20))
        self.host = peer.hostname or self.host
        self._peer_idle_timeout = peer.idle_time_out / 1000 if peer.idle_time_out else None
        self._tell_open()

    def _tell_open(self) -> None:
        limits = (Uint(FRAME_BYTES_MAX), Ushort(CHANNEL_MAX), Uint(int(IDLE_TIMEOUT * 1000)))
        self._tell(0, OPEN, "durable-local-service-bus", None, *limits)

    def on_begin(self, channel: int, begin: Begin) -> None:
        if channel > CHANNEL_MAX:
            raise ProtocolBreach(FRAMING_ERROR, f"Channel {channel} is above the highest one, {CHANNEL_MAX}.")
        if channel in self._sessions:
            raise ProtocolBreach(ILLEGAL_STATE, f"There is a session on channel {channel} already.")
        self._sessions[channel] = Session(self, channel, begin)

    def on_end(self, channel: int, _: End) -> None:
        session = self._sessions.pop(channel, None)
        if session is not None:
            session.close()
            self._tell(channel, END)

    def end_session(self, channel: int, condition: str, text: str) -> None:
        """End a session whose client broke a rule that concerns it alone."""
        session = self._sessions.pop(channel, None)
        if session is not None:
            session.close()
            self._tell(channel, END, error(condition, text))

    def on_close(self, _: int, __: Close) -> None:
        self._end_sessions()
        self._tell(0, CLOSE)
        self._closing = True

    def _fail(self, condition: str, text: str) -> None:
        if not self._handshake.may_close:
            self.send(self._handshake.preamble)
        else:
            if self._handshake.stage is Stage.OPEN:
                self._tell_open()
            self._tell(0, CLOSE, error(condition, text))
        self._closing = True
        self._end_sessions()

    def _end_sessions(self) -> None:
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()

    def _tell(self, channel: int, code: int, *fields: object) -> None:
        self.send(frames.frame(channel, write_performative(code, *fields)))


_EARLY = (SaslInit, Open)
_ACTS: dict[type[Performative], Callable[..., None]] = {
    SaslInit: Connection.on_sasl_init,
    Open: Connection.on_open,
    Begin: Connection.on_begin,
    End: Connection.on_end,
    Close: Connection.on_close,
}
