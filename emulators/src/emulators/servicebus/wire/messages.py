"""Messages between the wire and the broker: payload to content, message to payload.

1. Nothing is decoded that the broker doesn't need: message id, session id, time to live, due time. The rest is checked:
   what the endpoint passes on, every receiver can decode.
2. Numbers are kept within what can be stored and told.
3. Annotations that belong to the broker are dropped on the way in and written on the way out.
"""

from struct import Struct

from emulators.servicebus.amqp.decode import DecodeError, decode, skip
from emulators.servicebus.amqp.sections import (
    BATCH_FORMAT,
    DELIVERY_ANNOTATIONS,
    HEADER,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    batch_members,
    check_section,
    identity,
    spans,
    with_application_properties,
)
from emulators.servicebus.broker.content import Content, Message
from emulators.servicebus.broker.refusals import InternalError, InvalidArgument
from emulators.servicebus.wire.identity import identified
from emulators.servicebus.wire.limits import BATCH_MESSAGES_MAX

_ID_CHARACTERS_MAX = 128
_DUE_KEY = "x-opt-scheduled-enqueue-time"
_PARTITION_KEY = "x-opt-partition-key"
_BROKER_KEYS = frozenset(
    (
        "x-opt-sequence-number",
        "x-opt-enqueued-time",
        "x-opt-enqueue-sequence-number",
        "x-opt-locked-until",
        "x-opt-lock-token",
        "x-opt-message-state",
        "x-opt-deadletter-source",
    )
)
_TIME_TO_LIVE_FIELD = 2
# The end of the year 9999, in milliseconds: clients can't tell a later time.
_LATEST = 253_402_300_799_999
_FIRST_BARE_SECTION = PROPERTIES


def contents(payload: bytes, message_format: int) -> list[Content]:
    """The messages of one transfer: one, or as many as the batch holds."""
    try:
        if message_format == BATCH_FORMAT:
            return [identified(content) for content in _batch(batch_members(payload))]
        return [identified(content_of(payload))]
    except (DecodeError, IndexError) as cause:
        raise InvalidArgument(f"The message can't be decoded: {cause}") from cause


def _batch(members: list[bytes]) -> list[Content]:
    if len(members) > BATCH_MESSAGES_MAX:
        raise InternalError(
            "The service was unable to process the request; please retry the operation. "
            f"(A batch has at most {BATCH_MESSAGES_MAX} messages, this one has {len(members)}.)"
        )
    return [content_of(member) for member in members]


def content_of(payload: bytes) -> Content:
    """One encoded message as the broker keeps it."""
    bare: list[bytes] = []
    message_id, session_id = b"", None
    time_to_live = due_at = annotation_count = 0
    annotations, partition_key = b"", None
    for code, start, value, end in spans(payload):
        if code >= _FIRST_BARE_SECTION:
            bare.append(payload[start:end])
            check_section(code, payload, value, end)
            if code == PROPERTIES:
                message_id, session_id = _identity(payload, value)
        elif code == HEADER:
            time_to_live = _time_to_live(payload, value)
        elif code == MESSAGE_ANNOTATIONS:
            annotations, annotation_count, due_at, partition_key = _annotations(payload, value)
        elif code != DELIVERY_ANNOTATIONS:
            raise DecodeError(f"there is no section with descriptor {code}")
    if partition_key is not None and session_id is not None and partition_key != session_id:
        raise InvalidArgument(f"The PartitionKey '{partition_key}' is not the SessionId '{session_id}': leave it out.")
    return Content(b"".join(bare), message_id, session_id, time_to_live, due_at, annotations, annotation_count)


def _identity(payload: bytes, at: int) -> tuple[bytes, str | None]:
    message_id, session_id = identity(payload, at)
    if len(message_id) > _ID_CHARACTERS_MAX or (session_id and len(session_id) > _ID_CHARACTERS_MAX):
        _check_lengths(message_id, session_id)
    return message_id, session_id


def _check_lengths(message_id: bytes, session_id: str | None) -> None:
    """Count characters, which are fewer than bytes."""
    texts = {"MessageId": str(decode(message_id)[0]) if message_id else "", "SessionId": session_id or ""}
    for name, text in texts.items():
        if len(text) > _ID_CHARACTERS_MAX:
            raise InvalidArgument(f"The {name} has {len(text)} characters, {_ID_CHARACTERS_MAX} are allowed: {text!r}.")


