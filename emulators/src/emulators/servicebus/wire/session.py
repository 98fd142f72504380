"""AMQP sessions: windows, links by handle, deliveries by number.

1. One disposition frame for each delivery, never a range: the SDK stalls on ranges.
2. Frames for a handle that is gone are ignored: clients detach after `end` and send while a detach is on its way.
3. The peer's incoming window is respected: what does not fit waits for its next flow. While something waits, or the
   connection holds back all it may, the session stalls: its links hand out nothing, whatever their credit.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from emulators.servicebus.amqp.frames import disposition_frame, frame, transfer_frames
from emulators.servicebus.amqp.performatives import (
    ATTACH,
    BEGIN,
    DETACH,
    FLOW,
    Attach,
    Begin,
    Detach,
    Disposition,
    Flow,
    Performative,
    Transfer,
    write_performative,
)
from emulators.servicebus.amqp.values import Described, Ubyte, Uint, Ulong, Ushort
from emulators.servicebus.broker.refusals import MessageLockLost, QuotaExceeded, Refusal
from emulators.servicebus.wire.answers import plain_source, plain_target, sender_properties
from emulators.servicebus.wire.attaching import open_link
from emulators.servicebus.wire.conditions import error_of
from emulators.servicebus.wire.handshake import FRAMING_ERROR, ProtocolBreach
from emulators.servicebus.wire.hub import Concerned, Hub
from emulators.servicebus.wire.incoming import IncomingLink
from emulators.servicebus.wire.outcomes import rejected_state
from emulators.servicebus.wire.outgoing import MessageLink, ResponseLink
from emulators.servicebus.wire.serial import difference
from emulators.servicebus.wire.unsettled import Unsettled

if TYPE_CHECKING:
    from emulators.servicebus.wire.connection import Connection

WINDOW = 65_536
HANDLE_MAX = 255
LINKS_MAX = 4096
_LOST = rejected_state(MessageLockLost("The delivery is not known: it was settled already, or its lock has expired."))

Link = MessageLink | ResponseLink | IncomingLink


class Session:
    """One session of a connection."""

    def __init__(self, connection: "Connection", channel: int, begin: Begin) -> None:
        self.connection = connection
        self.hub: Hub = connection.hub
        self.links: dict[int, Link] = {}
        self.channel = channel
        self._next_incoming_id = begin.next_outgoing_id
        self._next_outgoing_id = 0
        self._next_delivery_id = 0
        self._peer_window = begin.incoming_window
        self._untold = 0
        self._held_back: deque[bytes] = deque()
        self._unsettled = Unsettled()
        self._send(BEGIN, Ushort(channel), Uint(0), Uint(WINDOW), Uint(WINDOW), Uint(HANDLE_MAX))

    def on_frame(self, performative: Performative, payload: bytes) -> None:
        """Work off one frame of this session."""
        act = _ACTS.get(type(performative))
        if act is not None:
            act(self, performative, payload)

    def transmit(self, handle: int, tag: bytes, payload: bytes, *, settled: bool) -> int:
        """Send one delivery and give its number."""
        delivery_id = self._next_delivery_id
        self._next_delivery_id = (delivery_id + 1) & 0xFFFFFFFF
        delivery = (delivery_id, tag, settled)
        for part in transfer_frames(self.channel, handle, delivery, payload, self.connection.peer_frame_bytes):
            if self._peer_window > 0:
                self._put(part)
            else:
                self._held_back.append(part)
        if self.is_stalled:
            for link in self.links.values():
                link.stall()
        return delivery_id

    @property
    def is_stalled(self) -> bool:
        """Whether the peer takes nothing for now."""
        return bool(self._held_back) or self.connection.is_full

    def go_on(self) -> None:
        """Let the links hand out again, if nothing else stands against it."""
        for link in list(self.links.values()):
            if not self.is_stalled:
                link.go_on()

    def note_unsettled(self, delivery_id: int, link: MessageLink, lock_id: int) -> None:
        """Remember what a delivery was, for when its receiver settles it."""
        self._unsettled.add(delivery_id, link, lock_id)

    def answer(self, request: Attach, *, source: Described | None = None, properties: object = None) -> None:
        """Tell that a link is attached."""
        self._attach(request, (source or plain_source(request), plain_target(request)), properties)

    def refuse(self, request: Attach, refusal: Refusal) -> None:
        """Tell that a link is not attached: an attach without its terminus, then a detach that says why."""
        self.links.pop(request.handle, None)
        self._attach(request, (None, None), None)
        self._detach(request.handle, refusal)

    def detach(self, handle: int, refusal: Refusal) -> None:
        """Take a link away from the peer."""
        link = self.links.pop(handle, None)
        if link is not None:
            self._drop(link)
            self._detach(handle, refusal)

    def let_go(self, concerned: Concerned, refusal: Refusal) -> None:
        """Detach the links that are concerned; those that still wait for a session are refused."""
        for handle, link in list(self.links.items()):
            if not concerned(link.path, link.request.role):
                continue
            if isinstance(link, MessageLink) and link.waits_for_session:
                self._drop(link)
                self.refuse(link.request, refusal)
            else:
                self.detach(handle, refusal)

    def tell_outcome(self, delivery_id: int, state: bytes) -> None:
        """Settle a delivery that the peer sent."""
        self.connection.send(disposition_frame(self.channel, from_receiver=True, delivery_id=delivery_id, state=state))

    def tell_flow(self, handle: int, delivery_count: int, credit: int, *, drain: bool = False) -> None:
        """Tell the state of a link and, by the way, of the session."""
        self._untold = 0
        self._send(
            FLOW,
            *self._window(),
            Uint(handle),
            Uint(delivery_count & 0xFFFFFFFF),
            Uint(credit),
            None,
            drain,
        )

    def _tell_window(self) -> None:
        self._untold = 0
        self._send(FLOW, *self._window())

    def _window(self) -> tuple[Uint, ...]:
        return Uint(self._next_incoming_id), Uint(WINDOW), Uint(self._next_outgoing_id), Uint(WINDOW)

    def receiver(self, name: str) -> MessageLink | None:
        """The receiving link of that name."""
        for link in self.links.values():
            if isinstance(link, MessageLink) and link.request.name == name:
                return link
        return None

    def close(self) -> None:
        """The session is gone, and all its links."""
        for link in list(self.links.values()):
            self._drop(link)
        self.links.clear()

    def on_attach(self, attach: Attach, _: bytes) -> None:
        if attach.handle > HANDLE_MAX:
            raise ProtocolBreach(FRAMING_ERROR, f"Handle {attach.handle} is above the highest one, {HANDLE_MAX}.")
        if attach.handle in self.links:
            text = f"Handle {attach.handle} is that of link '{self.links[attach.handle].request.name}'."
            self.connection.end_session(self.channel, "amqp:session:handle-in-use", text)
            return
        try:
            if len(self.connection.links) >= LINKS_MAX:
                raise QuotaExceeded(f"A connection has at most {LINKS_MAX} links.")
            link = self._open(attach)
        except Refusal as refusal:
            self.refuse(attach, refusal)
            return
        self.links[attach.handle] = link
        if isinstance(link, IncomingLink):
            batch = link.batch_bytes_max
            properties = None if batch is None else sender_properties(batch)
            terminuses = (plain_source(attach), plain_target(attach))
            self._attach(attach, terminuses, properties, bytes_max=link.bytes_max)
            link.grant()

    def on_flow(self, flow: Flow, _: bytes) -> None:
        ahead = difference(flow.next_incoming_id or 0, self._next_outgoing_id)
        self._peer_window = ahead + flow.incoming_window
        while self._held_back and self._peer_window > 0:
            self._put(self._held_back.popleft())
            if not self._held_back:
                self.go_on()
        if flow.handle is None:
            if flow.echo:
                self._tell_window()
            return
        link = self.links.get(flow.handle)
        if link is not None:
            link.on_flow(flow)

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        self._next_incoming_id = (self._next_incoming_id + 1) & 0xFFFFFFFF
        link = self.links.get(transfer.handle)
        if isinstance(link, IncomingLink):
            link.on_transfer(transfer, payload)
        self._untold += 1
        if self._untold >= WINDOW // 2:
            self._tell_window()

    def on_disposition(self, disposition: Disposition, _: bytes) -> None:
        if not disposition.role:
            return
        last = disposition.first if disposition.last is None else disposition.last
        if last == disposition.first and last not in self._unsettled:
            self._confirm(disposition, last, _LOST)
        for number, (link, lock_id) in self._unsettled.take(disposition.first, last):
            self._settle(disposition, number, link, lock_id)

    def on_detach(self, detach: Detach, _: bytes) -> None:
        link = self.links.pop(detach.handle, None)
        if link is not None:
            self._drop(link)
            self._send(DETACH, Uint(detach.handle), bool(detach.closed))

    def _open(self, attach: Attach) -> Link:
        return open_link(self, attach)

    def _settle(self, disposition: Disposition, number: int, link: MessageLink, lock_id: int) -> None:
        self._confirm(disposition, number, link.settle(lock_id, disposition.state))
        if link.queue.locks.holds(lock_id):
            # The outcome was refused: the receiver may think of another one.
            self._unsettled.add(number, link, lock_id)

    def _confirm(self, disposition: Disposition, number: int, state: bytes) -> None:
        if not disposition.settled:
            self.connection.send(disposition_frame(self.channel, from_receiver=False, delivery_id=number, state=state))

    def _drop(self, link: Link) -> None:
        link.close()
        if isinstance(link, MessageLink):
            self._unsettled.forget(link)

    def _attach(
        self,
        request: Attach,
        terminuses: tuple[Described | None, Described | None],
        properties: object,
        *,
        bytes_max: int | None = None,
    ) -> None:
        sends = request.role
        self._send(
            ATTACH,
            request.name,
            Uint(request.handle),
            not request.role,
            Ubyte(request.snd_settle_mode or 0),
            Ubyte(request.rcv_settle_mode or 0),
            *terminuses,
            None,
            None,
            Uint(0) if sends else None,
            Ulong(bytes_max or self.hub.limits_of().message_bytes),
            None,
            None,
            properties,
        )

    def _detach(self, handle: int, refusal: Refusal) -> None:
        closed = True
        self._send(DETACH, Uint(handle), closed, error_of(refusal))

    def _put(self, part: bytes) -> None:
        self._peer_window -= 1
        self._next_outgoing_id = (self._next_outgoing_id + 1) & 0xFFFFFFFF
        self.connection.send(part)

    def _send(self, code: int, *fields: object) -> None:
        self.connection.send(frame(self.channel, write_performative(code, *fields)))


_ACTS: dict[type[Performative], Callable[..., None]] = {
    Attach: Session.on_attach,
    Flow: Session.on_flow,
    Transfer: Session.on_transfer,
    Disposition: Session.on_disposition,
    Detach: Session.on_detach,
}
