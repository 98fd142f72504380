"""A message as a row of table `message`, and back."""

from typing import NamedTuple

from emulators.servicebus.broker.changes import parts_of
from emulators.servicebus.broker.content import Content, DeadLetter, Message, State


class MessageRow(NamedTuple):
    """A row of table `message`, in the order of its columns."""

    key: int
    state: int
    delivery_count: int
    enqueued_at: int
    origin_sequence: int
    expires_at: int
    reason: str | None
    description: str | None
    message_id: bytes
    session_id: str | None
    time_to_live: int
    due_at: int
    annotations: bytes
    annotation_count: int
    bare: bytes
    hops: int


def row_of(message: Message) -> tuple[object, ...]:
    """A message as plain values, in the order of the columns."""
    content = message.content
    reason, description = message.dead_letter or (None, None)
    return (
        message.key,
        int(message.state),
        message.delivery_count,
        message.enqueued_at,
        message.origin_sequence,
        message.expires_at,
        reason,
        description,
        content.message_id,
        content.session_id,
        content.time_to_live,
        content.due_at,
        content.annotations,
        content.annotation_count,
        content.bare,
        content.hops,
    )


def message_of(row: MessageRow) -> Message:
    """The message that a row was made of, unlocked."""
    content = Content(
        row.bare,
        row.message_id,
        row.session_id,
        row.time_to_live,
        row.due_at,
        row.annotations,
        row.annotation_count,
        row.hops,
    )
    buried = row.reason is not None or row.description is not None
    return Message(
        row.key,
        parts_of(row.key)[1],
        content,
        row.enqueued_at,
        row.origin_sequence,
        expires_at=row.expires_at,
        delivery_count=row.delivery_count,
        state=State(row.state),
        dead_letter=DeadLetter(row.reason, row.description) if buried else None,
    )
