from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from emulators.testing import CollectorInThread, collector_in_thread
from tests.support.telemetry_posts import TRACE, a_span, attributes, look, post, spans_of

QUEUE = {"az__namespace": "Microsoft.ServiceBus", "messaging__system": "servicebus", "server__address": "ns"}
COSMOS = {"db__system__name": "azure.cosmosdb", "db__namespace": "durable", "server__address": "account"}
GET = {"http__request__method": "GET", "url__full": "http://api/x", "url__scheme": "http"}
SERVER, CLIENT, PRODUCER, CONSUMER, INTERNAL = 2, 3, 4, 5, 1


def span(number: int, parent: int, kind: int, about: Mapping[str, str | int], status: int = 0) -> dict[str, Any]:
    above = f"{parent:016x}" if parent else ""
    named = attributes(**about)
    return a_span(spanId=f"{number:016x}", parentSpanId=above, kind=kind, attributes=named, status={"code": status})


def to(entity: str) -> Mapping[str, str]:
    return {**QUEUE, "messaging__destination__name": entity}


@pytest.fixture(scope="module")
def drawn() -> Iterator[Any]:
    """An API that asks another service, and sends to a queue from which two instances work; one of them fails once."""
    with collector_in_thread() as collector:
        url = f"{collector.url}/v1/traces"
        api = [
            span(1, 0, SERVER, GET),
            span(2, 1, PRODUCER, to("work")),
            span(3, 1, CLIENT, GET),
            span(4, 1, CLIENT, {**GET, "url__full": "http://elsewhere/y"}),
            span(9, 1, INTERNAL, {}),
        ]
        post(url, spans_of("api", api))
        post(url, spans_of("prices", [span(5, 3, SERVER, GET), span(10, 5, CLIENT, COSMOS)]))
        post(url, spans_of("worker", [span(6, 2, CONSUMER, to("work"), status=2)], "w-1"))
        post(url, spans_of("worker", [span(7, 2, CONSUMER, to("work")), span(8, 7, CLIENT, COSMOS)], "w-2"))
        yield look(f"{collector.url}/api/map?trace={TRACE}")


def edges(drawn: Any) -> dict[tuple[str, str], int]:
    return {(edge["from"], edge["to"]): edge["count"] for edge in drawn["edges"]}


def test_a_target_that_is_the_origin_of_requests_is_one_node_between_both_roles(drawn: Any) -> None:
    assert edges(drawn)["role:durable.api", "queue:ns/work"] == 1
    assert edges(drawn)["queue:ns/work", "role:durable.worker"] == 2


def test_a_request_whose_parent_is_another_role_joins_both_and_its_call_is_drawn_no_further(drawn: Any) -> None:
    assert edges(drawn)["role:durable.api", "role:durable.prices"] == 1
    assert ("role:durable.api", "http:api") not in edges(drawn)


def test_what_nobody_answers_here_is_a_dependency(drawn: Any) -> None:
    assert edges(drawn)["role:durable.api", "http:elsewhere"] == 1
    assert edges(drawn)["role:durable.worker", "database:account|durable"] == 1


def test_what_stays_in_the_process_is_not_drawn(drawn: Any) -> None:
    assert {node["id"] for node in drawn["nodes"]} == {
        "role:durable.api",
        "role:durable.prices",
        "role:durable.worker",
        "queue:ns/work",
        "http:elsewhere",
        "database:account|durable",
    }


def test_edges_and_nodes_tell_counts_means_and_failures(drawn: Any) -> None:
    [edge] = [each for each in drawn["edges"] if each["from"] == "queue:ns/work"]
    [worker] = [each for each in drawn["nodes"] if each["id"] == "role:durable.worker"]

    assert (edge["count"], edge["mean_duration"], edge["failures"], edge["failure_rate"]) == (2, 1_000_000, 1, 0.5)
    assert (worker["instances"], worker["count"], worker["failures"], worker["kind"]) == (2, 2, 1, "role")


def test_the_map_of_the_last_hour_leaves_out_what_is_older(telemetry_collector: CollectorInThread) -> None:
    url = f"{telemetry_collector.url}/v1/traces"
    old = a_span(spanId="1" * 16, startTimeUnixNano="1", endTimeUnixNano="2")
    post(url, spans_of("old", [old]))
    post(url, spans_of("new", [a_span()]))

    answer = look(f"{telemetry_collector.url}/api/map")

    assert [node["id"] for node in answer["nodes"]] == ["role:durable.new"]
    assert answer["now"] - answer["since"] == pytest.approx(3600_000_000, abs=5_000_000)


def test_the_map_of_a_trace_that_is_not_there_is_empty(telemetry_collector: CollectorInThread) -> None:
    answer = look(f"{telemetry_collector.url}/api/map?trace={TRACE}")

    assert (answer["nodes"], answer["edges"]) == ([], [])
