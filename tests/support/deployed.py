"""What a deployment would tell its services, as far as Bicep says it."""

from __future__ import annotations

from infra_check.deployment import apps, settings
from infra_check.situations import situations
from tests.support.planted import ROOT

# What stands for values that Azure gives when it deploys.
GIVEN = {
    "APPLICATIONINSIGHTS_CONNECTION_STRING": "InstrumentationKey=00000000-0000-0000-0000-000000000000",
    "AUTH_TENANT_ID": "00000000-0000-0000-0000-000000000000",
    "AZURE_KEY_VAULT_URL": "https://kv.vault.azure.net/",
    "COSMOS_ENDPOINT": "https://cosmos.documents.azure.com:443/",
    "SECRETS_SEAL_KEYS": '{"1": "' + "A" * 43 + '="}',
}


def told_in_azure(situation: str, service: str) -> dict[str, str]:
    """Give the environment of a service in a situation."""
    told = settings(apps(situations(ROOT)[situation])[service])
    return {name: GIVEN.get(name, value) for name, value in told.items()}
