import json

import pytest

from infra_check.checks import topology
from tests.support.planted import Planted

TOPOLOGY = "shared/src/contracts/topology.json"
BUS = "infra/bicep/modules/servicebus.bicep"
WHERE = f"{TOPOLOGY}:1"


def test_what_is_deployed_is_the_topology_of_the_services(project: Planted) -> None:
    assert project.told(topology.check) == []


@pytest.mark.parametrize(
    ("file", "line", "property"),
    [
        (BUS, "    requiresSession: queue.Properties.RequiresSession\n", "requiresSession of queues/instances"),
        (BUS, "    lockDuration: queue.Properties.LockDuration\n", "lockDuration of queues/commands.http"),
        (
            "infra/bicep/modules/subscription.bicep",
            "    maxDeliveryCount: subscription.Properties.MaxDeliveryCount\n",
            "maxDeliveryCount of topics/events/subscriptions/orchestrator",
        ),
        (
            "infra/bicep/modules/topic.bicep",
            "    requiresDuplicateDetection: topic.Properties.RequiresDuplicateDetection\n",
            "requiresDuplicateDetection of topics/events",
        ),
        (
            "infra/bicep/modules/cosmos.bicep",
            "      defaultTtl: container.DefaultTtl\n",
            "defaultTtl of sqlDatabases/durable/containers/instances",
        ),
    ],
)
def test_a_property_that_is_lost_on_the_way_is_found(project: Planted, file: str, line: str, property: str) -> None:
    project.change(file, line, "")

    assert [found for found in project.told(topology.check) if f"expected {property} to be " in found] != []


def test_a_queue_that_is_deployed_and_stands_in_no_topology_is_found(project: Planted) -> None:
    project.add(
        BUS, "\nresource more 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = {\n  parent: bus\n  name: 'x'\n}\n"
    )

    told = f"{WHERE}: expected queues/x in the topology; found it deployed only"
    assert project.told(topology.check) == [told]


def test_a_queue_that_is_not_deployed_is_found(project: Planted) -> None:
    project.change(BUS, "[for queue in entities.Queues:", "[for queue in []:")

    told = f"{WHERE}: expected queues/instances to be deployed; found it in the topology only"
    assert told in project.told(topology.check)


def test_a_worker_without_a_queue_is_found(project: Planted) -> None:
    project.change("infra/bicep/workers.json", '"name": "tabular"', '"name": "tables"')

    told = [found.partition(": ")[2] for found in project.told(topology.check)]
    assert told == [
        "expected a worker and a queue for 'tables'; found only the worker",
        "expected a worker and a queue for 'tabular'; found only the queue",
    ]


def test_rules_without_a_default_are_found_as_azure_would_let_everything_in(project: Planted) -> None:
    path = project.root / TOPOLOGY
    document = json.loads(path.read_text())
    rule = {
        "Name": "some",
        "Properties": {"FilterType": "Sql", "SqlFilter": {"SqlExpression": "sys.Label = 'x'"}},
    }
    subscription = document["UserConfig"]["Namespaces"][0]["Topics"][0]["Subscriptions"][0]
    subscription["Rules"] = [rule]
    path.write_text(json.dumps(document))

    assert [found for found in project.told(topology.check) if "expected a rule '$Default'" in found] != []

    subscription["Rules"] = [{**rule, "Name": "$Default"}]
    path.write_text(json.dumps(document))

    assert project.told(topology.check) == []
