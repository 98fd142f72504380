"""Putting faults into a running endpoint, and taking them out again.

While no fault can hit, nothing of the wire has changed its class, and nobody asks. That a fault is over is noticed in
the midst of a frame: classes are changed back when the turn is over.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from emulators.faults import ClockOffset
from emulators.faults.fault import Fault, FaultError
from emulators.faults.register import Faults
from emulators.servicebus.broker.broker import Entity
from emulators.servicebus.broker.refusals import EntityNotFound
from emulators.servicebus.clock import ShiftedClock
from emulators.servicebus.faults import KINDS
from emulators.servicebus.faults.acts import act
from emulators.servicebus.faults.at_once import act_at_once
from emulators.servicebus.faults.happening import Happening, Place, Tell
from emulators.servicebus.faults.kinds import ServiceBusFault
from emulators.servicebus.faults.later import Later
from emulators.servicebus.faults.ranges import Ranges
from emulators.servicebus.faults.reordering import Reordering
from emulators.servicebus.faults.tampered import TamperedConnection
from emulators.servicebus.wire.connection import Connection
from emulators.servicebus.wire.hub import Hub, Peer
from emulators.servicebus.wire.incoming import IncomingLink


class Tampering:
    """The faults of one running endpoint, and what they need of it: the `Effects` of its `Faults`."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.faults = Faults(KINDS, self)
        self.later = Later(hub)
        self.ranges = Ranges(self.later)
        self.reordering = Reordering(self.later)
        self.captured: list[Tell] | None = None
        self.withheld: dict[int, dict[IncomingLink, Callable[[], None]]] = {}
        self._clock = hub.clock
        self._offsets: dict[int, ClockOffset] = {}
        self._is_on = self._is_wanted = False
        hub.tampering = self

    def begin(self, fault: Fault) -> bool:
        """Carry out at once what waits for no occasion; true if that was all. Raises `FaultError`."""
        if isinstance(fault, ClockOffset):
            self._offsets[id(fault)] = fault
            self._set_clock()
        if not isinstance(fault, ServiceBusFault):
            return False
        if fault.entity is not None:
            self._check_entity(fault.entity)
        if fault.at != "now":
            return False
        self._put_in()
        act_at_once(self, fault)
        asyncio.get_running_loop().call_soon(self._take_out)
        return True

    def end(self, fault: Fault) -> None:
        """Undo what the fault keeps up."""
        if self._offsets.pop(id(fault), None) is not None:
            self._set_clock()
        for grant in self.withheld.pop(id(fault), {}).values():
            grant()
        self.hub.schedule_turn()

    def switch(self, *, on: bool) -> None:
        """From now on faults are asked before anything happens, or no longer once the turn is over."""
        self._is_wanted = on
        if on:
            self._put_in()
        else:
            asyncio.get_running_loop().call_soon(self._take_out)

    def meet(self, happening: Happening) -> None:
        """Let something happen, unless a fault hits it."""
        fault = self.faults.take(happening)
        if isinstance(fault, ServiceBusFault):
            act(self, fault, happening)
        else:
            happening.proceed()

    def capture(self, proceed: Callable[[], None]) -> Tell:
        """Let something happen and keep its responses back; gives what sends them."""
        captured = self.captured = []
        try:
            proceed()
        finally:
            self.captured = None

        def tell_all() -> None:
            for tell in captured:
                tell()

        return tell_all

    @contextmanager
    def watching_schedules(self, entity: Entity) -> Iterator[None]:
        """Let faults have the messages that are scheduled meanwhile."""
        scheduled = entity.intake.scheduled
        known = len(scheduled)
        yield
        for sequence in list(islice(reversed(scheduled), max(0, len(scheduled) - known))):
            place = Place(entity=entity.name, session=scheduled[sequence].content.session_id)
            self.meet(Happening(at="schedule", place=place, proceed=lambda: None, sequence=sequence))

    def entity(self, name: str) -> Entity:
        """The entity of a name; raises `EntityNotFound`."""
        return self.hub.broker.find(name)

    def connections(self) -> list[TamperedConnection]:
        """All connections; faults must be in."""
        return [peer for peer in self.hub.peers if isinstance(peer, TamperedConnection)]

    def stop(self) -> None:
        """The endpoint stops: nothing that was put off will happen."""
        self.later.stop()

    def _check_entity(self, name: str) -> None:
        try:
            self.entity(name)
        except EntityNotFound as refusal:
            names = ", ".join(sorted(entity.name for entity in self.hub.broker.entities if "$" not in entity.name))
            raise FaultError(f"There is no entity '{name}': expected one of {names}.") from refusal

    def _set_clock(self) -> None:
        clock = self._clock
        for fault in self._offsets.values():
            clock = ShiftedClock(clock, fault.offset)
        self.hub.clock = clock
        self.hub.schedule_turn()

    def _put_in(self) -> None:
        if not self._is_on:
            self._is_on = True
            self.hub.welcome = self._welcome
            for peer in self.hub.peers:
                _tamper(peer)

    def _take_out(self) -> None:
        if self._is_on and not self._is_wanted:
            self._is_on = False
            self.hub.welcome = self.hub.peers.add
            for connection in self.connections():
                connection.restore()

    def _welcome(self, peer: Peer) -> None:
        self.hub.peers.add(peer)
        _tamper(peer)


def _tamper(peer: Peer) -> None:
    if type(peer) is Connection:
        peer.__class__ = TamperedConnection
    if isinstance(peer, TamperedConnection):
        peer.adopt()
