"""Runs the benchmarks and prints a table of what they took: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.driver import Driver, RunFailed
from benchmarks.meter import Meter
from benchmarks.surroundings import bench_services
from benchmarks.workloads import Result, Workload, chains, fan, idle_chains, long_chain
from durable.adapters.servicebus import broker_from
from durable.client import SagaClient
from durable.settings import Environment, servicebus_settings
from stack import HttpReady, Stack, StackError, running_stack

LIMIT_SECONDS = 600
WORKLOADS: dict[str, Workload] = {
    "W1": chains(1000, 100),
    "W2": fan(1000),
    "W2-10000": fan(10_000),
    "W3": idle_chains(60),
    "W4": long_chain(2000),
    "W4-10000": long_chain(10_000),
}
DEFAULT = "W1,W2,W3,W4"


def main() -> int:
    """Run what the command line asks for and give the exit code: 1 if a run failed, 2 if the stack did not start."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--workloads", default=DEFAULT, help=f"which, of {','.join(WORKLOADS)} (default: {DEFAULT})")
    parser.add_argument("--repeat", type=int, default=3, help="how often each is run (default: 3)")
    parser.add_argument("--warm", type=int, default=100, help="chains run before anything is measured (default: 100)")
    asked = parser.parse_args()
    names = asked.workloads.split(",")
    unknown = [name for name in names if name not in WORKLOADS]
    if unknown:
        parser.error(f"expected workloads of {', '.join(WORKLOADS)}; found {', '.join(unknown)}")
    console = Console(width=None if sys.stdout.isatty() else 160)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            results = runner.run(run(names, asked.repeat, asked.warm, console))
    except StackError as error:
        console.print(f"the stack did not start: {error}")
        return 2
    except (RunFailed, TimeoutError) as error:
        console.print(f"a run failed: {str(error) or 'it took too long'}")
        return 1
    console.print(table_of(results))
    return 0


async def run(names: list[str], repeat: int, warm: int, console: Console) -> list[Result]:
    """Start a stack of its own, run the workloads on it, stop it."""
    results = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with (
            running_stack(Path(folder), services=bench_services) as stack,
            SagaClient(stack.urls["orchestrator-1"]) as client,
        ):
            environment = stack.processes["orchestrator-1"].env
            broker = broker_from(servicebus_settings(Environment(environment)))
            driver, meter = Driver(broker, client), meter_of(stack)
            listening = asyncio.create_task(driver.listen())
            try:
                await asyncio.wait_for(chains(warm, 20)(driver, meter), LIMIT_SECONDS)
                for name in names:
                    for turn in range(repeat):
                        console.print(f"{name}, {turn + 1} of {repeat} …")
                        results.append(await asyncio.wait_for(WORKLOADS[name](driver, meter), LIMIT_SECONDS))
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await broker.close()
    return results


def meter_of(stack: Stack, but: str = "") -> Meter:
    """Give the meter of a running stack, for all its processes but one."""
    ready = stack.processes["servicebus"].ready
    assert isinstance(ready, HttpReady)
    pids = {name: pid for name, pid in stack.pids.items() if name != but}
    return Meter(pids, f"http://127.0.0.1:{ready.port}/stats", f"{stack.urls['cosmos']}/stats")


def table_of(results: list[Result]) -> Table:
    """Show results as a person compares them."""
    table = Table(title="two orchestrator replicas, one worker, both endpoints; durable on disk; RU as estimated")
    for heading in (
        "workload",
        "activities/s",
        "CPU-ms",
        "messages",
        "requests",
        "RU",
        "CPU-ms by process",
        "other load",
    ):
        table.add_column(heading)
    table.columns[0].min_width = 40
    for result in results:
        per = result.activities
        by_process = ", ".join(
            f"{name} {seconds / per * 1000:.2f}" for name, seconds in result.cost.cpu.items() if seconds > 0
        )
        figures = "; ".join(f"{name} {value}" for name, value in result.figures.items())
        table.add_row(
            f"{result.name}\n{figures}",
            f"{per / result.cost.wall:,.0f}",
            f"{result.cost.cpu_total / per * 1000:.2f}",
            f"{result.cost.messages / per:.2f}",
            f"{result.cost.requests / per:.2f}",
            f"{result.cost.charge / per:.1f}",
            by_process,
            f"{result.cost.foreign:.2f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
