"""Measures both endpoints and prints a table: `make bench-endpoints`, or `python -m benchmarks.endpoints --help`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

from azure.cosmos.aio import CosmosClient
from rich.console import Console
from rich.table import Table

from benchmarks.endpoints import cosmos_workloads, servicebus_workloads
from benchmarks.endpoints.child import EndpointProcess, cpu_seconds
from benchmarks.endpoints.workloads import Figures, Row, Workload, World, measured, median_of, row_of
from emulators.redo.log import RedoLog

_FORCED_WRITES = 2_000
Measure = Callable[[Path, Path | None, str, int], Coroutine[None, None, list[Row]]]


def main() -> int:
    """Run what the command line asks for; 1 if a target is missed and `--strict` is given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.endpoints", description=__doc__)
    parser.add_argument("--repeat", type=int, default=5, help="how often each is run (default: 5)")
    parser.add_argument("--only", default="", help="run those whose name contains this")
    parser.add_argument("--endpoint", choices=tuple(_ENDPOINTS), help="one of them; default: both")
    parser.add_argument("--strict", action="store_true", help="exit code 1 if a target is missed")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 130)
    met = True
    for name, measure in _ENDPOINTS.items():
        if asked.endpoint in {None, name}:
            for kept in (True, False):
                with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                    data = Path(folder) / "data" if kept else None
                    rows = asyncio.run(measure(Path(folder), data, asked.only, asked.repeat))
                title = f"{name}, {'on disk' if kept else 'in memory'}: processor time of one operation, µs"
                console.print(table_of(title, rows))
                if kept:
                    console.print(
                        f"Forcing 1 KB to this disk takes {_forced_write():.0f} µs of processor time by itself.\n"
                    )
                met = met and not any(row.missed for row in rows)
    return 1 if asked.strict and not met else 0


async def _servicebus(folder: Path, data: Path | None, only: str, repeat: int) -> list[Row]:
    topology = servicebus_workloads.written_topology(folder)
    with EndpointProcess("emulators.servicebus", topology, data, "--http-port", "0") as endpoint:
        async with servicebus_workloads.BusWorld(endpoint.ready) as world:
            return await _run(servicebus_workloads.WORKLOADS, world, endpoint, (only, repeat))


async def _cosmos(folder: Path, data: Path | None, only: str, repeat: int) -> list[Row]:
    topology = cosmos_workloads.written_topology(folder)
    with EndpointProcess("emulators.cosmos", topology, data) as endpoint:
        async with CosmosClient.from_connection_string(endpoint.ready) as client:
            database = client.get_database_client(cosmos_workloads.DATABASE)
            world = cosmos_workloads.CosmosWorld(database.get_container_client(cosmos_workloads.CONTAINER))
            await world.fill()
            return await _run(cosmos_workloads.WORKLOADS, world, endpoint, (only, repeat))


async def _run(
    workloads: Sequence[Workload[World]], world: World, endpoint: EndpointProcess, asked: tuple[str, int]
) -> list[Row]:
    """Each workload in turn, all of them as often as asked: what disturbs one round disturbs no figure."""
    only, repeat = asked
    chosen = [workload for workload in workloads if only in workload.name]
    runs: dict[str, list[Figures]] = {workload.name: [] for workload in chosen}
    for _ in range(repeat):
        for workload in chosen:
            runs[workload.name].append(await measured(workload, world, endpoint))
    return [row_of(workload, median_of(runs[workload.name])) for workload in chosen]


def _forced_write() -> float:
    """Microseconds of processor time for a record in a redo log, the least that a write of either endpoint takes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        log = RedoLog(Path(folder), "bench", retired=0)
        before = cpu_seconds()
        for _ in range(_FORCED_WRITES):
            log.append(b"x" * 1024)
        spent = cpu_seconds() - before
        log.remove()
    return spent / _FORCED_WRITES * 1e6


def table_of(title: str, rows: list[Row]) -> Table:
    """Show the figures as a person compares them."""
    table = Table(title=title, title_justify="left")
    for heading in ("operation", "endpoint", "may take", "client", "client ÷ endpoint", "wall", "verdict"):
        table.add_column(heading, justify="left" if heading in {"operation", "verdict"} else "right")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.figures.server:.1f}",
            "" if row.server_max is None else f"{row.server_max:.0f}",
            f"{row.figures.client:.1f}",
            f"{row.figures.ratio:.1f}",
            f"{row.figures.wall:.0f}",
            row.missed or "ok",
        )
    return table


_ENDPOINTS: dict[str, Measure] = {"servicebus": _servicebus, "cosmos": _cosmos}

if __name__ == "__main__":
    sys.exit(main())
