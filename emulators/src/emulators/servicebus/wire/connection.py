"""A connection: preambles, frames, channels.

1. The order is fixed: SASL preamble, SASL frames, AMQP preamble, `open`, then anything. Clients pipeline from `open`
   on.
2. Output is held back until the hub ends its turn, and then written in one piece.
3. A peer that breaks the protocol is told so in `close`, and cut.
4. What a connection may make the endpoint keep is bounded: output that it does not read (it is not read from until it
   has caught up), parts of messages, responses without credit, sessions, links, the time for half a frame.
5. The endpoint announces an idle time-out and cuts peers that are silent for twice as long; it keeps peers alive that
   announce one. What else it takes away by itself stands in `eviction.py`.
"""

import asyncio
from collections.abc import Callable, Iterator

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
from emulators.servicebus.broker.refusals import Refusal
from emulators.servicebus.wire.answers import TOKEN_NODE
from emulators.servicebus.wire.claims import FOREVER, Claims
from emulators.servicebus.wire.eviction import evict_links, linkless_too_long
from emulators.servicebus.wire.handshake import (
    ANONYMOUS,
    FRAMING_ERROR,
    ILLEGAL_STATE,
    PLAIN,
    Handshake,
    ProtocolBreach,
    Stage,
)
from emulators.servicebus.wire.hub import Concerned, Hub
from emulators.servicebus.wire.outflow import Outflow
from emulators.servicebus.wire.outgoing import MessageLink
from emulators.servicebus.wire.session import Link, Session

FRAME_BYTES_MAX = 65_536
IDLE_TIMEOUT = 240.0
HALF_FRAME_SECONDS = 60.0
CLOSING_SECONDS = 30.0
CHANNEL_MAX = 255
# How many that come too late are told so; what comes later still is cut without a word.
TURNED_AWAY_MAX = 100
_SMALLEST_FRAME_MAX = 512
_AMQP = 0


class Connection(Outflow):
    """One client."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.claims = Claims()
        self.host = "localhost"
        self.peer: Open | None = None
        self.peer_frame_bytes = _SMALLEST_FRAME_MAX
        self._sessions: dict[int, Session] = {}
        self._unread = b""
        self._handshake = Handshake()
        self.pending_bytes = 0
        self._whole_at = self._heard_at = self._linked_at = hub.loop_time()
        self._was_linked = self._is_one_too_many = False
        self._peer_idle_timeout: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        open_before = len(self.hub.peers)
        if open_before < self.hub.connections_max + TURNED_AWAY_MAX:
            self.hub.welcome(self)
            self._is_one_too_many = open_before >= self.hub.connections_max
        else:
            self.cut()

    def connection_lost(self, _: Exception | None) -> None:
        self.hub.peers.discard(self)
        self._transport = None
        self._end_sessions()
        self.hub.schedule_turn()

    def data_received(self, data: bytes) -> None:
        if self._closing or self._transport is None:
            return
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
        if read:
            self._whole_at = self._heard_at

    def beat(self, now: float) -> None:
        """Keep the peer alive if it wants that; cut it if it has been silent or without links for too long."""
        if self._peer_idle_timeout is not None and now - self._told_at >= self._peer_idle_timeout / 2:
            self._told_at = now
            self.send(frames.HEARTBEAT)
        if self._closing:
            if now - self._heard_at > CLOSING_SECONDS:
                self.cut()
            return
        late = self._lateness(now)
        if late is not None:
            self._fail("amqp:resource-limit-exceeded", late)
            return
        evict_links(self)
        if next(self.entity_links(), None) is not None:
            self._linked_at, self._was_linked = now, True
        elif (reason := linkless_too_long(self._linked_at, now, was_linked=self._was_linked)) is not None:
            self._fail("amqp:connection:forced", reason)

    def _lateness(self, now: float) -> str | None:
        if self._unread and not self.is_full and now - self._whole_at > HALF_FRAME_SECONDS:
            return f"A frame is not whole after {now - self._whole_at:.0f} seconds."
        silent = now - self._heard_at
        return f"Nothing was heard for {silent:.0f} seconds." if silent > 2 * IDLE_TIMEOUT else None

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
    def links(self) -> list[Link]:
        """The links of all sessions."""
        return [link for session in self._sessions.values() for link in session.links.values()]

    def let_go(self, concerned: Concerned, refusal: Refusal) -> None:
        """Detach the links that are concerned."""
        for session in self._sessions.values():
            session.let_go(concerned, refusal)

    def receiver(self, name: str) -> MessageLink | None:
        """The receiving link of that name, on whichever session."""
        for session in self._sessions.values():
            link = session.receiver(name)
            if link is not None:
                return link
        return None

    def go_on(self) -> None:
        for session in list(self._sessions.values()):
            session.go_on()
        if self._unread:
            self.hub.soon(lambda: self.data_received(b""))

    def _read(self, data: bytes) -> int:
        at, end = 0, len(data)
        while end - at >= frames.FRAME_HEADER_BYTES and not self._closing and not self.is_full:
            if data[at : at + 4] == b"AMQP":
                self._on_preamble(data[at : at + 8])
                at += 8
                continue
            size, offset, kind, channel = frames.checked_header(data, at, FRAME_BYTES_MAX)
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
        accepted = init.mechanism == ANONYMOUS
        if init.mechanism == PLAIN and self.hub.key.is_told_by(init.initial_response or b""):
            self.claims.put("", FOREVER)
            accepted = True
        self.send(frames.SASL_ACCEPTED_FRAME if accepted else frames.SASL_REFUSED_FRAME)
        self._closing = not accepted

    def on_open(self, _: int, peer: Open) -> None:
        self.peer = peer
        self.peer_frame_bytes = max(_SMALLEST_FRAME_MAX, min(peer.max_frame_size or FRAME_BYTES_MAX, 1 << 20))
        self.host = peer.hostname or self.host
        self._peer_idle_timeout = peer.idle_time_out / 1000 if peer.idle_time_out else None
        self._tell_open()
        if self._is_one_too_many:
            self._fail(
                "amqp:resource-limit-exceeded",
                f"There are {self.hub.connections_max} connections already, and no more are served: close some.",
            )

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
        self._end(channel)

    def end_session(self, channel: int, condition: str, text: str) -> None:
        """End a session whose client broke a rule that concerns it alone."""
        self._end(channel, error(condition, text))

    def _end(self, channel: int, *why: object) -> None:
        session = self._sessions.pop(channel, None)
        if session is not None:
            session.close()
            self._tell(channel, END, *why)

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
