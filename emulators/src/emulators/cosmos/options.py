"""The options of the command, group by group."""

import argparse
from pathlib import Path

from emulators.command import add_data_option, add_faults_option, new_parser, port_number
from emulators.cosmos.auth import DEVELOPMENT_KEY, DEVELOPMENT_READ_ONLY_KEY

_DESCRIPTION = """\
A local Cosmos DB for NoSQL for development and tests: the unmodified SDKs talk to it.

  cosmos-emulator                                  an empty account in memory: make databases with the SDK
  cosmos-emulator --data FOLDER                    the same, kept on disk
  cosmos-emulator --topology FILE --data FOLDER    with the databases and containers that the file names
"""


def options() -> argparse.ArgumentParser:
    """The parser of `cosmos-emulator`."""
    parser = new_parser("cosmos-emulator", _DESCRIPTION)
    exists = parser.add_argument_group("what exists", "more can be made with the SDK at any time")
    exists.add_argument(
        "--topology", type=Path, metavar="FILE", help="JSON file whose part `Cosmos` names databases and containers"
    )
    add_data_option(parser.add_argument_group("what is kept"))
    listens = parser.add_argument_group("where it listens")
    listens.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on")
    listens.add_argument(
        "--port", type=port_number, default=8081, help="port for everything, the page too; 0 for a free one"
    )
    listens.add_argument(
        "--tls", type=Path, metavar="FOLDER", help="speak HTTPS with the certificates in it, made if missing"
    )
    listens.add_argument("--tls-name", action="append", default=[], metavar="NAME", help="further name of this host")
    keys = parser.add_argument_group("who may connect")
    keys.add_argument(
        "--key", default=DEVELOPMENT_KEY, metavar="BASE64", help="the account's key (default: a well-known one)"
    )
    keys.add_argument(
        "--read-only-key",
        default=DEVELOPMENT_READ_ONLY_KEY,
        metavar="BASE64",
        help="its key for reads and queries (default: a well-known one)",
    )
    keys.add_argument(
        "--entra-audience", action="append", metavar="AUDIENCE", help="accept Entra ID tokens for it; may be repeated"
    )
    keys.add_argument(
        "--entra-keys", type=Path, metavar="FILE", help="JSON Web Key Set that signs them (without: any signature)"
    )
    faults = parser.add_argument_group("what goes wrong")
    add_faults_option(faults)
    faults.add_argument("--control", action="store_true", help="open /faults, by which anybody can set faults")
    return parser
