"""`servicebus-emulator`, or `python -m emulators.servicebus`: the endpoint as a process of its own."""

import argparse
import logging
import sys
from collections import Counter

from emulators.certificates import CertificateError
from emulators.command import Stop, counted, fail, greet, kept_in, run
from emulators.entra import KeySetError
from emulators.faults.fault import FaultError
from emulators.faults.requests import read_file
from emulators.servicebus.asked import with_entities
from emulators.servicebus.broker.broker import Plan
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.topic import Topic
from emulators.servicebus.document import TopologyError
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.journal import JournalError
from emulators.servicebus.options import certificates_of, entra_of, http_port, options
from emulators.servicebus.topology import read_topology
from emulators.servicebus.wire.authorization import SharedKey
from emulators.servicebus.wire.limits import Tier
from emulators.web import address


def main() -> int:
    """Run until told to stop; gives the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    arguments = options().parse_args()
    try:
        return run(lambda: _serve(arguments))
    except (TopologyError, JournalError, FaultError, CertificateError, KeySetError) as cause:
        return fail(str(cause))
    except OSError as cause:
        places = f"{arguments.host}:{arguments.port}, HTTP port {http_port(arguments)}"
        return fail(f"{places}: can't listen: {cause.strerror or cause}")


async def _serve(arguments: argparse.Namespace) -> int:
    stop = Stop()
    async with _endpoint(arguments) as endpoint:
        if arguments.faults is not None:
            read_file(endpoint.faults, arguments.faults)
        greet("Service Bus emulator", _facts(endpoint, arguments), endpoint.connection_string)
        return await stop.wait(endpoint.failed)


def _endpoint(arguments: argparse.Namespace) -> ServiceBusEndpoint:
    plan = Plan() if arguments.topology is None else read_topology(arguments.topology)
    return ServiceBusEndpoint(
        with_entities(plan, arguments.queue, arguments.session_queue, arguments.subscription),
        arguments.data,
        host=arguments.host,
        port=arguments.port,
        http_port=http_port(arguments),
        key=SharedKey(arguments.key_name, arguments.key),
        entra=entra_of(arguments),
        tier=Tier(arguments.tier),
        tls_port=arguments.tls_port,
        admin_port=arguments.admin_port,
        certificates=certificates_of(arguments),
    )


def _facts(endpoint: ServiceBusEndpoint, arguments: argparse.Namespace) -> list[tuple[str, str]]:
    kinds = Counter(_kind(entity) for entity in endpoint.hub.broker.entities)
    holds = ", ".join(counted(kinds[kind], kind) for kind in ("queue", "topic", "subscription"))
    return [
        ("Page", f"{endpoint.http_url}/"),
        ("AMQP", f"amqp://{address(endpoint.host, endpoint.port)}"),
        *_secure_facts(endpoint, arguments),
        (
            "Entities",
            holds if kinds["queue"] or kinds["topic"] else f"{holds}: add some with --queue NAME or --topology FILE",
        ),
        ("Data", kept_in(arguments.data)),
        ("Stop", "Ctrl+C"),
    ]


def _kind(entity: Queue | Topic) -> str:
    """What an entity is, whether a file names it or it was made at run time; sub-queues are nothing of their own."""
    if isinstance(entity, Topic):
        return "topic"
    return "" if entity.dead_letters is None else "subscription" if entity.is_subscription else "queue"


def _secure_facts(endpoint: ServiceBusEndpoint, arguments: argparse.Namespace) -> list[tuple[str, str]]:
    certificates = certificates_of(arguments)
    if certificates is None:
        return []
    amqps = (
        [] if arguments.tls_port is None else [("AMQPS", f"amqps://{address(endpoint.host, endpoint.tls_port or 0)}")]
    )
    admin = [] if endpoint.admin_url is None else [("Admin", endpoint.admin_connection_string or "")]
    return [
        *amqps,
        *admin,
        ("Authority", f"{certificates.authority}: clients trust it by connection_verify"),
    ]


if __name__ == "__main__":
    sys.exit(main())
