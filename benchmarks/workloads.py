"""The workloads: the same shapes that other durable engines are measured by.

W1: 1,000 chains of 5 activities, 100 in flight. W2: one saga of 1,000 activities at once. W3: one chain of 5 at a time
on an idle system. W4: one chain of many steps, whose last tenth should take as long as its first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from benchmarks.contracts import CHAIN_ASKED, FAN_ASKED
from benchmarks.driver import Driver
from benchmarks.meter import Cost, Meter, cost_between

CHAIN = 5


@dataclass(slots=True)
class Result:
    """What a workload took.

    Attributes:
        figures: what is particular to the workload, by name, in the order to be shown.
    """

    name: str
    activities: int
    cost: Cost
    figures: dict[str, str] = field(default_factory=dict)


Workload = Callable[[Driver, Meter], Awaitable[Result]]


async def _measured(meter: Meter, work: Awaitable[None]) -> Cost:
    before = await meter.read()
    await work
    return cost_between(before, await meter.read())


def chains(number: int, in_flight: int) -> Workload:
    """W1: many chains, so many in flight."""

    async def run(driver: Driver, meter: Meter) -> Result:
        gate = asyncio.Semaphore(in_flight)
        latencies: list[float] = []

        async def one() -> None:
            async with gate:
                began = time.perf_counter()
                await driver.run(CHAIN_ASKED, {"steps": CHAIN})
                latencies.append(time.perf_counter() - began)

        async def all_of_them() -> None:
            await asyncio.gather(*(one() for _ in range(number)))

        cost = await _measured(meter, all_of_them())
        figures = {
            "sagas/s": f"{number / cost.wall:,.0f}",
            "p50": f"{_share(latencies, 0.5) * 1000:,.0f} ms",
            "p99": f"{_share(latencies, 0.99) * 1000:,.0f} ms",
        }
        return Result(f"W1: {number:,} chains of {CHAIN}, {in_flight} in flight", number * CHAIN, cost, figures)

    return run


def fan(width: int) -> Workload:
    """W2: one saga, all activities at once."""

    async def run(driver: Driver, meter: Meter) -> Result:
        took: list[float] = []

        async def one() -> None:
            began = time.perf_counter()
            await driver.run(FAN_ASKED, {"width": width})
            took.append(time.perf_counter() - began)

        cost = await _measured(meter, one())
        return Result(f"W2: one saga of {width:,} at once", width, cost, {"took": f"{took[0]:.2f} s"})

    return run


def idle_chains(number: int) -> Workload:
    """W3: one chain at a time."""

    async def run(driver: Driver, meter: Meter) -> Result:
        took: list[float] = []
        ids: list[str] = []

        async def one_by_one() -> None:
            for _ in range(number):
                began = time.perf_counter()
                ids.append(await driver.run(CHAIN_ASKED, {"steps": CHAIN}))
                took.append(time.perf_counter() - began)

        cost = await _measured(meter, one_by_one())
        gaps: list[float] = []
        for id_ in ids:
            stamps = await driver.stamps(id_)
            gaps += [later - earlier for earlier, later in pairwise(stamps)]
        figures = {
            "per step, end to end": f"{median(took) / CHAIN * 1000:.1f} ms",
            "step to step": f"{median(gaps) * 1000:.1f} ms",
        }
        return Result(f"W3: idle, {number} chains of {CHAIN} one by one", number * CHAIN, cost, figures)

    return run


def long_chain(steps: int) -> Workload:
    """W4: one chain of many steps."""

    async def run(driver: Driver, meter: Meter) -> Result:
        every = max(1, steps // 20)
        ids: list[str] = []

        async def one() -> None:
            ids.append(await driver.run(CHAIN_ASKED, {"steps": steps, "every": every}))

        cost = await _measured(meter, one())
        stamps = await driver.stamps(ids[0])
        first = (stamps[2] - stamps[0]) / (2 * every) * 1000
        last = (stamps[-2] - stamps[-4]) / (2 * every) * 1000
        figures = {
            "per step": f"{cost.wall / steps * 1000:.2f} ms",
            "first tenth": f"{first:.2f} ms",
            "last tenth": f"{last:.2f} ms",
            "growth": f"{last / first:.2f}",
        }
        return Result(f"W4: one chain of {steps:,} steps", steps, cost, figures)

    return run


def _share(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
