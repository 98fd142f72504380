"""Counts what a committed turn did, for the metrics of the process."""

from __future__ import annotations

from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    Blocked,
    CompensationStarted,
    HistoryEvent,
    SagaCompensationFailed,
    SagaStarted,
    TaskEvent,
)
from durable.status import Status
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import (
    ATTEMPTS_COMPLETED,
    ATTEMPTS_FAILED,
    ATTEMPTS_RETRIED,
    ATTEMPTS_SCHEDULED,
    COMPENSATIONS_STARTED,
    INSTANCES_STUCK,
    RUN_DURATION,
    RUNS_STARTED,
    TURNS,
)
from orchestrator.heads import Head
from orchestrator.host.plans import Plan
from orchestrator.host.residents import Resident

_STUCK = {Blocked: Status.BLOCKED, SagaCompensationFailed: Status.COMPENSATION_FAILED}


def count_turn(metrics: Metrics, resident: Resident, plan: Plan) -> None:
    """Count a turn and its events; to be called once, when it is durable."""
    saga, head = resident.saga, plan.head
    metrics.add(TURNS, 1, saga)
    for event in plan.plain or plan.turn.events:
        if isinstance(event, TaskEvent):
            _count_task(metrics, saga, event)
        elif head is not None:
            _count_event(metrics, head, event)
    if head is not None and head.ended_at is not None:
        metrics.observe(RUN_DURATION, (head.ended_at - head.created_at).total_seconds(), saga, head.status.value)


def _count_task(metrics: Metrics, saga: str, event: TaskEvent) -> None:
    if isinstance(event, ActivityCompleted):
        metrics.add(ATTEMPTS_COMPLETED, 1, saga, event.name)
    elif isinstance(event, ActivityScheduled):
        metrics.add(ATTEMPTS_SCHEDULED, 1, saga, event.name)
        if event.attempt > 1:
            metrics.add(ATTEMPTS_RETRIED, 1, saga, event.name)
    elif isinstance(event, ActivityFailed):
        # One sealed under a key that is not here stays sealed.
        metrics.add(ATTEMPTS_FAILED, 1, saga, event.name, getattr(event.failure, "type", "sealed"))


def _count_event(metrics: Metrics, head: Head, event: HistoryEvent) -> None:
    """Count an event that concerns what the head says."""
    stuck = _STUCK.get(type(event))
    if stuck is not None:
        metrics.add(INSTANCES_STUCK, 1, head.saga, stuck.value)
    elif isinstance(event, CompensationStarted):
        metrics.add(COMPENSATIONS_STARTED, 1, head.saga)
    elif isinstance(event, SagaStarted) and event.message_id == head.start:
        # The start of an execution that continues as new has an id of its own.
        metrics.add(RUNS_STARTED, 1, head.saga)
