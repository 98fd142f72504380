from dataclasses import dataclass
from typing import Any, cast

from emulators.faults import Fault
from emulators.servicebus.amqp.performatives import ATTACH, DISPOSITION, Disposition, Transfer
from emulators.servicebus.amqp.sections import DATA, PROPERTIES, section
from emulators.servicebus.amqp.values import Described, Symbol, Ubyte, Uint
from emulators.servicebus.broker.broker import Plan, QueuePlan
from emulators.servicebus.broker.counts import Counts
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.clock import ManualClock
from emulators.servicebus.faults.tampering import Tampering
from emulators.servicebus.wire.hub import Hub
from tests.support.wire_client import Heard, WireClient, a_hub, of_kind

PLAN = Plan((QueuePlan("q"), QueuePlan("s", Settings(requires_session=True)), QueuePlan("other")))
BODY = section(DATA, b"body")
ACCEPTED = Described(0x24, [])
SENDING, RECEIVING, REQUESTS, RESPONSES = 1, 2, 3, 4
SESSION_ID_FIELD = 10


@dataclass
class FaultyWire:
    """A hub with faults, and one client with a sender to a queue and a receiver from it, spoken to in frames."""

    hub: Hub
    client: WireClient
    tampering: Tampering
    queue: str = "q"
    sent: int = 0

    @property
    def clock(self) -> ManualClock:
        return cast("ManualClock", self.tampering._clock)

    def set(self, *faults: Fault) -> None:
        self.tampering.faults.add(*faults)

    def hits(self) -> list[int]:
        return [each.hits for each in self.tampering.faults.listing()]

    def send(self, payload: bytes = BODY) -> list[Heard]:
        self.client.transfer(SENDING, self.sent, payload)
        self.sent += 1
        return self.client.hear()

    def receive(self, credit: int = 10) -> list[int]:
        """The delivery numbers of what comes for new credit."""
        self.client.grant(RECEIVING, credit)
        return self.deliveries()

    def deliveries(self) -> list[int]:
        return [each.delivery_id for each in of_kind(self.client.hear(), Transfer)]

    def settle(self, number: int, state: Described = ACCEPTED) -> list[Disposition]:
        receives, settled = True, False
        self.client.say(DISPOSITION, receives, Uint(number), Uint(number), settled, state)
        return of_kind(self.client.hear(), Disposition)

    def counts(self, name: str | None = None) -> Counts:
        return self.hub.broker.counts()[name or self.queue]

    def another(self) -> "FaultyWire":
        """A client of its own of the same hub."""
        return joined(self.hub, self.tampering, self.queue)


def joined(hub: Hub, tampering: Tampering, queue: str = "q") -> FaultyWire:
    client = WireClient(hub)
    client.open()
    client.attach(SENDING, queue, receives=False)
    if queue != "s":
        client.attach(RECEIVING, queue, receives=True)
    return FaultyWire(hub, client, tampering, queue)


def a_faulty_wire(*faults: Fault, queue: str = "q", messages: int = 0) -> FaultyWire:
    """Messages are sent before the faults are set."""
    hub = a_hub(PLAN)
    wire = joined(hub, Tampering(hub), queue)
    for _ in range(messages):
        wire.send(in_session("one") if queue == "s" else BODY)
    wire.set(*faults)
    return wire


def in_session(session_id: str) -> bytes:
    return section(PROPERTIES, [*[None] * SESSION_ID_FIELD, session_id]) + BODY


def accept_session(wire: FaultyWire, session_id: str = "one") -> list[Heard]:
    source = Described(0x28, ["s", *[None] * 6, {Symbol("com.microsoft:session-filter"): session_id}])
    receives = True
    modes = (Ubyte(0), Ubyte(1))
    target = Described(0x29, ["here"])
    wire.client.say(ATTACH, "receiver", Uint(RECEIVING), receives, *modes, source, target, None, None, Uint(0))
    return wire.client.hear()


def with_management(wire: FaultyWire) -> FaultyWire:
    """The same, with a pair of links to the management node."""
    node = f"{wire.queue}/$management"
    wire.client.attach(REQUESTS, node, receives=False)
    wire.client.attach(RESPONSES, node, receives=True)
    wire.client.grant(RESPONSES, 100)
    wire.client.hear()
    return wire


def condition(performative: Any) -> str:
    """The condition of the error in a detach or in a rejected outcome."""
    found = getattr(performative, "error", None)
    if found is None:
        found = performative.state.value[0]
    return str(found.value[0])
