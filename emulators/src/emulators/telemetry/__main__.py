"""`telemetry-collector`, or `python -m emulators.telemetry`: the collector as a process of its own."""

import argparse
import sys

from emulators.command import Stop, fail, greet, kept_in, run
from emulators.telemetry.collector import Collector
from emulators.telemetry.options import options


def main() -> int:
    """Run until told to stop; gives the exit code."""
    arguments = options().parse_args()
    try:
        return run(lambda: _serve(arguments))
    except OSError as error:
        return fail(f"The telemetry collector can't start on {arguments.host}:{arguments.port}: {error}")


async def _serve(arguments: argparse.Namespace) -> int:
    stop = Stop()
    collector = Collector(arguments.data, host=arguments.host, port=arguments.port, items_max=arguments.items_max)
    async with collector:
        greet("Telemetry collector", _facts(collector), collector.connection_string)
        return await stop.wait()


def _facts(collector: Collector) -> list[tuple[str, str]]:
    return [
        ("Page", f"{collector.url}/"),
        ("OTLP", f"OTEL_EXPORTER_OTLP_ENDPOINT={collector.url}"),
        ("Data", kept_in(collector.data)),
        ("Stop", "Ctrl+C"),
    ]


if __name__ == "__main__":
    sys.exit(main())
