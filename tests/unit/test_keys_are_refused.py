"""Keys, signatures and connection strings open local endpoints alone: "Identity, and no keys" in settings.md."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from documents_worker.settings import documents_settings
from durable.adapters.objects import objects_from, stores_from
from durable.errors import SettingsInvalid
from durable.settings import Environment, cosmos_settings, secrets_settings, servicebus_settings
from ingestor.settings import read_settings as ingestor_settings
from language_worker.settings import language_settings
from storage_worker.settings import storage_settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/settings.md").read_text().partition("## Identity, and no keys")[2]
CODE = [*(ROOT / "shared/src").rglob("*.py"), *(ROOT / "services").glob("**/src/**/*.py")]

KEY = "c2VjcmV0LWtleQ=="
LOCAL = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;"
BUS = f"Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey={KEY}"
STORE = f"DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={KEY};EndpointSuffix=core.windows.net"
COSMOS = f"AccountEndpoint=https://shop.documents.azure.com:443/;AccountKey={KEY};"
SIGNED = f"?sv=2024-11-04&sig={KEY}"
INGESTOR = {"SERVICEBUS_CONNECTION_STRING": LOCAL, "OBJECT_STORE_URL": "file:///nowhere"}

Read = Callable[[Mapping[str, str]], object]


def of(read: Callable[[Environment], object]) -> Read:
    """Settings that are read from an environment which somebody else ends."""

    def ended(values: Mapping[str, str]) -> None:
        environment = Environment(values)
        read(environment)
        environment.done()

    return ended


def in_ingestor(values: Mapping[str, str]) -> object:
    return ingestor_settings({**INGESTOR, **values})


def as_store(values: Mapping[str, str]) -> object:
    return objects_from(values["OBJECT_STORE_URL"])


def as_other_store(values: Mapping[str, str]) -> object:
    return stores_from("file:///tmp", {"archive": values["OBJECT_STORES"]})


REFUSED: list[tuple[Read, dict[str, str]]] = [
    (of(servicebus_settings), {"SERVICEBUS_CONNECTION_STRING": BUS}),
    (of(servicebus_settings), {"SERVICEBUS_CONNECTION_STRING": f"{BUS}xUseDevelopmentEmulator=true"}),
    (of(servicebus_settings), {"SERVICEBUS_FULLY_QUALIFIED_NAMESPACE": BUS}),
    (of(cosmos_settings), {"COSMOS_KEY": KEY, "COSMOS_ENDPOINT": "https://shop.documents.azure.com"}),
    (of(cosmos_settings), {"COSMOS_ENDPOINT": COSMOS}),
    (as_store, {"OBJECT_STORE_URL": STORE}),
    (as_store, {"OBJECT_STORE_URL": f"az://shop/data{SIGNED}"}),
    (as_store, {"OBJECT_STORE_URL": f"https://shop.blob.core.windows.net/data{SIGNED}"}),
    (as_other_store, {"OBJECT_STORES": f"az://shop/data{SIGNED}"}),
    (of(storage_settings), {"TABLES_URL": f"https://shop.table.core.windows.net{SIGNED}"}),
    (of(storage_settings), {"TABLES_URL": STORE, "TABLES_PROVIDER": "azure"}),
    (in_ingestor, {"STORAGE_QUEUE_KEY": KEY, "STORAGE_QUEUE_URL": "https://shop.queue.core.windows.net/a"}),
    (in_ingestor, {"STORAGE_QUEUE_URL": f"https://shop.queue.core.windows.net/a{SIGNED}"}),
    (in_ingestor, {"STORAGE_QUEUE_URL": STORE}),
    (in_ingestor, {"EVENT_HUB_CONNECTION_STRING": BUS, "EVENT_HUB_NAME": "a"}),
    (in_ingestor, {"EVENT_HUB_NAMESPACE": BUS, "EVENT_HUB_NAME": "a"}),
    (of(secrets_settings), {"AZURE_KEY_VAULT_URL": f"https://user:{KEY}@shop.vault.azure.net"}),
    (of(secrets_settings), {"AZURE_KEY_VAULT_URL": f"https://shop.vault.azure.net/{SIGNED}"}),
    (of(documents_settings), {"AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT": f"https://a.example/{SIGNED}"}),
    (of(documents_settings), {"AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT": f"Endpoint=https://a.example;Key={KEY}"}),
    (of(language_settings), {"AZURE_LANGUAGE_ENDPOINT": f"https://a.example/{SIGNED}"}),
    (of(language_settings), {"AZURE_OPENAI_ENDPOINT": f"https://user:{KEY}@a.example"}),
]


@pytest.mark.parametrize(
    ("read", "values"), REFUSED, ids=lambda value: next(iter(value)) if isinstance(value, dict) else ""
)
def test_a_key_is_refused_and_not_shown(read: Read, values: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        read(values)

    assert {fault.partition(":")[0] for fault in caught.value.faults} <= {*values}
    assert KEY not in str(caught.value)


def test_each_setting_of_the_table_is_tried() -> None:
    table = {
        name for line in PAGE.splitlines() if line.startswith("| ") for name in re.findall(r"`([A-Z_]{5,})`", line)
    }

    assert {name for _, values in REFUSED for name in values} - {"EVENT_HUB_NAME", "TABLES_PROVIDER"} == table


# What of the SDKs takes keys, and the one place that may use it, for local endpoints.
TAKES_KEYS = {
    "from_connection_string": {"broker.py", "azure_hub.py"},
    "account_key": {"azure_queue.py"},
    "AzureKeyCredential": set[str](),
    "AzureNamedKeyCredential": set[str](),
    "AzureSasCredential": set[str](),
    "ServiceBusSharedKeyCredential": set[str](),
    "EventHubSharedKeyCredential": set[str](),
    "ClientSecretCredential": set[str](),
    "UsernamePasswordCredential": set[str](),
}


@pytest.mark.parametrize("name", TAKES_KEYS)
def test_what_takes_keys_is_used_for_local_endpoints_alone(name: str) -> None:
    assert {path.name for path in CODE if re.search(rf"\b{name}\b", path.read_text())} == TAKES_KEYS[name]
