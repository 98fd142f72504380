"""How a service reads its settings from the environment: every fault is found before anything is said.

1. A setting has one name and one meaning in every service; the reference is `docs/reference/settings.md`.
2. A secret is accepted for local endpoints only: elsewhere services have identities.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from durable.codecs import Codecs
from durable.codecs.chosen import codecs_from
from durable.errors import SettingsInvalid
from durable.topology import Topology, topology_from

PORT_DEFAULT = 8080
PARTITION_COUNT_DEFAULT = 16
PARTITION_COUNT_MAX = 1000
MAIN_STORE = "main"
SECRETS_KEPT_DEFAULT = timedelta(minutes=5)
_SECONDS_OF_A_DAY = 86_400
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
_HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?")
_STORE_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


class Environment:
    """Reads one environment and remembers what is wrong with it."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self._faults: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """Read text; without a default it must be there."""
        value = self._values.get(name, "").strip() or default
        if value is None:
            self.fault(name, "expected a value", "none")
        return value or ""

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        """Read a whole number within bounds."""
        text = self._values.get(name, "").strip()
        if not text:
            return default
        if not text.isdecimal() or not least <= int(text) <= most:
            self.fault(name, f"expected a number from {least} to {most}", repr(text))
            return default
        return int(text)

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """Read one of several words."""
        text = self._values.get(name, "").strip() or default
        if text not in choices:
            self.fault(name, f"expected one of {', '.join(choices)}", repr(text))
            return default
        return text

    def fault(self, name: str, expected: str, found: str) -> None:
        """Remember that a setting is wrong; whoever else reads it may say so again."""
        fault = f"{name}: {expected}; found {found}"
        if fault not in self._faults:
            self._faults.append(fault)

    def add(self, error: SettingsInvalid) -> None:
        """Remember faults that somebody else has found."""
        self._faults += error.faults

    def done(self) -> None:
        """Say all that is wrong.

        Raises:
            SettingsInvalid: something is.
        """
        if self._faults:
            raise SettingsInvalid(self._faults)


@dataclass(frozen=True, slots=True)
class ServiceBusSettings:
    """Where the broker is: a namespace reached by identity, or a local endpoint by connection string."""

    namespace: str
    connection_string: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class CosmosSettings:
    """Where the records are: an account reached by identity, or a local endpoint by key."""

    endpoint: str
    database: str
    key: str = ""
    client_id: str = ""


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """Where a service listens and how it logs; `replica` names this process among its like."""

    host: str
    port: int
    log_level: str
    log_format: str
    replica: str


SecretsProvider = Literal["azure", "environment", "file"]


@dataclass(frozen=True, slots=True)
class SecretsSettings:
    """Where secrets lie, and for how long one is kept in memory.

    Attributes:
        provider: a Key Vault, the environment (variables `SECRET_…`) or a file.
        vault_url: address of the Key Vault, reached by identity.
        file: the file.
        kept: how long after a change the old value may be given.
    """

    provider: SecretsProvider
    vault_url: str = ""
    file: Path = Path()
    kept: timedelta = SECRETS_KEPT_DEFAULT


def servicebus_settings(environment: Environment) -> ServiceBusSettings:
    """Read `SERVICEBUS_FULLY_QUALIFIED_NAMESPACE`, or a local `SERVICEBUS_CONNECTION_STRING`."""
    connection = environment.text("SERVICEBUS_CONNECTION_STRING", "")
    namespace = environment.text("SERVICEBUS_FULLY_QUALIFIED_NAMESPACE", "")
    client_id = environment.text("AZURE_CLIENT_ID", "")
    if bool(connection) == bool(namespace):
        environment.fault(
            "SERVICEBUS_FULLY_QUALIFIED_NAMESPACE",
            "expected either it or, for a local endpoint, SERVICEBUS_CONNECTION_STRING",
            "both" if connection else "neither",
        )
    check_host_name(environment, "SERVICEBUS_FULLY_QUALIFIED_NAMESPACE", namespace)
    check_local(environment, "SERVICEBUS_CONNECTION_STRING", connection)
    return ServiceBusSettings(namespace, connection, client_id)


def cosmos_settings(environment: Environment) -> CosmosSettings:
    """Read `COSMOS_ENDPOINT`, `COSMOS_DATABASE` and, for a local endpoint, `COSMOS_KEY`."""
    endpoint = environment.text("COSMOS_ENDPOINT")
    database = environment.text("COSMOS_DATABASE", "durable")
    key = environment.text("COSMOS_KEY", "")
    if endpoint and not is_place(endpoint, "http", "https"):
        expected = "expected an address as in https://name.documents.azure.com, without keys"
        environment.fault("COSMOS_ENDPOINT", expected, "something else")
    if key and not endpoint.startswith("http://"):
        environment.fault("COSMOS_KEY", "expected none, as keys are for local http:// endpoints only", "one")
    return CosmosSettings(endpoint, database, key, environment.text("AZURE_CLIENT_ID", ""))


def serving_settings(environment: Environment) -> ServingSettings:
    """Read `HOST`, `PORT`, `LOG_LEVEL`, `LOG_FORMAT` and `REPLICA`."""
    return ServingSettings(
        host=environment.text("HOST", "127.0.0.1"),
        port=environment.number("PORT", PORT_DEFAULT, least=0, most=65535),
        log_level=environment.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
        log_format=environment.choice("LOG_FORMAT", "json", ("json", "text")),
        replica=environment.text("REPLICA", socket.gethostname()),
    )


def partition_count(environment: Environment) -> int:
    """Read `PARTITION_COUNT`, which all replicas of a deployment must agree on."""
    return environment.number("PARTITION_COUNT", PARTITION_COUNT_DEFAULT, least=1, most=PARTITION_COUNT_MAX)


def payload_codecs(environment: Environment) -> Codecs:
    """Read `PAYLOAD_CODECS` and `PAYLOAD_KEYS`, which all services of a deployment must agree on."""
    try:
        return codecs_from(environment.text("PAYLOAD_CODECS", ""), environment.text("PAYLOAD_KEYS", ""))
    except SettingsInvalid as error:
        environment.add(error)
        return Codecs()


def topology_setting(environment: Environment, package: str, *queues: str) -> Topology:
    """Read the file `TOPOLOGY_FILE`, or else the topology that a package brings; it must have the queues."""
    try:
        topology = topology_from(environment.text("TOPOLOGY_FILE", ""), package)
    except ValueError as error:
        environment.fault("TOPOLOGY_FILE", "expected the path of a topology", str(error))
        return Topology(frozenset(), {})
    for queue in queues:
        if queue not in topology.locks:
            found = ", ".join(sorted(topology.locks)) or "none"
            environment.fault("TOPOLOGY_FILE", f"expected a topology with queue {queue!r}", found)
    return topology


def other_stores(environment: Environment) -> Mapping[str, str]:
    """Read `OBJECT_STORES`: further object stores as `name=url`, separated by blanks; gives the address of each."""
    stores: dict[str, str] = {}
    for pair in environment.text("OBJECT_STORES", "").split():
        name, _, url = pair.partition("=")
        if not _STORE_NAME.fullmatch(name) or not url or name in {MAIN_STORE, *stores}:
            environment.fault(
                "OBJECT_STORES",
                f"expected pairs of a name (lower-case letters, digits, dashes; each once, not {MAIN_STORE!r}) and an "
                "address, as in archive=az://account/container",
                repr(pair),
            )
        stores[name] = url
    return stores


def secrets_settings(environment: Environment) -> SecretsSettings:
    """Read `SECRETS_PROVIDER`, what it needs (`AZURE_KEY_VAULT_URL` or `SECRETS_FILE`) and `SECRETS_KEPT_SECONDS`."""
    vault_url = environment.text("AZURE_KEY_VAULT_URL", "").rstrip("/")
    file = environment.text("SECRETS_FILE", "")
    default = "azure" if vault_url else "file" if file else "environment"
    provider = environment.choice("SECRETS_PROVIDER", default, ("azure", "environment", "file"))
    if provider == "azure" and not _is_https_host(vault_url):
        environment.fault(
            "AZURE_KEY_VAULT_URL", "expected an address like https://name.vault.azure.net", shown(vault_url)
        )
    if provider == "file" and not file:
        environment.fault("SECRETS_FILE", "expected the path of a file", "none")
    kept = environment.number(
        "SECRETS_KEPT_SECONDS", int(SECRETS_KEPT_DEFAULT.total_seconds()), least=0, most=_SECONDS_OF_A_DAY
    )
    return SecretsSettings(cast("SecretsProvider", provider), vault_url, Path(file), timedelta(seconds=kept))


def check_host_name(environment: Environment, name: str, value: str) -> None:
    """Refuse what is no host name, such as a connection string; it is not shown, as it may hold a key."""
    if value and not _HOST_NAME.fullmatch(value):
        environment.fault(
            name, "expected a host name as in name.servicebus.windows.net, without keys", "something else"
        )


def check_local(environment: Environment, name: str, connection_string: str) -> None:
    """Refuse a connection string that is not of a local endpoint."""
    if connection_string and "UseDevelopmentEmulator=true" not in connection_string.split(";"):
        environment.fault(
            name, "expected 'UseDevelopmentEmulator=true' in it, as keys are for local endpoints only", "none"
        )


def is_place(url: str, *schemes: str) -> bool:
    """Tell whether an address says where something is and nothing more: no user, no signature, no key."""
    parts = urlsplit(url)
    more = parts.username or parts.query or parts.fragment or ";" in url
    return parts.scheme in schemes and bool(parts.hostname) and not more


def shown(url: str) -> str:
    """Give what may be said of an address that is refused: it may hold a key."""
    return repr(url) if not url or is_place(url, urlsplit(url).scheme) else "something else"


def _is_https_host(url: str) -> bool:
    return is_place(url, "https") and not urlsplit(url).path


def is_safe_address(url: str) -> bool:
    """Tell whether tokens and documents may be sent there: by HTTPS, or to this machine."""
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)
    return safe and bool(parts.hostname)
