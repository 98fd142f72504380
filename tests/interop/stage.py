"""What the clients of `make interop` meet: both endpoints in this process, with TLS and the administration."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from emulators.certificates import certificates_in
from emulators.cosmos import CosmosEndpoint
from emulators.servicebus.endpoint import ServiceBusEndpoint
from emulators.servicebus.topology import plan_of
from emulators.servicebus.wire.authorization import DEFAULT_KEY, DEFAULT_KEY_NAME

_QUEUES = """
node-plain node-batch node-large node-settle node-peek node-handler node-tls
proton-plain proton-plain-login proton-types proton-settle proton-delete proton-drain proton-link-0 proton-link-1
proton-link-2 proton-two-sessions proton-large proton-tls
rhea-plain rhea-settle rhea-many rhea-drain rhea-large rhea-tls
"""
_SESSIONS = "node-sessions proton-sessions rhea-sessions"
_RED = {"Name": "red", "Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": "color = 'red'"}}}
_TOPICS = [
    {"Name": "node-topic", "Subscriptions": [{"Name": "all"}, {"Name": "red", "Rules": [_RED]}]},
    {"Name": "node-ruled", "Subscriptions": [{"Name": "ruled"}]},
    {"Name": "proton-topic", "Subscriptions": [{"Name": "sub"}]},
]


@asynccontextmanager
async def staged(folder: Path) -> AsyncIterator[dict[str, str]]:
    """Start both endpoints, and give what clients need to know as environment variables."""
    queues: list[dict[str, object]] = [{"Name": name} for name in _QUEUES.split()]
    queues += [{"Name": name, "Properties": {"RequiresSession": True}} for name in _SESSIONS.split()]
    plan = plan_of({"UserConfig": {"Namespaces": [{"Name": "interop", "Queues": queues, "Topics": _TOPICS}]}})
    certificates = certificates_in(folder)
    bus = ServiceBusEndpoint(plan, tls_port=0, admin_port=0, certificates=certificates)
    async with bus, CosmosEndpoint() as cosmos:
        key = f"SharedAccessKeyName={DEFAULT_KEY_NAME};SharedAccessKey={DEFAULT_KEY}"
        yield {
            "HOST": "127.0.0.1",
            "PORT": str(bus.port),
            "TLS_PORT": str(bus.tls_port),
            "KEY_NAME": DEFAULT_KEY_NAME,
            "KEY": DEFAULT_KEY,
            "CA": str(certificates.authority),
            "NODE_EXTRA_CA_CERTS": str(certificates.authority),
            "SERVICEBUS": bus.connection_string,
            "SERVICEBUS_TLS": f"Endpoint=sb://localhost:{bus.tls_port};{key}",
            "SERVICEBUS_ADMIN": str(bus.admin_connection_string),
            "COSMOS": cosmos.url,
            "COSMOS_KEY": cosmos.key,
        }
