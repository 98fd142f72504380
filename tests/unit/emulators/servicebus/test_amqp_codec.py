import struct

import pytest
from hypothesis import given
from hypothesis import strategies as some

from emulators.servicebus.amqp.decode import DecodeError, decode, skip
from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.performatives import Attach, Flow, Open, read_performative, write_performative
from emulators.servicebus.amqp.values import (
    Array,
    Described,
    Int,
    Symbol,
    Timestamp,
    Ubyte,
    Uint,
    Ulong,
    Ushort,
    Uuid,
)

LONGS = some.integers(-(2**63), 2**63 - 1)
SCALARS = (
    some.none()
    | some.booleans()
    | LONGS
    | some.integers(0, 255).map(Ubyte)
    | some.integers(0, 2**16 - 1).map(Ushort)
    | some.integers(0, 2**32 - 1).map(Uint)
    | some.integers(0, 2**64 - 1).map(Ulong)
    | some.integers(-(2**31), 2**31 - 1).map(Int)
    | LONGS.map(Timestamp)
    | some.floats(allow_nan=False)
    | some.text(max_size=300)
    | some.binary(max_size=300)
    | some.binary(min_size=16, max_size=16).map(Uuid)
    | some.text(some.characters(max_codepoint=127), max_size=20).map(Symbol)
)
KEYS = some.text(max_size=5) | LONGS
VALUES = some.recursive(
    SCALARS,
    lambda inner: (
        some.lists(inner, max_size=300)
        | some.dictionaries(KEYS, inner, max_size=150)
        | some.builds(Described, some.integers(0, 300), inner)
    ),
    max_leaves=30,
)


@given(VALUES)
def test_what_is_encoded_is_decoded_to_the_same(value: object) -> None:
    data = encode(value)

    assert decode(data) == (value, len(data))


@given(VALUES)
def test_skipping_ends_where_decoding_ends(value: object) -> None:
    data = b"before" + encode(value) + b"behind"

    assert skip(data, 6) == decode(data, 6)[1] == len(data) - 6


@given(some.lists(LONGS, max_size=200))
def test_an_array_is_decoded_to_the_list_of_its_items(items: list[int]) -> None:
    data = encode(Array(tuple(items)))

    assert decode(data) == (items, len(data))
    assert skip(data, 0) == len(data)


@given(some.binary(max_size=60))
def test_whatever_comes_in_is_decoded_or_refused(data: bytes) -> None:
    try:
        _, end = decode(data)
    except DecodeError:
        return
    assert end <= len(data)


@pytest.mark.parametrize("item", [Uuid(bytes(range(16))), Timestamp(5), "text", Symbol("symbol"), b"\x00", Int(-1)])
def test_arrays_of_other_types_are_decoded_too(item: object) -> None:
    assert decode(encode(Array((item, item)))) == ([item, item], len(encode(Array((item, item)))))


def test_descriptors_are_small_ulongs() -> None:
    assert write_performative(0x10)[:3] == b"\x00\x53\x10"
    assert encode(Described(0x75, b""))[:3] == b"\x00\x53\x75"


def test_omitted_fields_of_a_performative_read_as_their_defaults() -> None:
    performative, end = read_performative(write_performative(0x10, "name"))

    assert performative == Open("name", None, 0xFFFFFFFF, 0xFFFF, None)
    assert end == len(write_performative(0x10, "name"))


def test_a_performative_without_any_field_takes_one_byte_behind_its_descriptor() -> None:
    assert write_performative(0x18) == b"\x00\x53\x18\x45"
    assert read_performative(b"\x00\x53\x13\x45")[0] == Flow()


def test_a_performative_in_its_widest_encoding_is_read() -> None:
    fields = encode("link") + encode(Uint(7)) + encode(value=True)
    body = b"\x00\x80" + struct.pack(">Q", 0x12) + b"\xd0" + struct.pack(">II", len(fields) + 4, 3) + fields

    assert read_performative(body + b"payload") == (Attach("link", 7, role=True), len(body))


@pytest.mark.parametrize(
    "body",
    [b"\x40", b"\x00\x53\x12\x45", b"\x00\x53\x99\x45", b"\x00\xa3\x01x\x45", b"\x00\x53\x10\xc0\xff\x01\xa1\x05"],
)
def test_a_frame_body_that_is_no_performative_is_refused(body: bytes) -> None:
    with pytest.raises(DecodeError):
        read_performative(body)
