"""`python -m emulators.servicebus`: the endpoint as a process of its own.

Exit code 0 after SIGTERM or SIGINT, 1 if the journal can't be written any more, 2 if it can't start.
"""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

import uvloop

from emulators.servicebus.document import TopologyError
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.journal import JournalError
from emulators.servicebus.wire.authorization import DEFAULT_KEY, DEFAULT_KEY_NAME, SharedKey

_CANNOT_START = 2


def main() -> int:
    """Run until told to stop; gives the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    arguments = _parser().parse_args()
    try:
        return uvloop.run(_serve(arguments))
    except (TopologyError, JournalError) as cause:
        return _fail(str(cause))
    except OSError as cause:
        return _fail(f"{arguments.host}:{arguments.port}: can't listen: {cause.strerror}")


async def _serve(arguments: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    endpoint = ServiceBusEndpoint(
        arguments.topology,
        arguments.data,
        host=arguments.host,
        port=arguments.port,
        http_port=arguments.http_port,
        key=SharedKey(arguments.key_name, arguments.key),
    )
    async with endpoint:
        if endpoint.http_url is not None:
            _say(f"Status: {endpoint.http_url}/stats")
        _say(endpoint.connection_string)
        waits = [asyncio.create_task(event.wait()) for event in (stopping, endpoint.failed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    return int(endpoint.failed.is_set())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulators.servicebus",
        description="A local Service Bus for development and tests. Prints its connection string once it listens.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--topology", type=Path, required=True, help="JSON file that names queues, topics, subscriptions"
    )
    parser.add_argument("--data", type=Path, help="directory to keep everything in; without it all is lost at the end")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=5672, help="port for AMQP, 0 for a free one")
    parser.add_argument("--http-port", type=int, help="port for /health/ready and /stats, 0 for a free one")
    parser.add_argument("--key-name", default=DEFAULT_KEY_NAME, help="name of the shared access key")
    parser.add_argument("--key", default=DEFAULT_KEY, help="the shared access key")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _fail(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return _CANNOT_START


if __name__ == "__main__":
    sys.exit(main())
