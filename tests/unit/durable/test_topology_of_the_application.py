from datetime import timedelta
from importlib.resources import files
from typing import Any

import orjson
import pytest

from contracts import documents, rows
from durable import Activity
from durable.activity import command_queue
from durable.control import CONTROL
from durable.messages import EVENTS, INSTANCES, LIFECYCLE
from durable.topology import packaged_topology, read_duration

DOCUMENT = orjson.loads((files("contracts") / "topology.json").read_bytes())
(NAMESPACE,) = DOCUMENT["UserConfig"]["Namespaces"]
DELIVERIES_MAX = 2000


def entities() -> dict[str, Any]:
    return {entity["Name"]: entity["Properties"] for kind in ("Queues", "Topics") for entity in NAMESPACE[kind]}


def test_the_queue_of_instances_has_sessions_and_never_gives_a_message_up() -> None:
    properties = entities()[INSTANCES]

    assert properties["RequiresSession"]
    assert properties["RequiresDuplicateDetection"]
    assert properties["MaxDeliveryCount"] == DELIVERIES_MAX
    assert "DefaultMessageTimeToLive" not in properties


def test_the_queue_of_control_has_a_session_for_each_replica_and_forgets_what_a_dead_one_left() -> None:
    properties = entities()[CONTROL]

    assert properties["RequiresSession"]
    assert not properties["DeadLetteringOnMessageExpiration"]
    assert read_duration(properties["DefaultMessageTimeToLive"], CONTROL) <= timedelta(minutes=10)


def test_every_activity_has_a_command_queue_without_sessions() -> None:
    activities = [value for module in (documents, rows) for value in vars(module).values() if type(value) is Activity]

    assert len(activities) >= 7
    assert not any(entities()[command_queue(activity.name)]["RequiresSession"] for activity in activities)


def test_there_are_topics_for_events_and_lifecycle_and_the_router_has_its_subscription() -> None:
    topology = packaged_topology("contracts")

    assert {EVENTS, LIFECYCLE, INSTANCES} <= topology.destinations
    assert f"{EVENTS}/orchestrator" in topology.locks


@pytest.mark.parametrize("name", entities())
def test_an_entity_is_not_partitioned_and_drops_repeats(name: str) -> None:
    assert not entities()[name].get("EnablePartitioning", False)
    assert read_duration(entities()[name]["DuplicateDetectionHistoryTimeWindow"], name).total_seconds() >= 600


def test_the_container_is_as_the_records_need_it() -> None:
    (database,) = DOCUMENT["Cosmos"]["Databases"]
    (container,) = database["Containers"]

    assert (database["Name"], container["Name"], container["DefaultTtl"]) == ("durable", "instances", -1)
    assert container["PartitionKey"]["paths"] == ["/partition"]
    assert container["IndexingPolicy"]["excludedPaths"] == [{"path": "/*"}]
    assert len(container["IndexingPolicy"]["includedPaths"]) <= 10
