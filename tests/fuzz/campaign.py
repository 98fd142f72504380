"""A campaign: attacks of all kinds in turn, a look at the bystander now and then, figures of what they cost."""

import asyncio
import resource
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from random import Random

from tests.fuzz.attacks import ATTACKS, mutated
from tests.fuzz.http_attacks import ATTACKS as HTTP_ATTACKS
from tests.fuzz.http_attacks import attack
from tests.fuzz.stage import Harmed, Stage, recorded

CHECK_EVERY = 200
CPU_SECONDS_MAX = 5.0
SILENCE = 0.5
GROWTH_MB_MAX = 150


class Broken(Exception):
    """An attack succeeded; the text says which, and how to repeat it."""


@dataclass
class Campaign:
    """Attacks of one seed; `done` counts them by kind."""

    stage: Stage
    seed: int
    recordings: list[bytes] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")

    async def run(self, numbers: Iterator[int]) -> None:
        """Attack once of each kind for each number; raises `Broken`."""
        self.recordings = self.recordings or await recorded(self.stage)
        for number in numbers:
            for kind in ATTACKS:
                self._attack(kind, number)
            if number % CHECK_EVERY == CHECK_EVERY - 1:
                await self._check(number)
        await self._check(-1)

    def _attack(self, kind: str, number: int) -> None:
        chance = Random(f"{self.seed}/{kind}/{number}")
        started = time.process_time()
        try:
            ATTACKS[kind](self.stage, chance, self.recordings)
        except Exception as fault:
            raise Broken(f"{self._place(kind, number)}: {type(fault).__name__}: {fault}") from fault
        spent = time.process_time() - started
        self.done[kind] += 1
        self.slowest = max(self.slowest, (spent, f"{kind} {number}"))
        if spent > CPU_SECONDS_MAX:
            raise Broken(f"{self._place(kind, number)} took {spent:.1f} seconds of CPU")

    async def _check(self, number: int) -> None:
        try:
            await self._attack_http(Random(f"{self.seed}/http/{number}"))
            await self.stage.check()
            self.stage.tidy()
        except Exception as fault:
            raise Broken(f"behind number {number} of seed {self.seed}: {type(fault).__name__}: {fault}") from fault

    async def _attack_http(self, chance: Random) -> None:
        port = int(self.stage.cosmos.url.rpartition(":")[2])
        requests = [mutated(chance, chance.choice([*HTTP_ATTACKS.values()])[:200_000]) for _ in range(10)]
        for outcome in await asyncio.gather(*(attack(port, each, seconds=SILENCE) for each in requests)):
            self.done["http"] += 1
            if outcome.status >= 500:
                raise Harmed(f"One of {[each[:200] for each in requests]} was answered with {outcome.status}.")

    def _place(self, kind: str, number: int) -> str:
        return (
            f"attack by {kind}, number {number} of seed {self.seed} (repeat it: make fuzz SEED={self.seed} AT={number})"
        )


def until(seconds: float) -> Iterator[int]:
    """Numbers for as long as there is time."""
    end = time.monotonic() + seconds
    for number in count():
        if time.monotonic() > end:
            return
        yield number


def resident_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
