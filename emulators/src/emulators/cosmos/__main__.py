"""`python -m emulators.cosmos`: the endpoint as a process of its own."""

import argparse
import asyncio
import signal
import sqlite3
import sys
from pathlib import Path

import uvloop

from emulators.cosmos.auth import DEVELOPMENT_KEY
from emulators.cosmos.server import CosmosEndpoint
from emulators.cosmos.topology import TopologyError


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulators.cosmos", description="A local Cosmos DB endpoint.")
    parser.add_argument("--topology", type=Path, required=True, help="file whose part `Cosmos` says what exists")
    parser.add_argument("--data", type=Path, required=True, help="folder of the store; made if missing")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8081, help="port, 0 for a free one (default: %(default)s)")
    parser.add_argument("--key", default=DEVELOPMENT_KEY, metavar="BASE64", help="key (default: a well-known one)")
    parser.add_argument("--control", action="store_true", help="open POST /_control, which injects faults")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    endpoint = CosmosEndpoint(
        arguments.topology,
        data=arguments.data,
        host=arguments.host,
        port=arguments.port,
        key=arguments.key,
        controllable=arguments.control,
    )
    async with endpoint:
        sys.stdout.write(f"Cosmos DB endpoint at {endpoint.url} with key {endpoint.key}\n")
        sys.stdout.flush()
        await stop.wait()


def main() -> int:
    """Run until told to stop; 2 if it can't start."""
    arguments = _arguments()
    try:
        uvloop.run(_serve(arguments))
    except (OSError, TopologyError, ValueError, sqlite3.Error) as error:
        sys.stderr.write(f"The Cosmos DB endpoint can't start on {arguments.host}:{arguments.port}: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
