"""What a handler may know of the attempt that it runs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from durable.messages import Command

_Log = logging.LoggerAdapter[logging.Logger]


@dataclass(frozen=True, slots=True)
class ActivityContext:
    """One run of a handler, for one attempt of one task.

    Attributes:
        instance_id: the instance that called the activity.
        task_id: the task, unique within the execution of the instance.
        activity: name of the activity.
        attempt: which attempt of the task this is, from 1.
        delivery_count: which delivery of this attempt this is, from 1; more than 1 means that an earlier run of it may
            have had its effect, in whole or in part.
        idempotency_key: equal for all attempts and deliveries of the task; hand it to whatever can use it.
        trace: W3C trace context of the command.
    """

    instance_id: str
    task_id: int
    activity: str
    attempt: int
    delivery_count: int
    idempotency_key: str
    trace: Mapping[str, str]

    @property
    def log(self) -> _Log:
        """A logger whose lines say which attempt they belong to."""
        return logging.LoggerAdapter(
            logging.getLogger(f"activity.{self.activity}"),
            {
                "instance_id": self.instance_id,
                "task_id": self.task_id,
                "activity": self.activity,
                "attempt": self.attempt,
            },
        )


def context_of(command: Command, deliveries_before: int) -> ActivityContext:
    """Describe the run of a command; one that the orchestrator sent again counts as a redelivery."""
    return ActivityContext(
        instance_id=command.instance_id,
        task_id=command.task_id,
        activity=command.activity,
        attempt=command.attempt,
        delivery_count=deliveries_before + 1 + command.resent,
        idempotency_key=command.idempotency_key,
        trace=command.trace,
    )
