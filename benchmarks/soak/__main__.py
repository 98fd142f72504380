"""Runs both endpoints at full speed, tells what it sees, and judges: `make soak`, or `make soak SECONDS=60`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from azure.core.exceptions import AzureError
from azure.cosmos.aio import CosmosClient
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusError
from rich.console import Console
from rich.table import Table

from benchmarks.endpoints.child import EndpointProcess
from benchmarks.soak import bus_clients, cosmos_clients
from benchmarks.soak.samples import Observer
from benchmarks.soak.tally import Tally
from benchmarks.soak.verdict import SECONDS_MIN, faults_of

_LOOKS_PER_LINE = 5
_END_SECONDS = 60


def main() -> int:
    """Run; exit code 1 if something grew, failed or did not come."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="how long (default: 600)")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        observers = asyncio.run(_run(Path(folder), asked.seconds))
    for observer in observers:
        console.print(_table(observer))
    faults = [fault for each in observers for fault in (*each.tally.faults, *faults_of(each.name, each.samples))]
    for fault in faults[:20]:
        console.print(fault)
    if asked.seconds < SECONDS_MIN:
        console.print(f"Too short to judge memory and files: {SECONDS_MIN:.0f} seconds are needed.")
    console.print(f"FAILED: {len(faults)} faults" if faults else "STEADY: nothing was lost, failed or grew")
    return 1 if faults else 0


async def _run(folder: Path, seconds: float) -> list[Observer]:
    topologies = (bus_clients.written_topology(folder), cosmos_clients.written_topology(folder))
    with (
        EndpointProcess("emulators.servicebus", topologies[0], folder / "bus", "--http-port", "0") as bus,
        EndpointProcess("emulators.cosmos", topologies[1], folder / "cosmos") as cosmos,
    ):
        observers = [Observer("servicebus", bus, Tally()), Observer("cosmos", cosmos, Tally())]
        tasks = [*_bus_tasks(bus, observers[0].tally), *_cosmos_tasks(cosmos, observers[1].tally)]
        try:
            await _observe(observers, seconds)
        finally:
            for observer in observers:
                observer.tally.is_over = True
            _, late = await asyncio.wait(tasks, timeout=_END_SECONDS)
        for observer in observers:
            observer.tally.expect("end", holds=not late, detail=f"{len(late)} clients did not come to an end")
        return observers


def _bus_tasks(endpoint: EndpointProcess, tally: Tally) -> list[asyncio.Task[None]]:
    async def use(work: bus_clients.Client) -> None:
        async with ServiceBusClient.from_connection_string(endpoint.ready) as client:
            await work(client, tally)

    return [asyncio.create_task(_to_the_end(partial(use, work), tally)) for work in bus_clients.CLIENTS]


def _cosmos_tasks(endpoint: EndpointProcess, tally: Tally) -> list[asyncio.Task[None]]:
    async def use(work: cosmos_clients.Client) -> None:
        async with CosmosClient.from_connection_string(endpoint.ready) as client:
            database = client.get_database_client(cosmos_clients.DATABASE)
            await work(database.get_container_client(cosmos_clients.CONTAINER), tally)

    return [asyncio.create_task(_to_the_end(partial(use, work), tally)) for work in cosmos_clients.CLIENTS]


async def _to_the_end(work: Callable[[], Awaitable[None]], tally: Tally) -> None:
    while not tally.is_over:
        try:
            await work()
        except (ServiceBusError, AzureError) as error:
            tally.faults.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(1)


async def _observe(observers: list[Observer], seconds: float) -> None:
    began = time.monotonic()
    since = [observer.look() for observer in observers]
    pause = min(1.0, seconds / 10)
    looks = 0
    while time.monotonic() - began < seconds:
        await asyncio.sleep(pause)
        looks += 1
        latest = [observer.look() for observer in observers]
        if looks % _LOOKS_PER_LINE == 0:
            lines = " | ".join(each.line(before) for each, before in zip(observers, since, strict=True))
            faults = sum(len(each.tally.faults) for each in observers)
            print(f"{time.monotonic() - began:5.0f} s | {lines} | {faults} faults", flush=True)
            since = latest


def _table(observer: Observer) -> Table:
    first, half, last = observer.samples[0], observer.samples[len(observer.samples) // 2], observer.samples[-1]
    done = last.operations - first.operations
    title = (
        f"{observer.name}: {done:,} operations in {last.at - first.at:.0f} s, "
        f"{(last.cpu - first.cpu) / max(done, 1) * 1e6:.0f} µs of processor time each; "
        f"memory {half.memory:.1f} MiB half-way, {last.memory:.1f} at the end; "
        f"files {half.files:.0f} MiB, {last.files:.0f}"
    )
    table = Table(title=title, title_justify="left")
    for heading in ("operation", "count", "p50 ms", "p99 ms", "p99.9 ms"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    for name, count in sorted(observer.tally.counts.items()):
        latencies = observer.tally.milliseconds(name, 0.5, 0.99, 0.999)
        table.add_row(name, f"{count:,}", *(f"{each:.1f}" for each in latencies))
    return table


if __name__ == "__main__":
    sys.exit(main())
