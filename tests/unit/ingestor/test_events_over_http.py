from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.ids import digest
from durable.trace import is_traceparent
from tests.support.asgi import Answer, AsgiClient
from tests.support.ingestor_world import IngestorWorld

STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
CALLERS_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER_TRACE = "00-11111111111111111111111111111111-2222222222222222-00"


def an_event(**attributes: object) -> dict[str, Any]:
    rows = {"objects": ["uploads/1/a.jsonl"]}
    return {"specversion": "1.0", "id": "1", "source": "/shop", "type": "rows.received", "data": rows} | attributes


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


async def take(client: AsgiClient, event: object, headers: Mapping[str, str] = STRUCTURED) -> Answer:
    return await client.post("/events", event, headers)


async def test_a_structured_event_is_published_as_it_came(world: IngestorWorld) -> None:
    event = an_event(subject="s", time="2026-01-02T03:04:05Z", datacontenttype="application/json", tenant="blue")

    answer = await take(world.client(), event)

    (delivery,) = await world.published()
    assert answer.status == 202
    assert answer.json == {"accepted": [{"id": "1", "source": "/shop", "type": "rows.received"}]}
    assert delivery.content_type == CONTENT_TYPE
    assert CloudEvent.from_json(delivery.body) == CloudEvent(
        id="1",
        source="/shop",
        type="rows.received",
        data={"objects": ["uploads/1/a.jsonl"]},
        subject="s",
        time="2026-01-02T03:04:05+00:00",
        datacontenttype="application/json",
        extensions={"tenant": "blue"},
    )


async def test_a_binary_event_is_published_like_a_structured_one(world: IngestorWorld) -> None:
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/shop/Z%C3%BCrich",
        "ce-type": "rows.received",
        "ce-time": "2026-01-02T03:04:05Z",
        "ce-tenant": "blue",
    }

    answer = await take(world.client(), an_event()["data"], headers)

    (delivery,) = await world.published()
    event = CloudEvent.from_json(delivery.body)
    assert answer.status == 202
    assert (event.source, event.data, event.extensions) == ("/shop/Zürich", an_event()["data"], {"tenant": "blue"})
    assert (event.time, event.datacontenttype) == ("2026-01-02T03:04:05+00:00", "application/json")


async def test_data_in_base64_is_read_as_json(world: IngestorWorld) -> None:
    event = an_event(data_base64="eyJvYmplY3RzIjogWyJhIl19")
    del event["data"]

    await take(world.client(), event)

    (delivery,) = await world.published()
    assert CloudEvent.from_json(delivery.body).data == {"objects": ["a"]}


async def test_a_batch_is_published_in_order(world: IngestorWorld) -> None:
    answer = await take(world.client(), [an_event(id="1"), an_event(id="2")], BATCH)

    assert [accepted["id"] for accepted in answer.json["accepted"]] == ["1", "2"]
    assert [orjson.loads(delivery.body)["id"] for delivery in await world.published()] == ["1", "2"]


async def test_an_empty_batch_is_accepted(world: IngestorWorld) -> None:
    answer = await take(world.client(), [], BATCH)

    assert (answer.status, answer.json) == (202, {"accepted": []})
    assert list(await world.published()) == []


async def test_a_repeated_event_has_the_same_message_id(world: IngestorWorld) -> None:
    client = world.client()

    answers = [await take(client, event) for event in (an_event(), an_event(), an_event(source="/other"))]

    assert [answer.status for answer in answers] == [202, 202, 202]
    ids = [delivery.id for delivery in await world.published()]
    assert ids == [digest("/shop", "1"), digest("/other", "1")]


async def test_the_type_travels_as_a_property(world: IngestorWorld) -> None:
    await take(world.client(), an_event())

    (delivery,) = await world.published()
    assert delivery.properties["type"] == "rows.received"


async def test_the_trace_of_the_request_travels_along(world: IngestorWorld) -> None:
    trace = {"traceparent": CALLERS_TRACE, "tracestate": "a=1", "baggage": "tenant=x"}

    await take(world.client(), an_event(traceparent=OTHER_TRACE), {**STRUCTURED, **trace})

    (delivery,) = await world.published()
    assert delivery.properties == {**trace, "type": "rows.received"}


async def test_the_trace_of_the_event_travels_along_if_the_request_has_none(world: IngestorWorld) -> None:
    await take(world.client(), an_event(traceparent=OTHER_TRACE, tracestate="b=2"))

    (delivery,) = await world.published()
    assert delivery.properties == {"traceparent": OTHER_TRACE, "tracestate": "b=2", "type": "rows.received"}


@pytest.mark.parametrize("traceparent", ["", "nonsense", CALLERS_TRACE.upper(), f"ff{CALLERS_TRACE[2:]}"])
async def test_without_a_valid_trace_one_is_begun(world: IngestorWorld, traceparent: str) -> None:
    await take(world.client(), an_event(), {**STRUCTURED, "traceparent": traceparent, "tracestate": "a=1"})

    (delivery,) = await world.published()
    assert is_traceparent(delivery.properties["traceparent"])
    assert delivery.properties["traceparent"] != traceparent
    assert "tracestate" not in delivery.properties


async def test_attributes_that_are_null_count_as_absent(world: IngestorWorld) -> None:
    await take(world.client(), an_event(subject=None, tenant=None))

    (delivery,) = await world.published()
    event = CloudEvent.from_json(delivery.body)
    assert (event.subject, event.time, event.extensions) == (None, None, {})
