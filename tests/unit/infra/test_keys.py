import pytest

from infra_check.checks import keys
from tests.support.planted import MAIN, Planted

FOLDER = "infra/bicep/modules"


def test_nobody_gets_in_by_a_key(project: Planted) -> None:
    assert project.told(keys.check) == []


@pytest.mark.parametrize(
    ("file", "closed", "told"),
    [
        ("servicebus", "disableLocalAuth: true", "disableLocalAuth of Microsoft.ServiceBus/namespaces to be true"),
        (
            "cosmos",
            "    disableLocalAuth: true",
            "disableLocalAuth of Microsoft.DocumentDB/databaseAccounts to be true",
        ),
        ("storage", "allowSharedKeyAccess: false", "allowSharedKeyAccess of Microsoft.Storage/storageAccounts to be"),
        ("vault", "enableRbacAuthorization: true", "enableRbacAuthorization of Microsoft.KeyVault/vaults to be true"),
        (
            "registry",
            "adminUserEnabled: false",
            "adminUserEnabled of Microsoft.ContainerRegistry/registries to be false",
        ),
        ("observability", "DisableLocalAuth: true", "DisableLocalAuth of Microsoft.Insights/components to be true"),
        ("observability", "disableLocalAuth: true", "features.disableLocalAuth of Microsoft.OperationalInsights/work"),
    ],
)
def test_a_service_that_is_not_closed_to_keys_is_found(project: Planted, file: str, closed: str, told: str) -> None:
    project.change(f"{FOLDER}/{file}.bicep", f"{closed}\n", "\n")

    assert [found for found in project.told(keys.check) if f"expected {told}" in found] != []


def test_a_function_that_reads_keys_is_found(project: Planted) -> None:
    project.add(f"{FOLDER}/storage.bicep", "\noutput key string = account.listKeys().keys[0].value\n")

    where = project.line(f"{FOLDER}/storage.bicep", "listKeys")
    assert f"{where}: expected identities; found keys, by listKeys()" in project.told(keys.check)


def test_a_secret_whose_value_is_written_down_is_found(project: Planted) -> None:
    project.change(MAIN, "keyVaultUrl: '${vault.outputs.uri}secrets/${sealKeysSecret}'", "value: 'hunter2'")

    told = "expected secret 'seal-keys' to lie in the vault; found its value"
    assert [found for found in project.told(keys.check) if found.endswith(told)] != []
