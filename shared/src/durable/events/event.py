"""What every history event has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

UNSET = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """One event: when the turn that recorded it ran, and its position in the execution, from 1.

    `message_id` is the logical id of the message that brought it; decisions have none.
    """

    at: datetime = UNSET
    sequence: int = 0
    message_id: str | None = None

    @property
    def kind(self) -> str:
        """What it is, as it is called in messages, records and answers."""
        return type(self).__name__


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent(HistoryEvent):
    """An event of one task; `name` is the activity, the saga, or the purpose of the timer."""

    task_id: int
    name: str = ""
    label: str | None = None
    attempt: int = 1
