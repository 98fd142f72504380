"""What arrives is what was sent: bodies, properties, annotations."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType, AmqpMessageHeader, AmqpMessageProperties

from tests.conformance.cases import Area
from tests.conformance.servicebus.bus import Bus
from tests.conformance.servicebus.entities import queue

content = Area("content of messages", "Messages, payloads, and serialization", "aio")

AMQP = "AMQP 1.0 in Service Bus protocol guide"


async def _through(bus: Bus, orders: str, message: Any) -> ServiceBusReceivedMessage:
    await (await bus.sender(orders)).send_messages(message)
    return await bus.receive_one(orders)


def _parts(body: Any) -> list[Any]:
    assert isinstance(body, Iterable)
    return list(body)


@content.case(queue())
async def a_body_of_bytes_arrives_as_it_was_sent(bus: Bus, orders: str) -> None:
    message = await _through(bus, orders, ServiceBusMessage(b"\x00\xff\x80"))

    assert (_parts(message.body), message.body_type) == ([b"\x00\xff\x80"], AmqpMessageBodyType.DATA)


@content.case(queue())
async def a_body_of_text_arrives_as_utf_8(bus: Bus, orders: str) -> None:
    """A body of text arrives encoded in UTF-8."""
    message = await _through(bus, orders, ServiceBusMessage("grün"))

    assert _parts(message.body) == ["grün".encode()]


@content.case(queue())
async def an_empty_body_arrives_empty(bus: Bus, orders: str) -> None:
    assert _parts((await _through(bus, orders, ServiceBusMessage(b""))).body) == [b""]


@content.case(queue())
async def a_message_without_a_body_arrives_without_one(bus: Bus, orders: str) -> None:
    assert (await _through(bus, orders, ServiceBusMessage(None))).body is None


@content.case(queue(), documented=AMQP)
async def a_body_of_several_data_sections_keeps_them_apart(bus: Bus, orders: str) -> None:
    message = await _through(bus, orders, AmqpAnnotatedMessage(data_body=[b"one", b"two"]))

    assert _parts(message.body) == [b"one", b"two"]


@content.case(queue(), documented=AMQP)
async def a_body_that_is_an_amqp_value_keeps_its_types(bus: Bus, orders: str) -> None:
    """A body that is an AMQP value keeps the types in it."""
    value = {"list": [1, None, True], "text": "t"}

    message = await _through(bus, orders, AmqpAnnotatedMessage(value_body=value))

    assert message.body_type is AmqpMessageBodyType.VALUE
    assert message.body == {b"list": [1, None, True], b"text": b"t"}


@content.case(queue(), documented=AMQP)
async def a_body_of_amqp_sequences_keeps_them(bus: Bus, orders: str) -> None:
    """A body of AMQP sequences keeps each of them."""
    message = await _through(bus, orders, AmqpAnnotatedMessage(sequence_body=[[1, 2], [b"x"]]))

    assert (message.body_type, _parts(message.body)) == (AmqpMessageBodyType.SEQUENCE, [[1, 2], [b"x"]])


@content.case(queue())
async def every_property_of_the_broker_arrives_as_it_was_sent(bus: Bus, orders: str) -> None:
    """Message id, correlation id, subject, content type, to, reply-to and both session ids arrive as they were sent."""
    names = ("message_id", "correlation_id", "subject", "content_type", "to", "reply_to")
    given: dict[str, Any] = {name: f"a {name}" for name in names} | {"session_id": "s", "reply_to_session_id": "r"}

    message = await _through(bus, orders, ServiceBusMessage("one", **given))

    assert {name: getattr(message, name) for name in given} == given


@content.case(queue())
async def a_property_that_was_not_set_is_none(bus: Bus, orders: str) -> None:
    """A property that was not set is None."""
    message = await _through(bus, orders, ServiceBusMessage("one"))

    found = (message.subject, message.correlation_id, message.to, message.reply_to, message.session_id)
    assert found == (None,) * 5
    assert not message.application_properties


@content.case(queue())
async def a_message_without_an_id_is_given_one(bus: Bus, orders: str) -> None:
    """A message whose sender gave it no message id is given one by the service."""
    sender, receiver = await bus.sender(orders), await bus.receiver(orders)
    await sender.send_messages([ServiceBusMessage("one"), ServiceBusMessage("two")])

    ids = [(await receiver.receive_messages(1, max_wait_time=bus.wait))[0].message_id for _ in range(2)]

    assert all(ids)
    assert len(set(ids)) == 2


@content.case(queue(), documented=AMQP)
async def a_message_id_may_be_a_number_a_uuid_or_bytes(bus: Bus, orders: str) -> None:
    """A message id may be a text, a number or a UUID, and arrives as such."""
    sender, receiver = await bus.sender(orders), await bus.receiver(orders)
    given: list[Any] = ["text", 5, UUID(int=7)]
    for message_id in given:
        properties = AmqpMessageProperties(message_id=message_id)
        await sender.send_messages(AmqpAnnotatedMessage(data_body=b"", properties=properties))

    received = [(await receiver.receive_messages(1, max_wait_time=bus.wait))[0].message_id for _ in given]

    assert received == given


@content.case(queue(), documented=AMQP)
async def a_correlation_id_may_be_a_uuid(bus: Bus, orders: str) -> None:
    """A correlation id may be a UUID, and arrives as such."""
    properties = AmqpMessageProperties(correlation_id=UUID(int=7))  # type: ignore[arg-type]  # The protocol allows it.

    message = await _through(bus, orders, AmqpAnnotatedMessage(data_body=b"", properties=properties))

    assert message.correlation_id == UUID(int=7)


@content.case(queue(), documented=AMQP)
async def rare_properties_of_amqp_arrive_too(bus: Bus, orders: str) -> None:
    """User id, content encoding, creation time and group sequence of AMQP arrive as they were sent."""
    properties = AmqpMessageProperties(
        user_id=b"u", content_encoding="gzip", creation_time=1_700_000_000_000, group_sequence=4
    )

    message = await _through(bus, orders, AmqpAnnotatedMessage(data_body=b"", properties=properties))

    raw = message.raw_amqp_message.properties
    assert raw is not None
    assert (raw.user_id, raw.content_encoding, raw.group_sequence) == (b"u", b"gzip", 4)
    assert raw.creation_time == 1_700_000_000_000


def _application_property(kind: str, given: Any, arrives: Any) -> None:
    async def act(bus: Bus, orders: str) -> None:
        message = await _through(bus, orders, ServiceBusMessage("one", application_properties={"key": given}))

        assert message.application_properties is not None
        found = message.application_properties[b"key"]
        assert (found, type(found)) == (arrives, type(arrives))

    act.__name__ = f"an_application_property_may_be_{kind.replace(' ', '_')}"
    act.__doc__ = f"An application property may be {kind}."
    content.case(queue())(act)


_application_property("a text", "grün", "grün".encode())
_application_property("a number", -7, -7)
_application_property("a fraction", 1.5, 1.5)
_application_property("a truth value", given=True, arrives=True)
_application_property("bytes", b"\x00\x01", b"\x00\x01")
_application_property("a UUID", UUID(int=9), UUID(int=9))
_application_property("a point in time", datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC), 1_767_323_045_678)
_application_property("null", None, None)
_application_property("an empty text", "", b"")
_application_property("a text of 30 KB", "x" * 30_000, b"x" * 30_000)


@content.case(queue())
async def many_application_properties_arrive_together(bus: Bus, orders: str) -> None:
    given: dict[str | bytes, Any] = {f"key-{number}": number for number in range(200)}

    message = await _through(bus, orders, ServiceBusMessage("one", application_properties=given))

    assert message.application_properties == {str(name).encode(): value for name, value in given.items()}


@content.case(queue(), documented=AMQP)
async def annotations_of_the_sender_arrive_beside_those_of_the_broker(bus: Bus, orders: str) -> None:
    annotated = AmqpAnnotatedMessage(data_body=b"", annotations={"x-own": "mine", "number": 3})

    message = await _through(bus, orders, annotated)

    annotations = message.raw_amqp_message.annotations
    assert annotations is not None
    assert (annotations[b"x-own"], annotations[b"number"]) == (b"mine", 3)
    assert annotations[b"x-opt-sequence-number"] == message.sequence_number


@content.case(queue(), documented=AMQP)
async def what_a_sender_claims_in_the_name_of_the_broker_is_overwritten(bus: Bus, orders: str) -> None:
    """Sequence number and enqueued time are the broker's, whatever the sender says."""
    claimed = {"x-opt-sequence-number": 4711, "x-opt-enqueued-time": 1}

    message = await _through(bus, orders, AmqpAnnotatedMessage(data_body=b"", annotations=claimed))

    assert message.sequence_number != 4711
    assert message.enqueued_time_utc is not None
    assert abs(message.enqueued_time_utc - bus.now()) < timedelta(minutes=2)


@content.case(queue(), documented=AMQP)
async def a_footer_arrives_as_it_was_sent(bus: Bus, orders: str) -> None:
    message = await _through(bus, orders, AmqpAnnotatedMessage(data_body=b"", footer={"checksum": "c"}))

    assert message.raw_amqp_message.footer == {b"checksum": b"c"}


@content.case(queue())
async def a_time_to_live_arrives_and_tells_when_the_message_expires(bus: Bus, orders: str) -> None:
    message = await _through(bus, orders, ServiceBusMessage("one", time_to_live=timedelta(minutes=5)))

    assert message.time_to_live == timedelta(minutes=5)
    assert message.enqueued_time_utc is not None
    assert message.expires_at_utc == message.enqueued_time_utc + timedelta(minutes=5)


@content.case(queue(), documented=AMQP)
async def the_delivery_count_of_a_sender_counts_nothing(bus: Bus, orders: str) -> None:
    """A delivery count in the header of the sender is not taken over."""
    header = AmqpMessageHeader(delivery_count=7)

    message = await _through(bus, orders, AmqpAnnotatedMessage(data_body=b"", header=header))

    assert message.delivery_count == 0
