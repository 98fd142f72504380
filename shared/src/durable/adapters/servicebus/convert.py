"""Messages of the SDK to those of the port and back. Runs for every message, so it takes the shortest way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from azure.servicebus import ServiceBusMessage, ServiceBusReceivedMessage

from durable.messages import Message
from durable.ports import Delivery

ENQUEUED = b"x-opt-enqueued-time"
LOCKED_UNTIL = b"x-opt-locked-until"
_MESSAGE_ID, _CONTENT_TYPE, _GROUP_ID = 0, 6, 10
_DELIVERY_COUNT = 4


def to_sdk(message: Message) -> ServiceBusMessage:
    """Give a message as the SDK sends it."""
    sent = ServiceBusMessage(
        message.body,
        message_id=message.id or None,
        session_id=message.session,
        application_properties=dict[Any, Any](message.properties) or None,
        content_type=message.content_type or None,
        scheduled_enqueue_time_utc=message.due and message.due + _ROUNDED_UP,
    )
    if not message.id:
        sent.message_id = None  # Otherwise the SDK makes one up.
    return sent


def from_sdk(received: ServiceBusReceivedMessage) -> Delivery:
    """Give a message as the port delivers it, by the public surface of the SDK."""
    return Delivery(
        body=_body(received.body),
        id=received.message_id or "",
        properties=_properties(received.application_properties),
        content_type=received.content_type or "",
        session=received.session_id,
        deliveries=received.delivery_count or 0,
        enqueued_at=received.enqueued_time_utc or _LONG_AGO,
        lock=received,
    )


def from_sections(raw: Any, lock: object) -> Delivery:
    """Give a message as the port delivers it, from the decoded sections of an AMQP message."""
    properties = raw.properties or _NO_PROPERTIES
    session = properties[_GROUP_ID]
    return Delivery(
        body=_body(raw.data or raw.value),
        id=_text(properties[_MESSAGE_ID]),
        properties=_properties(raw.application_properties),
        content_type=_text(properties[_CONTENT_TYPE]),
        session=None if session is None else _text(session),
        deliveries=(raw.header[_DELIVERY_COUNT] or 0) if raw.header else 0,
        enqueued_at=datetime.fromtimestamp(raw.message_annotations[ENQUEUED] / 1000, UTC),
        lock=lock,
    )


# The SDK cuts off what is below a millisecond; a message must not come before it is due.
_ROUNDED_UP = timedelta(microseconds=999)
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_NO_PROPERTIES = (None,) * (_GROUP_ID + 1)


def _body(content: Any) -> bytes:
    """Give the bytes of data sections; of a single value, as other senders may use, its text; nothing of all else."""
    if isinstance(content, list) and len(content) == 1 and isinstance(content[0], bytes):
        return content[0]
    if isinstance(content, bytes | str):
        return content if isinstance(content, bytes) else content.encode()
    parts = [] if content is None or isinstance(content, int | float | dict) else list(content)
    return b"".join(part for part in parts if isinstance(part, bytes))


def _properties(raw: Mapping[Any, Any] | None) -> dict[str, str]:
    if not raw:
        return {}
    return {_name(name): _text(value) for name, value in raw.items()}


@lru_cache(maxsize=1000)
def _name(name: bytes | str) -> str:
    return _text(name)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return "" if value is None else str(value)
