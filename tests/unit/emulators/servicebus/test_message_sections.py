from typing import cast

import pytest

from emulators.servicebus.amqp.decode import decode
from emulators.servicebus.amqp.encode import encode
from emulators.servicebus.amqp.sections import (
    APPLICATION_PROPERTIES,
    BATCH_FORMAT,
    DATA,
    DELIVERY_ANNOTATIONS,
    HEADER,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    section,
    spans,
    symbols,
    with_application_properties,
)
from emulators.servicebus.amqp.values import Timestamp, Uint
from emulators.servicebus.broker.content import DeadLetter, Message, State
from emulators.servicebus.broker.refusals import InvalidArgument
from emulators.servicebus.wire.messages import content_of, contents, encoded

BODY = section(DATA, b"body")


def decoded(payload: bytes) -> dict[int, object]:
    return {span.code: decode(payload, span.value)[0] for span in spans(payload)}


def a_message(payload: bytes = BODY, **fields: object) -> Message:
    message = Message(1, 7, content_of(payload), enqueued_at=1000, origin_sequence=6)
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def test_the_bare_message_is_kept_byte_for_byte() -> None:
    bare = section(PROPERTIES, ["id-1"]) + section(APPLICATION_PROPERTIES, {"a": 1}) + BODY

    content = content_of(section(HEADER, [True]) + bare)

    assert content.bare == bare


def test_sections_may_stand_in_any_order() -> None:
    content = content_of(BODY + section(DELIVERY_ANNOTATIONS, symbols({"x": 1})) + section(PROPERTIES, ["id-1"]))

    assert content.bare == BODY + section(PROPERTIES, ["id-1"])
    assert content.message_id == encode("id-1")


def test_message_id_and_group_id_are_found_among_other_properties() -> None:
    properties = ["id-1", b"user", "to", "subject", None, 5, None, None, Timestamp(1), Timestamp(2), "group", Uint(1)]

    content = content_of(section(PROPERTIES, properties) + BODY)

    assert (content.message_id, content.session_id) == (encode("id-1"), "group")


@pytest.mark.parametrize("properties", [[], [None], [None, b"user"], [None] * 12])
def test_absent_properties_are_no_ids(properties: list[object]) -> None:
    content = content_of(section(PROPERTIES, properties) + BODY)

    assert (content.message_id, content.session_id) == (b"", None)


def test_annotations_of_the_broker_are_dropped_and_those_of_the_sender_kept() -> None:
    annotations = symbols(
        {"x-opt-sequence-number": 99, "mine": "kept", "x-opt-scheduled-enqueue-time": Timestamp(5000)}
    )

    content = content_of(section(MESSAGE_ANNOTATIONS, annotations) + BODY)
    delivered = decoded(encoded(Message(1, 7, content, 1000, 6)))

    assert content.due_at == 5000
    assert delivered[MESSAGE_ANNOTATIONS] == {
        "x-opt-sequence-number": 7,
        "x-opt-enqueued-time": 1000,
        "x-opt-enqueue-sequence-number": 6,
        "x-opt-message-state": State.ACTIVE,
        "mine": "kept",
        "x-opt-scheduled-enqueue-time": 5000,
    }


@pytest.mark.parametrize("count", [0, 1, 300])
@pytest.mark.parametrize("time_to_live", [0, 60_000])
def test_the_header_tells_delivery_count_and_time_to_live(count: int, time_to_live: int) -> None:
    payload = section(HEADER, [None, None, Uint(time_to_live) if time_to_live else None]) + BODY

    delivered = decoded(encoded(a_message(payload, delivery_count=count)))

    assert delivered[HEADER] == [None, None, time_to_live or None, None, count]


def test_only_a_locked_message_tells_of_its_lock() -> None:
    free, locked = a_message(), a_message(lock_id=3, locked_until=9000)

    assert "x-opt-locked-until" not in str(decoded(encoded(free))[MESSAGE_ANNOTATIONS])
    assert "'x-opt-locked-until': 9000" in str(decoded(encoded(locked))[MESSAGE_ANNOTATIONS])


def test_a_dead_lettered_message_tells_why_in_its_application_properties() -> None:
    payload = section(PROPERTIES, ["id"]) + section(APPLICATION_PROPERTIES, {"a": 1, "DeadLetterReason": "old"}) + BODY

    delivered = decoded(encoded(a_message(payload, dead_letter=DeadLetter("new", None))))

    assert delivered[APPLICATION_PROPERTIES] == {"a": 1, "DeadLetterReason": "new"}
    assert (delivered[PROPERTIES], delivered[DATA]) == (["id"], b"body")


def test_application_properties_are_added_to_a_message_that_had_none() -> None:
    assert decoded(with_application_properties(BODY, {"a": "b"})) == {APPLICATION_PROPERTIES: {"a": "b"}, DATA: b"body"}


def test_a_batch_holds_a_message_in_each_data_section_whatever_their_size() -> None:
    members = [section(DATA, b"x" * size) for size in (1, 240, 300, 70_000)]
    envelope = section(PROPERTIES, ["ignored"]) + b"".join(section(DATA, member) for member in members)

    found = [content.bare for content in contents(envelope, BATCH_FORMAT)]

    assert [bare.endswith(member) for bare, member in zip(found, members, strict=True)] == [True] * 4


@pytest.mark.parametrize("properties", [None, [], [None], [None, b"user", "to"], [None] * 13, ["", b"user"]])
def test_a_message_without_an_id_gets_one_and_keeps_what_else_it_says(properties: list[object] | None) -> None:
    head = b"" if properties is None else section(PROPERTIES, properties)
    payloads = (head + section(APPLICATION_PROPERTIES, {"a": 1}) + BODY, BODY + head)

    ids = set()
    for payload in payloads:
        (content,) = contents(payload, 0)
        found = decoded(content.bare)
        (message_id, *rest) = cast("list[object]", found[PROPERTIES])
        ids.add(message_id)
        assert rest == (properties or [])[1:]
        assert found[DATA] == b"body"
        assert content.message_id == (encode("") if message_id == "" else b"")
    assert properties == ["", b"user"] or all(len(str(each)) == 32 for each in ids)
    assert len(ids) == (1 if properties == ["", b"user"] else 2)


@pytest.mark.parametrize("payload", [b"\x00", b"\x00\x53\x75\xb0\x00\x00", b"\x01\x02", BODY[:-1]])
def test_a_broken_message_is_refused(payload: bytes) -> None:
    with pytest.raises(InvalidArgument):
        contents(payload, 0)
