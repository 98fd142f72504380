import pytest

from infra_check.checks import rights
from tests.support.planted import MAIN, Planted

IDENTITY = "infra/bicep/modules/identity.bicep"


def test_each_service_has_the_roles_that_it_needs_and_no_other(project: Planted) -> None:
    assert project.told(rights.check) == []


def test_a_role_that_a_service_does_not_need_is_found(project: Planted) -> None:
    project.change(MAIN, "sendsToQueues: []", "sendsToQueues: [\n      'instances'\n    ]")

    told = "ingestor does not need azureServiceBusDataSender on queue instances: its code does no such thing"
    assert [found.partition(": ")[2] for found in project.told(rights.check)] == [told]


def test_a_role_that_a_service_lacks_is_found(project: Planted) -> None:
    project.change(
        MAIN,
        "      'control'\n      'instances'\n    ])\n    sendsToTopics",
        "      'instances'\n    ])\n    sendsToTopics",
    )

    told = f"{MAIN}:1: expected azureServiceBusDataSender on queue control for orchestrator; found none"
    assert project.told(rights.check) == [told]


def test_records_are_for_the_orchestrator_alone(project: Planted) -> None:
    project.change(
        MAIN,
        "principalId: orchestratorIdentity.outputs.principalId",
        "principalId: ingestorIdentity.outputs.principalId",
    )

    found = [told.partition(": ")[2] for told in project.told(rights.check)]
    assert found == [
        "expected cosmosDbBuiltInDataContributor on records instances for orchestrator; found none",
        "ingestor does not need cosmosDbBuiltInDataContributor on records instances: its code does no such thing",
    ]


@pytest.mark.parametrize(
    ("scope", "told"),
    [
        ("scope: bus", "Microsoft.ServiceBus/namespaces/sb-abcdefghijklm"),
        ("dependsOn: []", "the resource group"),
    ],
)
def test_a_role_on_more_than_one_entity_is_found(project: Planted, scope: str, told: str) -> None:
    project.change(IDENTITY, "scope: sentTopics[i]", scope)

    expected = f"expected a role on one queue, topic, subscription or container; found it on {told}"
    assert [found for found in project.told(rights.check) if found.endswith(expected)] != []


def test_a_wide_role_without_a_reason_above_it_is_found(project: Planted) -> None:
    file = "infra/bicep/modules/vault-access.bicep"
    project.change(file, "// wide: ", "// ")

    assert [found for found in project.told(rights.check) if "begins with 'wide:'" in found] != []


def test_a_role_that_is_not_one_of_the_list_is_found(project: Planted) -> None:
    project.change(IDENTITY, "roles.azureServiceBusDataSender)", "'090c5cfd-751d-490a-894a-3ce6f1109419')")

    told = "expected a role of roles.json; found 090c5cfd-751d-490a-894a-3ce6f1109419 for ingestor"
    assert [found for found in project.told(rights.check) if found.endswith(told)] != []
