"""`cosmos-emulator`, or `python -m emulators.cosmos`: the endpoint as a process of its own."""

import argparse
import sqlite3
import sys

from emulators.certificates import CertificateError, certificates_in
from emulators.command import Stop, fail, greet, kept_in, run
from emulators.cosmos.options import options
from emulators.cosmos.server import CosmosEndpoint
from emulators.cosmos.topology import TopologyError
from emulators.entra import Entra, read_keys
from emulators.faults.requests import read_file


def main() -> int:
    """Run until told to stop; gives the exit code."""
    arguments = options().parse_args()
    try:
        return run(lambda: _serve(arguments))
    except (OSError, TopologyError, CertificateError, ValueError, sqlite3.Error) as error:
        return fail(f"The Cosmos DB endpoint can't start on {arguments.host}:{arguments.port}: {error}")


async def _serve(arguments: argparse.Namespace) -> int:
    stop = Stop()
    async with _endpoint(arguments) as endpoint:
        if arguments.faults is not None:
            read_file(endpoint.faults, arguments.faults)
        greet("Cosmos DB emulator", _facts(endpoint, arguments), endpoint.connection_string)
        return await stop.wait()


def _endpoint(arguments: argparse.Namespace) -> CosmosEndpoint:
    return CosmosEndpoint(
        arguments.topology,
        data=arguments.data,
        host=arguments.host,
        port=arguments.port,
        key=arguments.key,
        read_only_key=arguments.read_only_key,
        tls=certificates_in(arguments.tls, arguments.tls_name).server_context() if arguments.tls else None,
        entra=_entra(arguments),
        controllable=arguments.control,
    )


def _entra(arguments: argparse.Namespace) -> Entra | None:
    if not arguments.entra_audience:
        return None
    keys = None if arguments.entra_keys is None else read_keys(arguments.entra_keys)
    return Entra(tuple(arguments.entra_audience), keys)


def _facts(endpoint: CosmosEndpoint, arguments: argparse.Namespace) -> list[tuple[str, str]]:
    trust = [("Authority", str(arguments.tls / "authority.pem"))] if arguments.tls else []
    return [
        ("Page", f"{endpoint.url}/"),
        ("Endpoint", endpoint.url),
        ("Key", endpoint.key),
        *trust,
        ("Data", kept_in(arguments.data)),
        ("Stop", "Ctrl+C"),
    ]


if __name__ == "__main__":
    sys.exit(main())
