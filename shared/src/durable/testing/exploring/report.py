"""What an exploration says in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from durable.testing.exploring.faults import Schedule, schedule_text
from durable.testing.exploring.process import Call
from durable.testing.exploring.trial import Trial, Violation

CALLS_SHOWN_MAX = 120


@dataclass(frozen=True, slots=True)
class Report:
    """An exploration in which everything held.

    Attributes:
        crash_points: calls of ports in a run in which nothing goes wrong.
        singles, pairs, by_chance: schedules tried of each kind.
        seconds: how long it took.
    """

    crash_points: int
    singles: int
    pairs: int
    by_chance: int
    seconds: float

    @property
    def schedules(self) -> int:
        """How many schedules were tried."""
        return 1 + self.singles + self.pairs + self.by_chance

    def __str__(self) -> str:
        return (
            f"{self.schedules} schedules over {self.crash_points} crash points in {self.seconds:.1f} s: "
            f"{self.singles} single faults, {self.pairs} pairs, {self.by_chance} by chance"
        )


class ExplorationFailed(AssertionError):
    """A schedule broke an invariant; its text tells the smallest one step by step, and how to repeat it.

    Attributes:
        violation: what did not hold.
        schedule: the smallest schedule that breaks it.
    """

    def __init__(self, trial: Trial, tried: int, repeat: str) -> None:
        assert trial.violation is not None
        self.violation: Violation = trial.violation
        self.schedule: Schedule = trial.schedule
        self.trace = trial.trace
        super().__init__("\n".join(_lines(trial, trial.violation, tried, repeat)))


def _lines(trial: Trial, violation: Violation, tried: int, repeat: str) -> Iterator[str]:
    yield f"{violation.of}: {violation.told}"
    count = len(trial.schedule)
    faults = "nothing goes wrong" if count == 0 else "1 fault" if count == 1 else f"{count} faults"
    yield f"The smallest schedule that breaks it, of {tried} tried: {faults}"
    hits = {(hit.process, hit.call): hit for hit in trial.schedule}
    calls = [call for call in trial.trace if (call.process, call.number) in hits]
    for number, call in enumerate(calls, 1):
        assert call.fault is not None
        yield f"  {number}. {_when(call)} {call.process}, call {call.number} ({call.what()}): {call.fault.value}"
    yield "What happened:"
    yield from _trace(trial.trace)
    yield f"Repeat it with: {repeat.replace('SCHEDULE', repr(schedule_text(trial.schedule)))}"


def _trace(trace: Sequence[Call]) -> Iterator[str]:
    told = [call for call in trace if call.kind != "renew" or call.fault is not None]
    left_out = len(told) - CALLS_SHOWN_MAX
    for call in told[:CALLS_SHOWN_MAX]:
        mark = f"  <== {call.fault.value}" if call.fault is not None else ""
        yield f"  {_when(call)} {call.process:>14} {call.number:>3} {call.what()}{mark}"
    if left_out > 0:
        yield f"  … and {left_out} more calls"


def _when(call: Call) -> str:
    return f"[{timedelta(seconds=round(call.at, 3))!s:.12}]"
