"""One schedule tried: what became of it, and which invariant it broke, if one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from durable.payload import decode_payload
from durable.saga import Saga
from durable.status import Status
from durable.testing.exploring.evidence import Evidence, Found
from durable.testing.exploring.faults import Schedule
from durable.testing.exploring.invariants import CHECKS
from durable.testing.exploring.outcome import Ended, Outcome
from durable.testing.exploring.process import Call
from durable.testing.exploring.subject import Subject
from durable.testing.exploring.world import World
from durable.testing.golden import History

Invariant = Callable[[Outcome], object]
PATIENCE = timedelta(days=1)
_SILENT = logging.CRITICAL + 1


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that did not hold.

    Attributes:
        of: name of the invariant.
        told: what it found.
    """

    of: str
    told: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A run under one schedule."""

    schedule: Schedule
    trace: Sequence[Call]
    outcome: Outcome | None
    violation: Violation | None
    dead: Mapping[str, Sequence[str]]


@dataclass(slots=True)
class Judge:
    """Runs schedules and judges them.

    Attributes:
        within: virtual time in which every instance must have ended.
        expected_dead: what goes to the dead-letter queues although nothing goes wrong.
    """

    subject: Subject
    invariants: Sequence[Invariant]
    within: timedelta
    expected_dead: Mapping[str, Sequence[str]] | None = None

    def expect(self, base: Trial) -> None:
        """Learn from a run in which nothing goes wrong what to expect of the others."""
        self.expected_dead = base.dead
        self.within = timedelta(seconds=2 * base.trace[-1].at) + PATIENCE

    def run(self, schedule: Schedule) -> Trial:
        """Try one schedule."""
        world = World(self.subject, schedule, self.within)
        with _quiet(), closing(world):
            evidence = world.run()
            outcome = self._outcome(evidence, schedule, world.trace)
            violation = self._violation(evidence, outcome)
        return Trial(schedule, world.trace, outcome, violation, evidence.dead)

    def _violation(self, evidence: Evidence, outcome: Outcome | None) -> Violation | None:
        for check in CHECKS:
            try:
                check(evidence)
            except AssertionError as error:
                return Violation(check.__name__, str(error))
        if self.expected_dead is not None and evidence.dead != self.expected_dead:
            return _buried(evidence.dead, self.expected_dead)
        assert outcome is not None, "an instance that was found has an outcome"
        for invariant in self.invariants:
            name = getattr(invariant, "__name__", repr(invariant))
            try:
                if invariant(outcome) is False:
                    return Violation(name, "it gave False")
            except Exception as error:  # It is its author's code; whatever it raises is what it found.
                return Violation(name, str(error) or type(error).__name__)
        return None

    def _outcome(self, evidence: Evidence, schedule: Schedule, trace: list[Call]) -> Outcome | None:
        instances = {id_: self._ended(found) for id_, found in evidence.instances.items()}
        if not instances:
            return None
        first = next(iter(instances.values()))
        return Outcome(
            instance_id=first.instance_id,
            status=first.status,
            result=first.result,
            failure=first.failure,
            history=first.history,
            effects=list(evidence.effects),
            instances=instances,
            schedule=schedule,
            trace=trace,
        )

    def _ended(self, found: Found) -> Ended:
        head = found.head
        saga: Saga[Any, Any] | None = next((one for one in self.subject.sagas if one.name == head.saga), None)
        completed = head.status is Status.COMPLETED and saga is not None
        return Ended(
            instance_id=head.instance_id,
            saga=head.saga,
            status=head.status,
            history=History(found.history, head.instance_id),
            result=decode_payload(head.output, saga.output) if completed and saga is not None else None,
            failure=head.failure,
        )


def _buried(dead: Mapping[str, Sequence[str]], expected: Mapping[str, Sequence[str]]) -> Violation | None:
    for queue, reasons in dead.items():
        new = sorted(set(reasons) - set(expected.get(queue, ())))
        if new:
            told = f"messages went to the dead-letter queue of {queue}: {', '.join(new)}"
            return Violation("nothing_is_dead_lettered", told)
    return None


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in ("orchestrator", "durable", "activity")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(_SILENT)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
