from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from contracts.catalogue import CATALOGUE
from durable.errors import BrokerUnavailable, MessageTooLarge
from ingestor.dependencies import EVENT_BYTES_MAX
from tests.support.asgi import AsgiClient
from tests.support.ingestor_world import IngestorWorld
from tests.support.ports_with_faults import FaultyBroker

STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json; charset=utf-8"}


def an_event(**attributes: object) -> dict[str, Any]:
    rows = {"objects": ["uploads/1/a.jsonl"]}
    return {"specversion": "1.0", "id": "1", "source": "/shop", "type": "rows.received", "data": rows} | attributes


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in an_event().items() if key != name}


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


@pytest.fixture
def client(world: IngestorWorld) -> AsgiClient:
    return world.client()


async def test_an_unknown_type_is_refused_and_the_known_ones_are_listed(
    world: IngestorWorld, client: AsgiClient
) -> None:
    answer = await client.post("/events", an_event(type="order.placed"), STRUCTURED)

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations == ["type"]
    assert answer.json["known_types"] == sorted(CATALOGUE)
    assert "found 'order.placed'" in answer.json["detail"]
    assert list(await world.published()) == []


@pytest.mark.parametrize(
    ("data", "location"),
    [
        ({"objects": []}, "data.objects"),
        ({"objects": ["a", 7]}, "data.objects.1"),
        ({}, "data.objects"),
        ("text", "data"),
        (None, "data"),
    ],
)
async def test_data_that_does_not_fit_its_type_is_refused_with_each_fault(
    world: IngestorWorld, client: AsgiClient, data: object, location: str
) -> None:
    answer = await client.post("/events", an_event(data=data), STRUCTURED)

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations == [location]
    assert "known_types" not in answer.json
    assert list(await world.published()) == []


async def test_one_bad_event_keeps_its_batch_from_being_published(world: IngestorWorld, client: AsgiClient) -> None:
    batch = [an_event(), an_event(id="2", data={}), an_event(id="3", type="x")]

    answer = await client.post("/events", batch, BATCH)

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations == ["1.data.objects", "2.type"]
    assert list(await world.published()) == []


@pytest.mark.parametrize("name", ["id", "source", "type", "specversion"])
async def test_an_event_without_a_required_attribute_is_malformed(client: AsgiClient, name: str) -> None:
    structured = await client.post("/events", without(name), STRUCTURED)
    batched = await client.post("/events", [an_event(), without(name)], BATCH)

    assert [answer.problem for answer in (structured, batched)] == ["malformed", "malformed"]
    assert [answer.locations for answer in (structured, batched)] == [[name], [f"1.{name}"]]


@pytest.mark.parametrize(
    ("attributes", "location"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"subject": ""}, "subject"),
        ({"time": "2026-01-01T00:00:00"}, "time"),
        ({"time": "noon"}, "(whole)"),
        ({"time": 7}, "(whole)"),
        ({"Tenant": "x"}, "Tenant"),
        ({"tenant": {"a": 1}}, "tenant"),
        ({"data": None, "data_base64": "e"}, "(whole)"),
        ({"data_base64": "e30="}, "data_base64"),
    ],
)
async def test_an_event_that_breaks_the_rules_of_cloudevents_is_malformed(
    client: AsgiClient, attributes: dict[str, object], location: str
) -> None:
    answer = await client.post("/events", an_event(**attributes), STRUCTURED)

    assert (answer.status, answer.problem) == (400, "malformed")
    assert set(answer.locations) == {location}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (STRUCTURED, b""),
        (STRUCTURED, b"{"),
        (STRUCTURED, b"[]"),
        (STRUCTURED, b'"text"'),
        (STRUCTURED, b'{"data": NaN}'),
        (BATCH, b"{}"),
        (BATCH, b"[1]"),
        (BATCH, b"[[]]"),
    ],
)
async def test_a_body_that_holds_no_event_is_malformed(
    client: AsgiClient, headers: dict[str, str], body: bytes
) -> None:
    answer = await client.post("/events", body, headers)

    assert (answer.status, answer.problem) == (400, "malformed")


def binary(**headers: str) -> dict[str, str]:
    attributes = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "rows.received"}
    return {**attributes, "content-type": "application/json", **headers}


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (binary(), b"{", 400),
        (binary(**{"ce-time": "noon"}), b"{}", 400),
        ({"ce-id": "1", "content-type": "application/json"}, b"{}", 400),
        (binary(**{"content-type": "text/plain"}), b"{}", 415),
        (binary(), b"", 422),
        (binary(), b'{"objects": [123456789012345678901234567890]}', 422),
    ],
)
async def test_a_bad_binary_event_is_refused(
    client: AsgiClient, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = await client.post("/events", body, headers)

    assert answer.status == status


@pytest.mark.parametrize(
    "headers", [{}, {"content-type": "application/json"}, {"content-type": "application/cloudevents+avro"}]
)
async def test_another_media_type_is_unsupported(client: AsgiClient, headers: dict[str, str]) -> None:
    answer = await client.post("/events", an_event(), headers)

    assert (answer.status, answer.problem) == (415, "unsupported-media-type")
    assert "application/cloudevents-batch+json" in answer.json["detail"]


async def test_a_body_over_the_limit_is_too_large(client: AsgiClient) -> None:
    answer = await client.post("/events", an_event(subject="x" * EVENT_BYTES_MAX), STRUCTURED)

    assert (answer.status, answer.problem) == (413, "too-large")


async def test_an_event_that_the_broker_finds_too_large_is_too_large(world: IngestorWorld) -> None:
    broker = FaultyBroker(world.broker, [MessageTooLarge("expected at most 262144 bytes")])

    answer = await world.client(broker=broker).post("/events", an_event(), STRUCTURED)

    assert (answer.status, answer.problem) == (413, "too-large")


async def test_a_send_that_is_not_confirmed_is_made_again(world: IngestorWorld) -> None:
    broker = FaultyBroker(world.broker, [BrokerUnavailable("no connection")])

    answer = await world.client(broker=broker).post("/events", [an_event(), an_event(id="2")], BATCH)

    assert answer.status == 202
    assert broker.calls[0] == broker.calls[1]
    assert [orjson.loads(delivery.body)["id"] for delivery in await world.published()] == ["1", "2"]


async def test_a_broker_that_stays_away_is_a_passing_fault_that_a_repeat_mends(world: IngestorWorld) -> None:
    world.limits = replace(world.limits, patience=timedelta(milliseconds=10))
    broker = FaultyBroker(world.broker, [BrokerUnavailable("no connection")] * 5)

    answer = await world.client(broker=broker).post("/events", an_event(), STRUCTURED)
    repeated = await world.client().post("/events", an_event(), STRUCTURED)

    assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "unavailable", "1")
    assert repeated.status == 202
    assert len(await world.published()) == 1
