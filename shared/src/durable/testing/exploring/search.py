"""Which schedules are tried, in which order, and how a failing one is made small.

1. First every single fault at every call where it makes a difference, then pairs, then schedules of more by chance.
2. The second fault of a pair is chosen among the calls that the first one led to.
3. A failing schedule is made smaller for as long as what is left breaks the same invariant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from durable.testing.exploring.faults import Fault, Hit, Schedule
from durable.testing.exploring.process import Call
from durable.testing.exploring.trial import Judge, Trial

HITS_MAX = 5


@dataclass(slots=True)
class Search:
    """One exploration under way.

    Attributes:
        tried: how many schedules have run.
        graves: what handlers of dead processes still hold; their code must not run.
    """

    judge: Judge
    faults: frozenset[Fault]
    random: Random
    tried: int = 0
    _after: list[tuple[Hit, Sequence[Hit]]] = field(default_factory=list)

    def run(self, schedule: Schedule) -> Trial:
        """Try one schedule."""
        self.tried += 1
        return self.judge.run(schedule)

    def singles(self, base: Trial) -> Iterator[Trial]:
        """Try each fault alone."""
        for hit in self._hits(base.trace):
            trial = self.run((hit,))
            self._after.append((hit, self._hits_after(trial.trace, hit)))
            yield trial

    def pairs(self, count: int) -> Iterator[Trial]:
        """Try some faults together with one that follows."""
        candidates = [(first, then) for first, followers in self._after for then in followers]
        for pair in self.random.sample(candidates, min(count, len(candidates))):
            yield self.run(pair)

    def by_chance(self, base: Trial, count: int) -> Iterator[Trial]:
        """Try schedules of several faults."""
        hits = self._hits(base.trace)
        for _ in range(count if hits else 0):
            yield self.run(random_schedule(hits, self.random))

    def shrink(self, failing: Trial) -> Trial:
        """Give a smallest schedule that breaks the same invariant."""
        return shrink(failing, self.run)

    def _hits(self, trace: Sequence[Call]) -> list[Hit]:
        return [
            Hit(call.process, call.number, fault)
            for call in trace
            for fault in Fault
            if fault in call.fits and fault in self.faults
        ]

    def _hits_after(self, trace: Sequence[Call], hit: Hit) -> list[Hit]:
        place = next((n for n, call in enumerate(trace) if (call.process, call.number) == (hit.process, hit.call)), 0)
        return self._hits(trace[place + 1 :])


def random_schedule(hits: Sequence[Hit], random: Random) -> Schedule:
    """Choose some hits, also at calls beyond those of a run in which nothing goes wrong."""
    chosen: dict[tuple[str, int], Hit] = {}
    for hit in random.sample(hits, min(random.randint(2, HITS_MAX), len(hits))):
        call = hit.call + random.choice((0, 0, random.randint(0, 20)))
        chosen[hit.process, call] = Hit(hit.process, call, hit.fault)
    return tuple(chosen.values())


def shrink(failing: Trial, run: Callable[[Schedule], Trial]) -> Trial:
    """Leave out faults one by one while what is left fails in the same way."""
    assert failing.violation is not None
    smaller = True
    while smaller:
        smaller = False
        for index in range(len(failing.schedule)):
            trial = run(failing.schedule[:index] + failing.schedule[index + 1 :])
            if trial.violation is not None and trial.violation.of == failing.violation.of:
                failing, smaller = trial, True
                break
    return failing
