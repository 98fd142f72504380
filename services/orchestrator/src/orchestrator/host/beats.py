"""What the last heartbeat of a task said, and what follows from it for facts that are about to be taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from durable.events import ActivityFailed, HistoryEvent
from durable.failure import ACTIVITY_TIMEOUT
from durable.vault import is_sealed


@dataclass(frozen=True, slots=True)
class Beat:
    """The last sign of an attempt.

    Attributes:
        detail: what its handler told last, as JSON data; `None` if it told nothing.
        control: the session of queue `control` where a cancel reaches it.
    """

    attempt: int
    detail: object
    control: str


Beats = Mapping[int, Beat]


def is_refuted(event: HistoryEvent, beats: Beats) -> bool:
    """Tell whether a fact says that an attempt was not started in time, which was heard of."""
    if not isinstance(event, ActivityFailed) or is_sealed(event) or event.failure.type != ACTIVITY_TIMEOUT:
        return False
    details = event.failure.details
    if not isinstance(details, dict) or details.get("kind") != "schedule_to_start":
        return False
    beat = beats.get(event.task_id)
    return beat is not None and beat.attempt == event.attempt


def with_last_detail(event: HistoryEvent, beats: Beats) -> HistoryEvent:
    """Give a failure the last detail of its attempt, if whoever tells of it did not know it."""
    if not isinstance(event, ActivityFailed) or event.heartbeat is not None:
        return event
    beat = beats.get(event.task_id)
    if beat is None or event.attempt not in {0, beat.attempt}:
        return event
    return replace(event, heartbeat=beat.detail)
