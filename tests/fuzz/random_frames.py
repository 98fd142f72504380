"""Frames by chance: now and then what a client would say, now and then anything at all."""

from collections.abc import Callable
from random import Random

from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.frames import frame, sasl_frame
from emulators.servicebus.amqp.performatives import KINDS, write_performative
from emulators.servicebus.amqp.sections import (
    AMQP_VALUE,
    APPLICATION_PROPERTIES,
    BATCH_FORMAT,
    DATA,
    HEADER,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    section,
)
from emulators.servicebus.amqp.values import Array, Described, Encoded, Symbol, Timestamp, Ubyte, Uint, Ulong, Uuid
from emulators.servicebus.wire.operations import OPERATIONS
from tests.fuzz.hostile_values import HOSTILE

ADDRESSES = [
    "q",
    "q/$management",
    "$cbs",
    "s",
    "s/$management",
    "t",
    "t/$management",
    "t/Subscriptions/a",
    "t/Subscriptions/a/$management",
    "q/$deadletterqueue",
    "amqps://localhost:1/q",
    "nowhere",
    "",
]
_SASL_INIT = 0x41
_WEIGHTS = {0x10: 1, 0x11: 3, 0x12: 20, 0x13: 20, 0x14: 50, 0x15: 25, 0x16: 5, 0x17: 2, 0x18: 1, _SASL_INIT: 1}
_NUMBERS = [0, 1, 2, 3, 255, 256, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 1]
_LONGS = [0, 1, -1, 2**31, 2**53, 2**63 - 1, -(2**63)]
_TEXTS = ["", "a", "q", "link-1", "\x00", "\U0001f600", "x" * 300]
_BODY_KEYS = [
    "lock-tokens",
    "sequence-numbers",
    "session-id",
    "session-state",
    "messages",
    "message-count",
    "from-sequence-number",
    "disposition-status",
    "receiver-settle-mode",
    "skip",
    "top",
    "last-updated-time",
    "rule-name",
    "rule-description",
    "sql-filter",
    "expression",
    "correlation-filter",
    "properties",
    "sql-rule-action",
    "deadletter-reason",
    "properties-to-modify",
    "message",
    "type",
    "name",
    "operation",
    "com.microsoft:session-filter",
    "com.microsoft:timeout",
    "x-opt-scheduled-enqueue-time",
    "x-opt-partition-key",
    "associated-link-name",
]


