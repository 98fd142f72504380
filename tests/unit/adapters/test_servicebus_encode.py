from datetime import UTC, datetime

from azure.servicebus import ServiceBusReceivedMessage
from hypothesis import given
from hypothesis import strategies as st

from durable.adapters.servicebus.convert import from_sdk
from durable.adapters.servicebus.encode import encode_message
from durable.messages import Message

TEXT = st.text(st.characters(codec="utf-8"), max_size=400)
MESSAGES = st.builds(
    Message,
    body=st.binary(max_size=2_000),
    id=TEXT,
    session=st.none() | TEXT.filter(bool),
    due=st.none(),
    properties=st.dictionaries(TEXT.filter(bool), TEXT, max_size=300),
    content_type=st.text(st.characters(codec="ascii"), max_size=300),
)


def decoded(message: Message) -> ServiceBusReceivedMessage:
    return ServiceBusReceivedMessage.from_bytes(encode_message(message))


@given(MESSAGES)
def test_the_sdk_reads_a_message_as_it_was_meant(message: Message) -> None:
    read = from_sdk(decoded(message))

    assert (read.body, read.id, read.session) == (message.body, message.id, message.session)
    assert (dict(read.properties), read.content_type) == (dict(message.properties), message.content_type)


def test_the_due_time_is_read_to_the_millisecond() -> None:
    due = datetime(2026, 3, 1, 12, 30, 15, 123_000, tzinfo=UTC)

    assert decoded(Message(b"", "timer", due=due)).scheduled_enqueue_time_utc == due


def test_a_time_between_two_milliseconds_is_not_made_earlier() -> None:
    due = datetime(2026, 3, 1, 12, 30, 15, 123_400, tzinfo=UTC)

    found = decoded(Message(b"", "timer", due=due)).scheduled_enqueue_time_utc

    assert found is not None
    assert found >= due


def test_a_message_of_more_than_a_frame_is_read() -> None:
    message = Message(bytes(200_000), "large", properties={f"name{n}": "x" * 300 for n in range(300)})

    assert from_sdk(decoded(message)).body == message.body
