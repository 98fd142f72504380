import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from emulators.servicebus.amqp.decode import DEPTH_MAX, DecodeError, decode, skip
from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.performatives import KINDS, read_performative, write_performative
from emulators.servicebus.amqp.sections import batch_members, identity, list_fields, raw_entries, spans
from emulators.servicebus.amqp.values import Described, Ulong
from tests.fuzz.hostile_values import HOSTILE, nested_lists
from tests.unit.emulators.servicebus.test_amqp_codec import VALUES

BYTES_MAX = 1_000_000
CPU_SECONDS_MAX = 0.5

Reader = Callable[[bytes], object]
READERS: dict[str, Reader] = {
    "decode": decode,
    "skip": lambda data: skip(data, 0),
    "read_performative": read_performative,
    "spans": lambda data: list(spans(data)),
    "batch_members": batch_members,
    "list_fields": lambda data: list_fields(data, 0),
    "identity": lambda data: identity(data, 0),
    "raw_entries": lambda data: raw_entries(data, 0),
}
every_reader = pytest.mark.parametrize("read", READERS.values(), ids=READERS)


def refused(read: Reader, data: bytes) -> bool:
    try:
        read(data)
    except DecodeError:
        return True
    return False


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_value_is_refused_at_once_and_takes_no_room(data: bytes) -> None:
    tracemalloc.start()
    started = time.process_time()

    was_refused = refused(decode, data)

    spent, (_, most) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert was_refused
    assert most < len(data) + BYTES_MAX
    assert spent < CPU_SECONDS_MAX


@every_reader
@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_every_reader_takes_a_hostile_value_or_refuses_it(read: Reader, data: bytes) -> None:
    for wrapped in (data, b"\x00\x53\x73" + data, b"\x00\x53\x75" + data, b"\x00\x53\x14" + data):
        refused(read, wrapped)


@every_reader
@given(some.binary(max_size=200))
def test_every_reader_takes_arbitrary_bytes_or_refuses_them(read: Reader, data: bytes) -> None:
    refused(read, data)


@every_reader
@given(VALUES, some.data())
def test_every_reader_takes_a_damaged_value_or_refuses_it(read: Reader, value: object, choice: some.DataObject) -> None:
    data = bytearray(encode(Described(choice.draw(some.sampled_from(range(0x70, 0x79))), value)))
    for _ in range(choice.draw(some.integers(0, 3))):
        data[choice.draw(some.integers(0, len(data) - 1))] = choice.draw(some.integers(0, 255))

    refused(read, bytes(data[: choice.draw(some.integers(0, len(data)))]))


@given(some.sampled_from(sorted(KINDS)), some.lists(VALUES, max_size=15))
def test_fields_of_any_type_make_a_performative_or_are_refused(code: int, fields: list[object]) -> None:
    refused(read_performative, write_performative(code, *fields))


@pytest.mark.parametrize("number", [-1, 2**32, Ulong(2**64 - 1)])
@pytest.mark.parametrize("code", [0x12, 0x14, 0x16])
def test_a_number_that_its_field_cannot_hold_is_refused(code: int, number: int) -> None:
    fields = ["name", number, True] if code == 0x12 else [number]

    with pytest.raises(DecodeError, match="handle"):
        read_performative(write_performative(code, *fields))


def test_values_may_be_as_deep_as_is_told_and_no_deeper() -> None:
    decode(nested_lists(DEPTH_MAX))

    with pytest.raises(DecodeError, match="levels deep"):
        decode(nested_lists(DEPTH_MAX + 2))
