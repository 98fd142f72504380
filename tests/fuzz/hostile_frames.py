"""What breaks the rules of AMQP, each in its smallest form: bytes after a session was begun, and the condition told."""

from emulators.servicebus.amqp.frames import AMQP_PREAMBLE, SASL_PREAMBLE, frame, sasl_frame
from emulators.servicebus.amqp.performatives import (
    ATTACH,
    BEGIN,
    DETACH,
    DISPOSITION,
    END,
    FLOW,
    OPEN,
    TRANSFER,
    write_performative,
)
from emulators.servicebus.amqp.values import Described, Symbol, Ubyte, Uint
from tests.fuzz.hostile_values import HOSTILE
from tests.support.wire_client import CHANNEL, SASL_INIT

DECODE = "amqp:decode-error"
FRAMING = "amqp:connection:framing-error"
STATE = "amqp:illegal-state"
WINDOW = (Uint(0), Uint(100), Uint(100))
YES, NO = True, False


def said(code: int, *fields: object, channel: int = CHANNEL, payload: bytes = b"") -> bytes:
    return frame(channel, write_performative(code, *fields) + payload)


def attached(handle: int, address: str = "q", *, receives: bool = False) -> bytes:
    ends = (Described(0x28, [address]), Described(0x29, [address]))
    return said(ATTACH, f"link-{handle}", Uint(handle), receives, Ubyte(0), Ubyte(0), *ends, None, None, Uint(0))


# The connection is closed, with this condition.
FATAL: dict[str, tuple[bytes, str]] = {
    "a frame shorter than its header": (b"\x00\x00\x00\x04\x02\x00\x00\x00", DECODE),
    "a frame of two gigabytes": (b"\x7f\x00\x00\x00\x02\x00\x00\x00", DECODE),
    "a frame one byte above the maximum": (b"\x00\x01\x00\x01\x02\x00\x00\x00", DECODE),
    "a data offset of nothing": (b"\x00\x00\x00\x08\x00\x00\x00\x00", DECODE),
    "a frame type that does not exist": (b"\x00\x00\x00\x0c\x02\x07\x00\x00\x00\x53\x17\x45", DECODE),
    "a body that is no performative": (frame(CHANNEL, b"\x00\x53\x99\x45"), DECODE),
    "a performative without its mandatory fields": (said(ATTACH), DECODE),
    "a handle that is a text": (said(DETACH, "one"), DECODE),
    "a SASL frame in the AMQP stage": (sasl_frame(write_performative(SASL_INIT, Symbol("ANONYMOUS"))), STATE),
    "a second open": (said(OPEN, "again", channel=0), STATE),
    "an open on another channel": (said(OPEN, "again", channel=3), STATE),
    "a second preamble": (AMQP_PREAMBLE, STATE),
    "a preamble of SASL in the AMQP stage": (SASL_PREAMBLE, STATE),
    "a begin on a channel in use": (said(BEGIN, None, *WINDOW), STATE),
    "a begin above the highest channel": (said(BEGIN, None, *WINDOW, channel=256), FRAMING),
    "a link above the highest handle": (attached(256), FRAMING),
    "an outcome without a performative around it": (frame(CHANNEL, b"\x00\x53\x24\x45"), DECODE),
    **{f"a transfer with {name}": (frame(CHANNEL, b"\x00\x53\x14" + data), DECODE) for name, data in HOSTILE.items()},
}

# The session is ended, with this condition.
ENDING: dict[str, tuple[bytes, str]] = {
    "a handle that is in use": (attached(1) + attached(1), "amqp:session:handle-in-use"),
}

# Nothing happens: such frames cross on their way with an end or a detach.
IGNORED: dict[str, bytes] = {
    "a transfer on a handle that nobody attached": said(TRANSFER, Uint(9), Uint(0), b"t"),
    "a flow on a handle that nobody attached": said(FLOW, Uint(0), *WINDOW, Uint(9), Uint(0), Uint(5)),
    "a detach of a handle that nobody attached": said(DETACH, Uint(9)),
    "a detach on a channel that nobody began": said(DETACH, Uint(1), channel=9),
    "an attach on a channel that nobody began": said(ATTACH, "x", Uint(1), NO, channel=9),
    "an end of a channel that nobody began": said(END, channel=9),
    "a disposition of everything": said(DISPOSITION, YES, Uint(0), Uint(2**32 - 1), YES, Described(0x24, [])),
    "a disposition that ends before it begins": said(DISPOSITION, YES, Uint(5), Uint(1), YES, Described(0x24, [])),
    "a flow with the widest window": said(FLOW, Uint(2**32 - 1), Uint(2**32 - 1), Uint(2**32 - 1), Uint(2**32 - 1)),
    "a flow without a window": said(FLOW, Uint(0), Uint(0), Uint(0), Uint(0)),
}
