import pytest

from infra_check.checks import scale_rules
from tests.support.planted import MAIN, Planted


def test_scale_rules_are_in_order(project: Planted) -> None:
    assert project.told(scale_rules.check) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "messageCount: '1000'",
            "messagesCount: '1000'",
            "expected metadata that KEDA takes in rule 'instances'; found",
        ),
        (
            "messageCount: '1000'",
            "messageCount: 1000",
            "expected texts in the metadata of rule 'instances'; found other",
        ),
        ("queueName: 'instances'", "queueName: 'instance'", "asks for what the service receives; found queue instance"),
        ("subscriptionName: 'orchestrator'", "subscriptionName: 'all'", "receives; found subscription events/all"),
        ("namespace: bus.outputs.name", "namespace: bus.outputs.host", "expected the name of the namespace in rule"),
        (
            "identity: orchestratorIdentity.outputs.id\n",
            "identity: ingestorIdentity.outputs.id\n",
            "expected a rule that asks by the identity of the app; found",
        ),
        (
            "type: 'azure-servicebus'",
            "type: 'azure-service-bus'",
            "of type azure-servicebus; found 'azure-service-bus'",
        ),
        (
            "replicasMax: min(chosen.orchestrator.replicasMax, chosen.partitions)",
            "replicasMax: 40",
            "expected at most 16 replicas, one for each partition; found 40",
        ),
        ("replicasMin: chosen.workers.replicasMin", "replicasMin: 99", "0 <= least <= most <= 1000 replicas; found 99"),
    ],
)
def test_a_rule_that_would_not_scale_as_it_should_is_found(project: Planted, old: str, new: str, told: str) -> None:
    project.change(MAIN, old, new)

    assert [found for found in project.told(scale_rules.check) if told in found] != []


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "infra/bicep/workers.json",
            '"memory": "4Gi"',
            '"memory": "3Gi"',
            "tabular: expected a quarter of a processor",
        ),
        (
            "infra/bicep/profiles/dev.json",
            '"cpu": "0.25"',
            '"cpu": "0.3"',
            "ingestor: expected a quarter of a processor",
        ),
    ],
)
def test_a_size_that_containers_do_not_come_in_is_found(
    project: Planted, file: str, old: str, new: str, told: str
) -> None:
    project.change(file, old, new)

    assert [found for found in project.told(scale_rules.check) if told in found] != []
