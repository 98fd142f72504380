"""Frames: the eight-byte header, and templates for the bodies that are sent for each message."""

from struct import Struct

from emulators.servicebus.amqp.decode import DecodeError
from emulators.servicebus.amqp.performatives import SASL_MECHANISMS, SASL_OUTCOME, write_performative
from emulators.servicebus.amqp.values import Array, Symbol, Ubyte

AMQP_PREAMBLE = b"AMQP\x00\x01\x00\x00"
SASL_PREAMBLE = b"AMQP\x03\x01\x00\x00"
HEARTBEAT = b"\x00\x00\x00\x08\x02\x00\x00\x00"
FRAME_HEADER_BYTES = 8

read_header = Struct(">IBBH").unpack_from
_write_header = Struct(">IBBH").pack

# Header, `00 53 14`, list8 with 6 fields: handle, delivery id, tag of 16 bytes, message format 0, settled, more.
_TRANSFER = Struct(">IBBH 6s BI BI 2s16s BBB")
_TRANSFER_BYTES = _TRANSFER.size
_TRANSFER_HEAD = bytes((0x00, 0x53, 0x14, 0xC0, _TRANSFER_BYTES - FRAME_HEADER_BYTES - 5, 6))

# Header, `00 53 15`, list8 with 5 fields: role, first, last, settled, state (appended).
_DISPOSITION = Struct(">IBBH 6s B BI B B")
_DISPOSITION_BYTES = _DISPOSITION.size
_LONG_HEAD = Struct(">4sII")
_LONG_FIELDS = Struct(">B BI B B")


def checked_header(data: bytes, at: int, bytes_max: int) -> tuple[int, int, int, int]:
    """Size in bytes, data offset in words, type and channel of the frame at an offset; raises `DecodeError`."""
    size, offset, kind, channel = read_header(data, at)
    if not FRAME_HEADER_BYTES <= size <= bytes_max or offset < 2:
        raise DecodeError(f"a frame of {size} bytes, data offset {offset}: the maximum is {bytes_max} bytes")
    if kind > 1:
        raise DecodeError(f"there is no frame type {kind}")
    return size, offset, kind, channel


def frame(channel: int, body: bytes) -> bytes:
    """An AMQP frame around a body."""
    return _write_header(len(body) + FRAME_HEADER_BYTES, 2, 0, channel) + body


def sasl_frame(body: bytes) -> bytes:
    """A SASL frame around a body."""
    return _write_header(len(body) + FRAME_HEADER_BYTES, 2, 1, 0) + body


SASL_MECHANISMS_FRAME = sasl_frame(write_performative(SASL_MECHANISMS, Array((Symbol("PLAIN"), Symbol("ANONYMOUS")))))
SASL_ACCEPTED_FRAME = sasl_frame(write_performative(SASL_OUTCOME, Ubyte(0)))
SASL_REFUSED_FRAME = sasl_frame(write_performative(SASL_OUTCOME, Ubyte(1)))


def transfer_frames(
    channel: int, handle: int, delivery: tuple[int, bytes, bool], payload: bytes, frame_bytes_max: int
) -> list[bytes]:
    """The frames of one delivery (id, tag of 16 bytes, settled), split if the payload exceeds the peer's frame size."""
    delivery_id, tag, settled = delivery
    room = frame_bytes_max - _TRANSFER_BYTES
    parts = (
        [payload] if len(payload) <= room else [payload[start : start + room] for start in range(0, len(payload), room)]
    )
    last = len(parts) - 1
    return [
        _TRANSFER.pack(
            _TRANSFER_BYTES + len(part),
            2,
            0,
            channel,
            _TRANSFER_HEAD,
            0x70,
            handle,
            0x70,
            delivery_id,
            b"\xa0\x10",
            tag,
            0x43,
            0x41 if settled else 0x42,
            0x42 if index == last else 0x41,
        )
        + part
        for index, part in enumerate(parts)
    ]


def disposition_frame(channel: int, *, from_receiver: bool, delivery_id: int, state: bytes) -> bytes:
    """A settled disposition of exactly one delivery; `state` is the encoded delivery state."""
    role = 0x41 if from_receiver else 0x42
    listed = _DISPOSITION_BYTES - FRAME_HEADER_BYTES - 5 + len(state)
    if listed > 0xFF:
        return _long_disposition_frame(channel, role, delivery_id, state)
    head = bytes((0x00, 0x53, 0x15, 0xC0, listed, 5))
    return (
        _DISPOSITION.pack(_DISPOSITION_BYTES + len(state), 2, 0, channel, head, role, 0x70, delivery_id, 0x40, 0x41)
        + state
    )


def _long_disposition_frame(channel: int, role: int, delivery_id: int, state: bytes) -> bytes:
    """The same with a list of the long form: a rejection may tell a long story."""
    fields = _LONG_FIELDS.pack(role, 0x70, delivery_id, 0x40, 0x41) + state
    return frame(channel, _LONG_HEAD.pack(b"\x00\x53\x15\xd0", len(fields) + 4, 5) + fields)
