import pytest
from hypothesis import given
from hypothesis import strategies as some

from emulators.servicebus.amqp.decode import DecodeError, decode
from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.sections import (
    AMQP_VALUE,
    APPLICATION_PROPERTIES,
    BATCH_FORMAT,
    DATA,
    FOOTER,
    HEADER,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    section,
    spans,
)
from emulators.servicebus.amqp.soundness import check
from emulators.servicebus.amqp.values import Described, Timestamp, Ulong
from emulators.servicebus.broker.content import Message
from emulators.servicebus.broker.refusals import InvalidArgument
from emulators.servicebus.wire.messages import contents, encoded
from tests.fuzz.hostile_values import HOSTILE
from tests.unit.emulators.servicebus.test_amqp_codec import VALUES

DAMAGE = some.lists(some.tuples(some.integers(0, 10_000), some.integers(0, 255)), max_size=3)
SQLITE_MAX = 2**63 - 1


def damaged(data: bytes, places: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for at, byte in places:
        changed[at % len(changed)] = byte
    return bytes(changed)


def is_sound(data: bytes) -> bool:
    try:
        check(data, 0, len(data))
    except DecodeError:
        return False
    return True


def is_read(data: bytes) -> bool:
    try:
        return decode(data)[1] == len(data)
    except DecodeError as fault:
        return "has a key twice" in str(fault) or "unhashable" in str(fault)


@given(VALUES, DAMAGE)
def test_what_is_sound_is_what_can_be_decoded(value: object, places: list[tuple[int, int]]) -> None:
    data = damaged(encode(value), places)

    assert is_sound(data) is is_read(data)


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_value_is_not_sound(data: bytes) -> None:
    assert is_sound(data) is is_read(data)


@given(some.lists(some.tuples(some.integers(0x70, 0x78), VALUES), max_size=4), DAMAGE)
def test_what_is_accepted_as_a_message_can_be_decoded_by_whoever_receives_it(
    sections: list[tuple[int, object]], places: list[tuple[int, int]]
) -> None:
    payload = b"".join(encode(Described(code, value)) for code, value in sections)
    try:
        (content,) = contents(damaged(payload, places) if payload else payload, 0)
    except InvalidArgument:
        return

    delivered = encoded(Message(1, 1, content, 1000, 1))
    assert all(is_read(delivered[span.value : span.end]) for span in spans(delivered))


@pytest.mark.parametrize("section_code", [PROPERTIES, APPLICATION_PROPERTIES, AMQP_VALUE, FOOTER, MESSAGE_ANNOTATIONS])
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_message_with_a_hostile_section_is_refused_alone_and_in_a_batch(section_code: int, data: bytes) -> None:
    payload = b"\x00\x53" + bytes((section_code,)) + data + section(DATA, b"body")

    for each, message_format in ((payload, 0), (section(DATA, payload), BATCH_FORMAT)):
        try:
            found = contents(each, message_format)
        except InvalidArgument:
            continue
        assert all(is_read(content.bare[span.value : span.end]) for content in found for span in spans(content.bare))


@pytest.mark.parametrize("due", [Timestamp(2**63 - 1), Ulong(2**64 - 1), Timestamp(-(2**63)), Timestamp(-1)])
@pytest.mark.parametrize("time_to_live", [Ulong(2**64 - 1), -1, 2**63 - 1])
def test_times_beyond_all_bounds_are_kept_within_what_can_be_stored(due: object, time_to_live: object) -> None:
    annotations = {"x-opt-scheduled-enqueue-time": due}
    head = section(HEADER, [None, None, time_to_live]) + section(MESSAGE_ANNOTATIONS, annotations)

    (content,) = contents(head + section(DATA, b""), 0)

    assert 0 <= content.due_at <= SQLITE_MAX
    assert 0 <= content.time_to_live < 2**32


@pytest.mark.parametrize("code", [0x6F, 0x79, 0x24, 0])
def test_a_section_that_does_not_exist_is_refused(code: int) -> None:
    with pytest.raises(InvalidArgument):
        contents(section(code, []), 0)


@pytest.mark.parametrize("group_id", [5, b"bytes", ["list"]])
def test_a_session_id_that_is_no_text_is_refused(group_id: object) -> None:
    with pytest.raises(InvalidArgument, match="group id"):
        contents(section(PROPERTIES, [None] * 10 + [group_id]), 0)
