"""What a sender said (`Content`) and what the broker knows about it (`Message`)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Content(NamedTuple):
    """A message as its sender gave it; shared by all copies of it.

    The last two tell of its forwarding: how often that happened, and which number it was first given.
    """

    bare: bytes
    message_id: bytes = b""
    session_id: str | None = None
    time_to_live: int = 0
    due_at: int = 0
    annotations: bytes = b""
    annotation_count: int = 0
    hops: int = 0
    first_sequence: int = 0

    def living_at_most(self, span: int) -> "Content":
        """The same with a time to live that does not exceed a span; 0 means without end."""
        if not span or 0 < self.time_to_live <= span:
            return self
        return self._replace(time_to_live=span)


class State(IntEnum):
    """Where a message is in its life; the first three are the numbers that travel in `x-opt-message-state`."""

    ACTIVE = 0
    DEFERRED = 1
    SCHEDULED = 2
    GONE = 3


class DeadLetter(NamedTuple):
    """Why a message was set aside."""

    reason: str | None
    description: str | None

    def properties(self) -> dict[str, str]:
        """The application properties that tell a receiver of it."""
        named = (("DeadLetterReason", self.reason), ("DeadLetterErrorDescription", self.description))
        return {name: text for name, text in named if text is not None}


@dataclass(slots=True, eq=False)
class Message:
    """A message in a queue. `key` names it in the journal, `lock_id` is 0 while nobody holds it."""

    key: int
    sequence: int
    content: Content
    enqueued_at: int
    origin_sequence: int
    expires_at: int = 0
    delivery_count: int = 0
    state: State = State.ACTIVE
    dead_letter: DeadLetter | None = None
    lock_id: int = 0
    locked_until: int = 0
