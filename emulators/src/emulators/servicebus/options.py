"""The options of the command, group by group."""

import argparse
from pathlib import Path

from emulators.certificates import Certificates, certificates_in
from emulators.command import add_data_option, add_faults_option, new_parser, port_number
from emulators.entra import Entra, read_keys
from emulators.servicebus.wire.authorization import DEFAULT_KEY, DEFAULT_KEY_NAME
from emulators.servicebus.wire.limits import Tier

HTTP_ABOVE_AMQP = 3000
ENTRA_AUDIENCE = "https://servicebus.azure.net"
_CERTIFICATES = Path.home() / ".local" / "share" / "durable-emulators" / "certificates"
_DESCRIPTION = """\
A local Service Bus for development and tests: the unmodified SDKs talk to it.

  servicebus-emulator --queue orders                   a queue, in memory
  servicebus-emulator --subscription news/daily        a topic with a subscription
  servicebus-emulator --topology FILE --data FOLDER    what the file names, kept on disk
"""


def options() -> argparse.ArgumentParser:
    """The parser of `servicebus-emulator`."""
    parser = new_parser("servicebus-emulator", _DESCRIPTION)
    _entities(parser.add_argument_group("what exists", "each may be given together with the others"))
    _storage(parser.add_argument_group("what is kept"))
    _addresses(parser.add_argument_group("where it listens"))
    _security(parser.add_argument_group("TLS", "the SDKs want it for Entra tokens and without UseDevelopmentEmulator"))
    _keys(parser.add_argument_group("who may connect"))
    add_faults_option(parser.add_argument_group("what goes wrong"))
    return parser


def http_port(arguments: argparse.Namespace) -> int:
    """The port for HTTP: as given, or the one above that for AMQP, or a free one if that is to be free too."""
    if arguments.http_port is not None:
        return int(arguments.http_port)
    return arguments.port + HTTP_ABOVE_AMQP if 0 < arguments.port < 65_536 - HTTP_ABOVE_AMQP else 0


def certificates_of(arguments: argparse.Namespace) -> Certificates | None:
    """The certificates for TLS, made if they are missing; None without TLS. Raises `CertificateError`."""
    if arguments.tls_port is None and arguments.admin_port is None:
        return None
    return certificates_in(arguments.certificates, [arguments.host, *arguments.tls_name])


def entra_of(arguments: argparse.Namespace) -> Entra | None:
    """Which tokens of Entra ID are accepted, if any; raises `KeySetError`."""
    if not arguments.entra and arguments.entra_keys is None:
        return None
    keys = None if arguments.entra_keys is None else read_keys(arguments.entra_keys)
    return Entra((arguments.entra_audience,), keys)


def _entities(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--topology", type=Path, metavar="FILE", help="JSON file that names queues, topics, subscriptions, rules"
    )
    group.add_argument(
        "--tier",
        choices=[tier.value for tier in Tier],
        default=Tier.STANDARD.value,
        help="messages of 256 KB, or of 1 MB and, where an entity says so, of up to 100 MB",
    )
    group.add_argument("--queue", action="append", default=[], metavar="NAME", help="a queue; may be repeated")
    group.add_argument(
        "--session-queue", action="append", default=[], metavar="NAME", help="a queue that needs sessions; repeatable"
    )
    group.add_argument(
        "--subscription", action="append", default=[], metavar="TOPIC/NAME", help="a topic's subscription; repeatable"
    )


def _storage(group: "argparse._ArgumentGroup") -> None:
    add_data_option(group)


def _addresses(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on")
    group.add_argument("--port", type=port_number, default=5672, help="port for AMQP, 0 for a free one")
    group.add_argument(
        "--http-port",
        type=port_number,
        metavar="PORT",
        help="port for the page, /stats, /faults and /health/ready, 0 for a free one (default: 3000 above --port)",
    )


def _security(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--tls-port", type=port_number, metavar="PORT", help="port for AMQP over TLS, usually 5671; 0: a free one"
    )
    group.add_argument(
        "--admin-port",
        type=port_number,
        metavar="PORT",
        help="port for the administration client, over TLS; 0: a free one",
    )
    group.add_argument(
        "--tls-name", action="append", default=[], metavar="NAME", help="another name of this host; may be repeated"
    )
    group.add_argument(
        "--certificates", type=Path, default=_CERTIFICATES, metavar="FOLDER", help="where the certificates are kept"
    )


def _keys(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--key-name", default=DEFAULT_KEY_NAME, metavar="NAME", help="name of the shared access key")
    group.add_argument("--key", default=DEFAULT_KEY, help="the shared access key")
    group.add_argument("--entra", action="store_true", help="accept tokens of Entra ID, whoever signed them")
    group.add_argument(
        "--entra-keys", type=Path, metavar="FILE", help="accept tokens of Entra ID signed with a key of this key set"
    )
    group.add_argument("--entra-audience", default=ENTRA_AUDIENCE, metavar="URI", help="whom these tokens must be for")
