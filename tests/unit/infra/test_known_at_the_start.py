import pytest

from infra_check.checks import start
from tests.support.planted import MAIN, Planted

COSMOS_ACCESS = "infra/bicep/modules/cosmos-access.bicep"


def test_all_that_must_be_known_at_the_start_of_a_deployment_is(project: Planted) -> None:
    assert project.told(start.check) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            MAIN,
            "'cosmos-access-orchestrator'",
            "'access-${bus.outputs.name}'",
            "orchestratorRecords; found bus.outputs",
        ),
        (COSMOS_ACCESS, "principalId, contributor)", "account.properties.x)", "access; found account.properties"),
        (MAIN, "if (!empty(ingestorImage))", "if (!empty(bus.outputs.id))", "for a condition; found bus.outputs"),
        (MAIN, "split(sentByHttp, ' ')", "split(vault.outputs.uri, ' ')", "for a loop; found sentPairs"),
        (MAIN, "'commands.${worker.name}']", "bus.outputs.name]", "variable commandQueues; found bus.outputs"),
        (MAIN, "  name: 'servicebus'\n  scope: group\n", "  name: 'servicebus'\n", "expected a scope of module bus"),
    ],
)
def test_what_is_known_only_later_is_found(project: Planted, file: str, old: str, new: str, told: str) -> None:
    project.change(file, old, new)

    assert [found for found in project.told(start.check) if told in found] != []
