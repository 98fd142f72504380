"""The services read what `azure.env.example` gives them, filled in."""

import pytest

from durable.settings import Environment
from durable.worker.settings import worker_settings
from ingestor.settings import read_settings as ingestor_settings
from orchestrator.settings import read_settings as orchestrator_settings
from tests.support.planted import ROOT
from tests.support.workers_read import WORKERS

# What a person fills in, beside the names of things that stand there.
FILLED = {
    "AZURE_TENANT_ID": "00000000-0000-0000-0000-000000000000",
    "AZURE_CLIENT_ID": "00000000-0000-0000-0000-000000000001",
    "AZURE_CLIENT_SECRET": "not a secret",
    "AUTH_TENANT_ID": "00000000-0000-0000-0000-000000000000",
    "AUTH_AUDIENCE": "api://durable",
    "SECRETS_SEAL_KEYS": '{"1": "' + "A" * 43 + '="}',
}


def filled_in() -> dict[str, str]:
    """Give the environment of every service; of an image, `HOST` too."""
    lines = (ROOT / "azure.env.example").read_text().splitlines()
    pairs = [line.partition("=")[::2] for line in lines if line and not line.startswith("#")]
    return {name: value or FILLED[name] for name, value in pairs} | {"HOST": "0.0.0.0"}


def test_the_example_is_enough_for_the_ingestor() -> None:
    assert ingestor_settings(filled_in()).servicebus.namespace == "name.servicebus.windows.net"


def test_the_example_is_enough_for_the_orchestrator() -> None:
    assert orchestrator_settings(filled_in()).partition_count == 16


@pytest.mark.parametrize("name", list(WORKERS))
def test_the_example_is_enough_for_a_worker(name: str) -> None:
    worker, parts = WORKERS[name]
    environment = Environment(filled_in())

    if parts is not None:
        parts(environment)

    assert worker_settings(environment, worker, "contracts").object_store_url == "az://account/container"
