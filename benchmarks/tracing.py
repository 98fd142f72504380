"""Measures what telemetry costs: W1 with and without it, by turns on two stacks, so that noise meets both alike.

Run it by `make bench`, or `python -m benchmarks.tracing --help`. A collector that does nothing takes what is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import LIMIT_SECONDS, meter_of
from benchmarks.driver import Driver, RunFailed
from benchmarks.meter import Meter
from benchmarks.surroundings import SINK, bench_services
from benchmarks.workloads import Result, chains
from durable.adapters.servicebus import broker_from
from durable.client import SagaClient
from durable.settings import Environment, servicebus_settings
from stack import StackError, running_stack

_KEY = "InstrumentationKey=00000000-0000-0000-0000-000000000001"
Telling = Callable[[str], dict[str, str]]
WAYS: dict[str, Telling] = {
    "off": lambda _: {},
    "OTLP": lambda url: {"OTEL_EXPORTER_OTLP_ENDPOINT": url},
    "OTLP, 10 % of the runs": lambda url: {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.1",
    },
    "Azure Monitor": lambda url: {
        "APPLICATIONINSIGHTS_CONNECTION_STRING": f"{_KEY};IngestionEndpoint={url}/;LiveEndpoint={url}/"
    },
}


@dataclass
class Bench:
    """One stack under measurement."""

    driver: Driver
    meter: Meter
    results: list[Result] = field(default_factory=list)

    @property
    def cpu_ms(self) -> float:
        """Processor time for each activity, all processes but the collector."""
        return median(result.cost.cpu_total / result.activities * 1000 for result in self.results)

    @property
    def rate(self) -> float:
        """Activities a second."""
        return median(result.activities / result.cost.wall for result in self.results)


def main() -> int:
    """Measure and print a table; the exit code is 1 if a run failed, 2 if a stack did not start."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tracing", description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, help="how often W1 runs on each stack (default: 3)")
    parser.add_argument("--chains", type=int, default=1000, help="chains of five activities in each (default: 1000)")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            console.print(table_of(runner.run(measured(asked.repeat, asked.chains, console))))
    except StackError as error:
        console.print(f"a stack did not start: {error}")
        return 2
    except (RunFailed, TimeoutError) as error:
        console.print(f"a run failed: {str(error) or 'it took too long'}")
        return 1
    return 0


async def measured(repeat: int, number: int, console: Console) -> dict[str, Bench]:
    """Run W1 on a stack for each way, by turns."""
    async with AsyncExitStack() as stacks:
        benches = {way: await stacks.enter_async_context(running_bench(telling)) for way, telling in WAYS.items()}
        for bench in benches.values():
            await asyncio.wait_for(chains(100, 20)(bench.driver, bench.meter), LIMIT_SECONDS)
        for turn in range(repeat):
            for way, bench in benches.items():
                console.print(f"W1, telemetry {way}, {turn + 1} of {repeat} …")
                result = await asyncio.wait_for(chains(number, 100)(bench.driver, bench.meter), LIMIT_SECONDS)
                bench.results.append(result)
        return benches


@asynccontextmanager
async def running_bench(telling: Telling) -> AsyncIterator[Bench]:
    """Run a stack whose services are told where telemetry goes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        services = partial(bench_services, telling=telling)
        async with (
            running_stack(Path(folder), services=services) as stack,
            SagaClient(stack.urls["orchestrator-1"]) as client,
        ):
            broker = broker_from(servicebus_settings(Environment(stack.processes["orchestrator-1"].env)))
            driver = Driver(broker, client)
            listening = asyncio.create_task(driver.listen())
            try:
                yield Bench(driver, meter_of(stack, but=SINK))
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)
                await broker.close()


def table_of(benches: dict[str, Bench]) -> Table:
    """Show what each way costs beside none."""
    table = Table(title="W1 with telemetry, the median; processor time of all processes but the collector")
    for heading in ("telemetry", "activities/s", "CPU-ms per activity", "more than off", "other load"):
        table.add_column(heading)
    off = benches["off"].cpu_ms
    for way, bench in benches.items():
        other = median(result.cost.foreign for result in bench.results)
        more = f"{(bench.cpu_ms / off - 1) * 100:+.1f} %"
        table.add_row(way, f"{bench.rate:,.0f}", f"{bench.cpu_ms:.3f}", more if way != "off" else "", f"{other:.2f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
