"""What became of one run: what invariants are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from durable.failure import Failure
from durable.status import Status
from durable.testing.exploring.faults import Schedule
from durable.testing.exploring.process import Call
from durable.testing.golden import History
from durable.testing.handlers import Effect


@dataclass(frozen=True, slots=True)
class Ended:
    """One instance at the end of a run.

    Attributes:
        history: all events of all executions.
        result: what it returned, as its declared type; `None` if it did not complete.
    """

    instance_id: str
    saga: str
    status: Status
    history: History
    result: Any
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the explored instance under one schedule.

    Attributes:
        history, status, result, failure: of the explored instance.
        effects: activity and input of each handler that ran, in order, those that ran again included; the idempotency
            key of each is an attribute.
        instances: all instances by id, children included.
        schedule: what went wrong.
    """

    instance_id: str
    status: Status
    result: Any
    failure: Failure | None
    history: History
    effects: list[Effect]
    instances: Mapping[str, Ended]
    schedule: Schedule = ()
    trace: list[Call] = field(default_factory=list, repr=False)

    def of(self, instance_id: str) -> Ended:
        """Give another instance."""
        return self.instances[instance_id]
