import asyncio
from typing import Any, cast

from emulators.servicebus.amqp.frames import AMQP_PREAMBLE, HEARTBEAT, SASL_PREAMBLE, frame, read_header, sasl_frame
from emulators.servicebus.amqp.performatives import (
    ATTACH,
    BEGIN,
    FLOW,
    OPEN,
    TRANSFER,
    Performative,
    read_performative,
    write_performative,
)
from emulators.servicebus.amqp.sections import AMQP_VALUE, APPLICATION_PROPERTIES, PROPERTIES, section
from emulators.servicebus.amqp.values import Described, Symbol, Ubyte, Uint, Uuid
from emulators.servicebus.broker.broker import Broker, Plan, stored_nothing
from emulators.servicebus.clock import ManualClock
from emulators.servicebus.journal import Forgetful
from emulators.servicebus.wire.authorization import SharedKey
from emulators.servicebus.wire.connection import Connection
from emulators.servicebus.wire.hub import Hub

SASL_INIT = 0x41
CHANNEL = 1
YES, NO = True, False
EVER = 1 << 62
Heard = tuple[Performative, bytes]


def a_hub(plan: Plan) -> Hub:
    return Hub(Broker(plan, stored_nothing(plan)), Forgetful(), ManualClock(), SharedKey())


class Wire(asyncio.Transport):
    """A transport that leads nowhere and keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.writes = 0
        self.closed = False
        self.is_read = True

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def write(self, data: Any) -> None:
        self.written += bytes(data)
        self.writes += 1

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True


class WireClient:
    """A client that speaks in frames, without a socket: `say`, then `hear` what the end of the turn brings."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.wire = Wire()
        self.connection = Connection(hub)
        self.connection.connection_made(self.wire)

    def say(self, code: int, *fields: object, payload: bytes = b"", channel: int = CHANNEL) -> None:
        self.connection.data_received(frame(channel, write_performative(code, *fields) + payload))

    def hear(self) -> list[Heard]:
        """The frames since the last time, preambles and heartbeats left out."""
        self.hub.turn()
        data, self.wire.written = self.wire.written, b""
        heard, at = [], 0
        while at < len(data):
            if data[at : at + 4] == b"AMQP" or data[at : at + 8] == HEARTBEAT:
                at += 8
                continue
            size, offset, kind, _ = read_header(data, at)
            body = data[at + 4 * offset : at + size]
            if kind == 0:
                performative, end = read_performative(body)
                heard.append((performative, body[end:]))
            at += size
        return heard

    def open(self, *, frame_bytes: int = 65_536, window: int = 65_536, idle_timeout: int | None = None) -> None:
        """Everything up to an authorized session, pipelined as clients do it."""
        hello = SASL_PREAMBLE + sasl_frame(write_performative(SASL_INIT, Symbol("ANONYMOUS"))) + AMQP_PREAMBLE
        self.connection.data_received(hello)
        idle = None if idle_timeout is None else Uint(idle_timeout)
        self.say(OPEN, "test", None, Uint(frame_bytes), None, idle, channel=0)
        self.say(BEGIN, None, Uint(0), Uint(window), Uint(65_536))
        self.connection.claims.put("", EVER)
        self.hear()

    def attach(self, handle: int, address: str, *, receives: bool, settled: bool = False) -> list[Heard]:
        source, target = (address, "here") if receives else ("here", address)
        modes = (Ubyte(1 if settled else 0), Ubyte(0 if settled else 1))
        terminuses = (Described(0x28, [source]), Described(0x29, [target]))
        self.say(ATTACH, f"link-{handle}", Uint(handle), receives, *modes, *terminuses, None, None, Uint(0))
        return self.hear()

    def grant(
        self, handle: int, credit: int, *, delivery_count: int = 0, next_incoming_id: int = 0, window: int = 65_536
    ) -> None:
        session = (Uint(next_incoming_id), Uint(window), Uint(0), Uint(65_536))
        self.say(FLOW, *session, Uint(handle), Uint(delivery_count), Uint(credit))

    def transfer(self, handle: int, number: int, payload: bytes, *, more: bool = False) -> None:
        tag = number.to_bytes(4, "big")
        self.say(TRANSFER, Uint(handle), Uint(number), tag, Uint(0), NO, more, payload=payload)

    def request(self, handle: int, number: int, operation: str, body: object, **more: object) -> None:
        properties = [Uuid(number.to_bytes(16, "big"))]
        named = {"operation": operation} | {name.replace("_", "-"): value for name, value in more.items()}
        payload = section(PROPERTIES, properties) + section(APPLICATION_PROPERTIES, cast("dict[object, object]", named))
        self.transfer(handle, number, payload + section(AMQP_VALUE, body))


def of_kind(heard: list[Heard], kind: type[Any]) -> list[Any]:
    return [performative for performative, _ in heard if isinstance(performative, kind)]
