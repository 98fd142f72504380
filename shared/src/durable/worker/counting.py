"""Counts how commands are answered, for the metrics of the process."""

from __future__ import annotations

from durable.events import ActivityCompleted, ActivityFailed
from durable.failure import ACTIVITY_TIMEOUT, CANCELLED
from durable.ports import Delivery
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import ACTIVITY_DURATION, SCHEDULE_TO_START
from durable.worker.performer import Answer

_ANSWERS = (ActivityCompleted, ActivityFailed)
_OUTCOMES = {ACTIVITY_TIMEOUT: "timed-out", CANCELLED: "cancelled"}


def count_answer(metrics: Metrics, delivery: Delivery, answer: Answer) -> None:
    """Measure an attempt that was answered here; one that is completed later, by token, is not."""
    event = answer.message.event if answer.message is not None and answer.due is None else None
    if not isinstance(event, _ANSWERS) or event.started_at is None or event.ended_at is None:
        return
    waited = (event.started_at - delivery.enqueued_at).total_seconds()
    outcome = "completed" if isinstance(event, ActivityCompleted) else _OUTCOMES.get(event.failure.type, "failed")
    # The clock of the broker is another one.
    metrics.observe(SCHEDULE_TO_START, max(waited, 0.0), event.name)
    metrics.observe(ACTIVITY_DURATION, (event.ended_at - event.started_at).total_seconds(), event.name, outcome)