def _time_to_live(payload: bytes, at: int) -> int:
    fields, _ = decode(payload, at)
    if isinstance(fields, list) and len(fields) > _TIME_TO_LIVE_FIELD:
        value = fields[_TIME_TO_LIVE_FIELD]
        return min(max(value, 0), _TTL_MAX) if isinstance(value, int) else 0
    return 0


def _annotations(payload: bytes, at: int) -> tuple[bytes, int, int, object]:
    """The sender's own annotations as raw pairs, their number of keys and values, due time and partition key."""
    entries, _ = decode(payload, at)
    if not isinstance(entries, dict) or not entries:
        return b"", 0, 0, None
    at += 9 if payload[at] == 0xD1 else 3
    kept: list[bytes] = []
    due_at = 0
    for key, value in entries.items():
        end = skip(payload, skip(payload, at))
        if key == _DUE_KEY and isinstance(value, int):
            due_at = min(max(value, 0), _LATEST)
        if key not in _BROKER_KEYS:
            kept.append(payload[at:end])
        at = end
    return b"".join(kept), 2 * len(kept), due_at, entries.get(_PARTITION_KEY)


def _symbol(name: str) -> bytes:
    return bytes((0xA3, len(name))) + name.encode()


_SEQUENCE = _symbol("x-opt-sequence-number") + b"\x81"
_ENQUEUED = _symbol("x-opt-enqueued-time") + b"\x83"
_ORIGIN = _symbol("x-opt-enqueue-sequence-number") + b"\x81"
_STATE = _symbol("x-opt-message-state") + b"\x54"
_LOCKED = _symbol("x-opt-locked-until") + b"\x83"

# A header is a list of five fields: durable, priority, time to live, first acquirer, delivery count.
_FIRST_DELIVERY = b"\x00\x53\x70\xc0\x06\x05\x40\x40\x40\x40\x43"
_REDELIVERY = Struct(">10sBI")
_PERISHABLE = Struct(">9sIBBI")
_TTL_MAX = 0xFFFFFFFF

# The annotations map of 32 bits: size, count, then the broker's pairs; the sender's own follow.
_ANNOTATIONS = Struct(f">4sII{len(_SEQUENCE)}sq{len(_ENQUEUED)}sq{len(_ORIGIN)}sq{len(_STATE)}sB").pack
_LOCK = Struct(f">{len(_LOCKED)}sq")
_BASE_BYTES = len(_SEQUENCE + _ENQUEUED + _ORIGIN + _STATE) + 3 * 8 + 1 + 4
_BASE_COUNT = 8


def encoded(message: Message) -> bytes:
    """The message as a receiver gets it; unless it is locked nothing is said of a lock."""
    content = message.content
    bare = content.bare if message.dead_letter is None else _bare_with_reason(message)
    locked = message.lock_id != 0
    lock = _LOCK.pack(_LOCKED, message.locked_until) if locked else b""
    annotations = _ANNOTATIONS(
        b"\x00\x53\x72\xd1",
        _BASE_BYTES + len(lock) + len(content.annotations),
        (_BASE_COUNT + 2 if locked else _BASE_COUNT) + content.annotation_count,
        _SEQUENCE,
        message.sequence,
        _ENQUEUED,
        message.enqueued_at,
        _ORIGIN,
        message.origin_sequence,
        _STATE,
        message.state,
    )
    return b"".join(
        (_header(content.time_to_live, message.delivery_count), annotations, lock, content.annotations, bare)
    )


def _header(time_to_live: int, delivery_count: int) -> bytes:
    if time_to_live:
        start = b"\x00\x53\x70\xc0\x0e\x05\x40\x40\x70"
        return _PERISHABLE.pack(start, min(time_to_live, _TTL_MAX), 0x40, 0x70, delivery_count)
    if delivery_count:
        return _REDELIVERY.pack(b"\x00\x53\x70\xc0\x0a\x05\x40\x40\x40\x40", 0x70, delivery_count)
    return _FIRST_DELIVERY


def _bare_with_reason(message: Message) -> bytes:
    why = message.dead_letter
    return message.content.bare if why is None else with_application_properties(message.content.bare, why.properties())
