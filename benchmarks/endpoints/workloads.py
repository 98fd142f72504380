"""A workload of one endpoint: what is prepared, what is measured, and what it may cost."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from benchmarks.endpoints.child import EndpointProcess, cpu_seconds

World = TypeVar("World")


async def nothing(_: object, __: int) -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Workload(Generic[World]):
    """`run` does `count` operations; `prepare` comes before it and is not measured.

    Attributes:
        server_max: microseconds of the endpoint's processor time that one operation may take; None: no target.
        ratio_min: how many times that the client must take; None: no target.
    """

    name: str
    count: int
    run: Callable[[World, int], Awaitable[None]]
    prepare: Callable[[World, int], Awaitable[None]] = nothing
    server_max: float | None = None
    ratio_min: float | None = 3.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds for each operation."""

    server: float
    client: float
    wall: float

    @property
    def ratio(self) -> float:
        """How much more the client takes than the endpoint."""
        return self.client / self.server if self.server else 0.0


async def measured(workload: Workload[World], world: World, endpoint: EndpointProcess) -> Figures:
    """Run a workload once."""
    await workload.prepare(world, workload.count)
    server, client, wall = endpoint.cpu_seconds(), cpu_seconds(), time.perf_counter()
    await workload.run(world, workload.count)
    spent = (endpoint.cpu_seconds() - server, cpu_seconds() - client, time.perf_counter() - wall)
    return Figures(*(seconds / workload.count * 1e6 for seconds in spent))


def median_of(runs: list[Figures]) -> Figures:
    """The median of each figure."""
    return Figures(*(statistics.median(getattr(run, name) for run in runs) for name in ("server", "client", "wall")))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a workload, what it took, and what is wrong with that (empty: nothing)."""

    name: str
    server_max: float | None
    figures: Figures
    missed: str


def row_of(workload: Workload[World], figures: Figures) -> Row:
    """Judge the figures of a workload."""
    found = []
    if workload.server_max is not None and figures.server > workload.server_max:
        found.append(f"{figures.server:.1f} µs > {workload.server_max:.0f}")
    if workload.ratio_min is not None and figures.ratio < workload.ratio_min:
        found.append(f"{figures.ratio:.1f} times < {workload.ratio_min:.0f}")
    return Row(workload.name, workload.server_max, figures, "; ".join(found))