class RandomFrames:
    """Makes frames, the same ones for the same chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def value(self, depth: int = 0) -> object:
        """Any value."""
        pick = self.chance
        if depth < 4 and pick.random() < 0.3:
            return self._compound(depth + 1)
        return pick.choice(_SCALARS)(pick)

    def frame(self) -> bytes:
        """A frame whose fields are right more often than not."""
        pick = self.chance
        code = pick.choices(*zip(*_WEIGHTS.items(), strict=True))[0]
        fields = [self._field(name) for name in KINDS[code]._fields]
        if pick.random() < 0.05:
            fields = fields[: pick.randrange(len(fields) + 1)]
        payload = self.payload() if code == 0x14 else b""
        body = write_performative(code, *fields) + payload
        if code == _SASL_INIT:
            return sasl_frame(body)
        return frame(pick.choice([0, 1, 1, 1, 1, 1, 2, 3, 65_535]), body)

    def payload(self) -> bytes:
        """A message, a request, a batch or rubbish."""
        pick = self.chance
        return pick.choice((self._message, self._message, self.request, self._batch, self._rubbish))()

    def _compound(self, depth: int) -> object:
        pick = self.chance
        inner = [self.value(depth) for _ in range(pick.randrange(4))]
        match pick.randrange(4):
            case 0:
                return inner
            case 1:
                return Described(pick.choice([0x24, 0x25, 0x26, 0x27, 0x28, 0x1D, Symbol("x")]), inner)
            case 2:
                return {pick.choice(_BODY_KEYS): each for each in inner}
        return Array(tuple(pick.choice(_LONGS) for _ in inner))

    def _field(self, name: str) -> object:
        pick = self.chance
        if pick.random() < 0.003:
            return self.value()
        make = _FIELDS.get(name)
        return None if make is None else make(self, pick)

    def terminus(self) -> object:
        filters = {Symbol("com.microsoft:session-filter"): self.chance.choice([None, "s1", "s2", 5])}
        fields: list[object] = [self.chance.choice(ADDRESSES), *[None] * 6, filters]
        return Described(0x28, fields if self.chance.random() < 0.3 else fields[:1])

    def state(self) -> object:
        return Described(self.chance.randrange(0x23, 0x29), [self.value() for _ in range(self.chance.randrange(4))])

    def _message(self) -> bytes:
        pick = self.chance
        parts = [
            section(HEADER, [True, Ubyte(4), pick.choice([None, Uint(1), Uint(2**32 - 1), Ulong(2**64 - 1), -1])]),
            section(MESSAGE_ANNOTATIONS, {Symbol(pick.choice(_BODY_KEYS)): self.value() for _ in range(3)}),
            section(PROPERTIES, [self.value() for _ in range(pick.randrange(14))]),
            section(APPLICATION_PROPERTIES, {pick.choice(_TEXTS): self.value()}),
            section(DATA, pick.randbytes(pick.randrange(300))),
            section(AMQP_VALUE, self.value()),
        ]
        return b"".join(part for part in parts if pick.random() < 0.6)

    def request(self) -> bytes:
        """A request of a management node."""
        pick = self.chance
        body: dict[object, object] = {key: self.value() for key in pick.sample(_BODY_KEYS, 8)}
        body["session-id"] = pick.choice(["s1", "s2"])
        properties: dict[object, object] = {
            "operation": pick.choice(sorted(OPERATIONS)),
            "associated-link-name": pick.choice(_TEXTS),
        }
        head = section(PROPERTIES, [Uuid(pick.randbytes(16))])
        return head + section(APPLICATION_PROPERTIES, properties) + section(AMQP_VALUE, body)

    def _batch(self) -> bytes:
        return b"".join(section(DATA, self._message()) for _ in range(self.chance.randrange(5)))

    def _rubbish(self) -> bytes:
        pick = self.chance
        head = b"\x00\x53" + bytes((pick.randrange(0x70, 0x79),))
        return pick.choice([pick.randbytes(pick.randrange(50)), head + pick.choice([*HOSTILE.values()]), b""])


_SCALARS: list[Callable[[Random], object]] = [
    lambda _: None,
    lambda pick: pick.random() < 0.5,
    lambda pick: Uint(pick.choice(_NUMBERS)),
    lambda pick: Ulong(pick.choice([*_NUMBERS, 2**64 - 1])),
    lambda pick: pick.choice(_LONGS),
    lambda pick: pick.choice([0.0, float("nan"), float("inf"), 1e308]),
    lambda pick: Timestamp(pick.choice(_LONGS)),
    lambda pick: pick.choice(_TEXTS),
    lambda pick: Symbol("symbol"),
    lambda pick: pick.randbytes(pick.choice([0, 1, 16, 300])),
    lambda pick: Uuid(pick.randbytes(16)),
    lambda pick: Encoded(pick.choice([b"\x73\x00\x00\x00\x41", b"\x94" + bytes(16), b"\x72\x7f\xc0\x00\x00"])),
    lambda pick: Encoded(pick.choice([each for each in HOSTILE.values() if len(each) < 2000] + [encode(None)])),
]
_FIELDS: dict[str, Callable[[RandomFrames, Random], object]] = {
    "mechanism": lambda _, pick: Symbol(pick.choice(["ANONYMOUS", "PLAIN", "EXTERNAL", "MSSBCBS"])),
    "container_id": lambda _, pick: pick.choice(_TEXTS),
    "max_frame_size": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "channel_max": lambda _, pick: Uint(pick.choice([0, 1, 255])),
    "remote_channel": lambda *_: None,
    "name": lambda _, pick: pick.choice(["link-1", "link-2", *_TEXTS]),
    "handle": lambda _, pick: Uint(pick.choice([1, 1, 2, 2, 3, 4, *_NUMBERS])),
    "role": lambda _, pick: pick.random() < 0.5,
    "snd_settle_mode": lambda _, pick: pick.choice([None, Ubyte(0), Ubyte(1), Ubyte(2)]),
    "rcv_settle_mode": lambda _, pick: pick.choice([None, Ubyte(0), Ubyte(1)]),
    "source": lambda frames, _: frames.terminus(),
    "target": lambda frames, _: frames.terminus(),
    "next_outgoing_id": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "next_incoming_id": lambda _, pick: pick.choice([None, Uint(pick.choice(_NUMBERS))]),
    "incoming_window": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "outgoing_window": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "handle_max": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "delivery_count": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "link_credit": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "drain": lambda _, pick: pick.random() < 0.3,
    "echo": lambda _, pick: pick.random() < 0.3,
    "delivery_id": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "delivery_tag": lambda _, pick: pick.randbytes(4),
    "message_format": lambda _, pick: Uint(pick.choice([0, 0, 0, BATCH_FORMAT, 7])),
    "settled": lambda _, pick: pick.random() < 0.3,
    "more": lambda _, pick: pick.random() < 0.2,
    "aborted": lambda _, pick: pick.random() < 0.1,
    "first": lambda _, pick: Uint(pick.choice(_NUMBERS)),
    "last": lambda _, pick: pick.choice([None, Uint(pick.choice(_NUMBERS))]),
    "state": lambda frames, _: frames.state(),
    "closed": lambda _, pick: pick.random() < 0.5,
    "idle_time_out": lambda _, pick: pick.choice([None, Uint(0), Uint(1), Uint(2**32 - 1)]),
    "initial_delivery_count": lambda _, pick: pick.choice([None, Uint(pick.choice(_NUMBERS))]),
}
