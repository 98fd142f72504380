"""Measures cells on stacks of their own, one stack for all cells of a saga and a number of replicas."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path

from benchmarks.scaling.cells import Cell
from benchmarks.scaling.driver import Driver, Inputs, Outcome, events_of
from benchmarks.scaling.inputs import LaidOut
from benchmarks.scaling.surroundings import scaled_services
from benchmarks.scaling.usage import Usage, usage_of
from stack import Stack, running_stack
from stack.local import objects_folder

WARM = 7  # One of each layout of invoices, so that no cell waits for converters to be imported.
FOREVER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a cell took; `other` is how many processors were busy with other things than the stack."""

    cell: Cell
    outcomes: Sequence[Outcome]
    seconds: float
    cpu: float
    memory: int
    other: float

    @property
    def success(self) -> float:
        """The share of requests that ended Completed."""
        return sum(outcome.status == "Completed" for outcome in self.outcomes) / len(self.outcomes)

    def latency(self, share: float) -> float:
        """Give the seconds from sending to the end within which such a share of the requests had ended."""
        ordered = sorted(outcome.seconds for outcome in self.outcomes)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which cells, in which window each minute of requests arrives, and how long all may take."""

    cells: Sequence[Cell]
    window: timedelta
    budget: timedelta = FOREVER

    def stacks(self) -> Iterator[tuple[tuple[str, int], list[Cell], timedelta]]:
        """Give the cells of each stack, with an equal share of the time that is left."""
        began = time.monotonic()
        groups = [(key, list(cells)) for key, cells in groupby(self.cells, lambda cell: (cell.saga, cell.replicas))]
        for index, (key, cells) in enumerate(groups):
            left = self.budget.total_seconds() - (time.monotonic() - began)
            yield key, cells, timedelta(seconds=max(0.0, left / (len(groups) - index)))


async def measure(plan: Plan, say: Callable[[str], None]) -> list[Measured]:
    """Measure the cells of a plan, those of each stack for as long as its share of the time lasts."""
    measured: list[Measured] = []
    for (saga, replicas), cells, share in plan.stacks():
        until = time.monotonic() + share.total_seconds()
        with tempfile.TemporaryDirectory(prefix="scale-") as folder:
            async with running_stack(Path(folder), services=scaled_services(saga, replicas)) as stack:
                say(f"{saga}, replicas {replicas}: the stack is ready")
                inputs = LaidOut(objects_folder(stack.folder))
                driver = Driver(stack.urls["ingestor"], stack.urls["orchestrator-1"])
                warm = Cell(saga, replicas, 1, WARM)
                await driver.drive(warm, list(events_of(warm, inputs)), timedelta(0))
                for cell in cells:
                    if time.monotonic() < until:
                        measured.append(await _one(cell, inputs, driver, (stack, plan.window)))
                        say(told(measured[-1]))
    return measured


async def _one(cell: Cell, inputs: Inputs, driver: Driver, around: tuple[Stack, timedelta]) -> Measured:
    stack, window = around
    bursts = list(events_of(cell, inputs))
    before, began = usage_of(stack.pids.values()), time.monotonic()
    outcomes = await driver.drive(cell, bursts, window)
    seconds, after = time.monotonic() - began, usage_of(stack.pids.values())
    return Measured(cell, outcomes, seconds, after.cpu - before.cpu, after.memory, _other(before, after, seconds))


def _other(before: Usage, after: Usage, seconds: float) -> float:
    busy = after.machine - before.machine - (after.cpu - before.cpu)
    return max(0.0, busy / seconds)


def told(measured: Measured) -> str:
    """Say in a line what a cell took."""
    cell = measured.cell
    return (
        f"{cell.saga}, replicas {cell.replicas}, fan-out {cell.fan_out}, {cell.rate} a minute: "
        f"{measured.seconds:.1f} s, p95 {measured.latency(0.95):.2f} s, {measured.success:.0%} completed"
    )
