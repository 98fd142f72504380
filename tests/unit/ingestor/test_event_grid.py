from typing import Any

import orjson
import pytest
from pydantic import BaseModel, model_validator

from contracts.rows import RowsReceived
from durable.cloudevent import CloudEvent
from durable.errors import BrokerUnavailable
from tests.support.asgi import Answer
from tests.support.ingestor_world import IngestorWorld
from tests.support.ports_with_faults import FaultyBroker

DELIVERY = {"content-type": "application/json; charset=utf-8", "aeg-event-type": "Notification"}
TOPIC = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/shop"


def grid_event(**attributes: object) -> dict[str, Any]:
    return {
        "id": "e-1",
        "topic": "/topics/orders",
        "subject": "rows/1",
        "eventType": "rows.received",
        "eventTime": "2026-01-02T03:04:05.0678904Z",
        "data": {"objects": ["a.jsonl"]},
        "dataVersion": "1.0",
        "metadataVersion": "1",
    } | attributes


def blob_created(url: str = "https://shop.blob.core.windows.net/data/inbox/in/a.pdf", **data: object) -> dict[str, Any]:
    return grid_event(
        topic=TOPIC,
        subject="/blobServices/default/containers/data/blobs/inbox/in/a.pdf",
        eventType="Microsoft.Storage.BlobCreated",
        data={
            "api": "PutBlockList",
            "clientRequestId": "6d79dbfb-0e37-4fc4-981f-442c9ca65760",
            "requestId": "831e1650-001e-001b-66ab-eeb76e000000",
            "eTag": "0x8D4BCC2E4835CD0",
            "contentType": "application/pdf",
            "contentLength": 524288,
            "blobType": "BlockBlob",
            "url": url,
            "sequencer": "00000000000004420000000000028963",
            "storageDiagnostics": {"batchId": "b68529f3-68cd-4744-baa4-3c0498ec19f0"},
        }
        | data,
    )


class Broken(BaseModel):
    """Data whose check has a bug."""

    @model_validator(mode="before")
    @classmethod
    def look(cls, _: object) -> object:
        raise KeyError("x")


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


async def deliver(world: IngestorWorld, *events: object, **headers: str) -> Answer:
    return await world.client().post("/events", list(events), {**DELIVERY, **headers})


async def published(world: IngestorWorld) -> list[CloudEvent]:
    return [CloudEvent.from_json(delivery.body) for delivery in await world.published()]


async def test_the_handshake_of_a_subscription_is_answered_with_its_code(world: IngestorWorld) -> None:
    validation = {"validationCode": "512d38b6", "validationUrl": "https://rp.example/validate?id=1"}
    event = grid_event(eventType="Microsoft.EventGrid.SubscriptionValidationEvent", data=validation)

    answer = await deliver(world, event, **{"aeg-event-type": "SubscriptionValidation"})

    assert (answer.status, answer.json) == (200, {"validationResponse": "512d38b6"})
    assert await published(world) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"[1]", b'[{"data": 1}]', b'[{"data": {"validationCode": 7}}]'])
async def test_a_handshake_without_code_is_refused(world: IngestorWorld, body: bytes) -> None:
    answer = await world.client().post("/events", body, {**DELIVERY, "aeg-event-type": "SubscriptionValidation"})

    assert (answer.status, answer.problem, answer.locations) == (400, "malformed", ["0.data.validationCode"])


async def test_the_end_of_a_subscription_is_acknowledged(world: IngestorWorld) -> None:
    assert (await deliver(world, **{"aeg-event-type": "Unsubscribe"})).status == 200


async def test_another_kind_of_request_is_refused(world: IngestorWorld) -> None:
    answer = await deliver(world, grid_event(), **{"aeg-event-type": "Surprise"})

    assert (answer.status, answer.problem) == (400, "malformed")
    assert "found 'surprise'" in answer.json["detail"]


async def test_an_event_in_the_event_grid_schema_is_published_as_a_cloudevent(world: IngestorWorld) -> None:
    answer = await deliver(world, grid_event())

    assert answer.status == 200
    assert answer.json["accepted"] == [{"id": "e-1", "source": "/topics/orders", "type": "rows.received"}]
    assert await published(world) == [
        CloudEvent(
            id="e-1",
            source="/topics/orders",
            type="rows.received",
            data={"objects": ["a.jsonl"]},
            subject="rows/1",
            time="2026-01-02T03:04:05.067890+00:00",
            datacontenttype="application/json",
            extensions={"dataversion": "1.0"},
        )
    ]


@pytest.mark.parametrize("kind", ["application/cloudevents+json", "application/cloudevents-batch+json"])
async def test_cloudevents_that_event_grid_delivers_are_taken(world: IngestorWorld, kind: str) -> None:
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "rows.received", "data": {"objects": ["a"]}}
    body = orjson.dumps([event] if "batch" in kind else event)

    answer = await world.client().post("/events", body, {**DELIVERY, "content-type": kind})

    assert answer.status == 200
    assert [event.id for event in await published(world)] == ["1"]


async def test_cloudevents_in_binary_mode_are_taken(world: IngestorWorld) -> None:
    attributes = {"ce-specversion": "1.0", "ce-id": "Z%C3%BC", "ce-source": "/s", "ce-type": "rows.received"}

    answer = await world.client().post("/events", {"objects": ["a"]}, {**DELIVERY, **attributes})

    assert answer.status == 200
    assert [(event.id, event.data) for event in await published(world)] == [("Zü", {"objects": ["a"]})]


async def test_a_delivery_that_is_repeated_is_the_same_message(world: IngestorWorld) -> None:
    for _ in range(2):
        assert (await deliver(world, grid_event(), grid_event(id="e-2"))).status == 200

    assert [event.id for event in await published(world)] == ["e-1", "e-2"]


async def test_a_blob_of_the_inbox_is_a_document_that_was_received(world: IngestorWorld) -> None:
    answer = await deliver(world, blob_created())

    assert answer.json["accepted"] == [{"id": "e-1", "source": TOPIC, "type": "document.received"}]
    (event,) = await published(world)
    assert event.data == {
        "object": "inbox/in/a.pdf",
        "name": "a.pdf",
        "media_type": "application/pdf",
        "size": 524288,
    }


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://shop.blob.core.windows.net/data/inbox/Z%C3%BCrich%201.pdf", "Zürich 1.pdf"),
        ("https://shop.dfs.core.windows.net/data/inbox/a.pdf", "a.pdf"),
    ],
)
async def test_the_name_of_a_blob_is_read_out_of_its_url(world: IngestorWorld, url: str, name: str) -> None:
    await deliver(world, blob_created(url))

    (event,) = await published(world)
    assert isinstance(event.data, dict)
    assert event.data["object"] == f"inbox/{name}"


async def test_a_blob_without_a_telling_type_has_the_one_of_its_name(world: IngestorWorld) -> None:
    await deliver(world, blob_created(contentType="application/octet-stream"))

    (event,) = await published(world)
    assert isinstance(event.data, dict)
    assert event.data["media_type"] == "application/pdf"


@pytest.mark.parametrize(
    "event",
    [
        blob_created("https://shop.blob.core.windows.net/data/split-pdf/1/page-0001.pdf"),
        blob_created(api="CreateFile", contentLength=0),
    ],
    ids=["what the services wrote", "a file that is not complete"],
)
async def test_a_blob_that_is_no_input_is_passed_over(world: IngestorWorld, event: dict[str, Any]) -> None:
    answer = await deliver(world, event)

    assert (answer.status, answer.json["accepted"]) == (200, [])
    assert answer.json["passed_over"][0]["id"] == "e-1"
    assert await published(world) == []


@pytest.mark.parametrize(
    ("event", "location"),
    [
        (blob_created("https://other.blob.core.windows.net/data/inbox/a.pdf"), "0.data.url"),
        (blob_created("https://shop.blob.core.windows.net/other/inbox/a.pdf"), "0.data.url"),
        (blob_created("https://shop.blob.core.windows.net/data/inbox/%2e%2e/a.pdf"), "0.data.url"),
        (blob_created("nonsense"), "0.data.url"),
        (blob_created("http://["), "0.data.url"),
        (blob_created("https://shop.blob.core.windows.net/data/inbox/%ff.pdf"), "0.data.url"),
        (blob_created(contentLength="many"), "0.data.contentLength"),
        (blob_created(contentType="no type"), "0.data.contentType"),
        (grid_event(eventType="Microsoft.Storage.BlobCreated", data=None), "0.data.(whole)"),
        (grid_event(eventType="order.placed"), "0.type"),
        (grid_event(data={"objects": []}), "0.data.objects"),
        (grid_event(topic=None), "0.topic"),
        (grid_event(id=7), "0.id"),
        (grid_event(eventTime="yesterday"), "0.eventTime"),
    ],
)
async def test_what_will_never_be_taken_is_answered_so_that_event_grid_does_not_repeat_it(
    world: IngestorWorld, event: dict[str, Any], location: str
) -> None:
    answer = await deliver(world, event)

    assert (answer.status, answer.problem) == (400, "malformed")
    assert answer.locations == [location]
    assert await published(world) == []


async def test_what_may_be_taken_later_is_answered_so_that_event_grid_repeats_it(world: IngestorWorld) -> None:
    world.no_patience()
    broker = FaultyBroker(world.broker, [BrokerUnavailable("away")] * 100)

    answer = await world.client(broker=broker).post("/events", [grid_event()], DELIVERY)

    assert (answer.status, answer.problem) == (503, "unavailable")
    assert "retry-after" in answer.headers


async def test_of_a_mixed_batch_the_good_are_published_and_the_others_are_dead_letters(world: IngestorWorld) -> None:
    bad = grid_event(id="e-2", data={"objects": []})

    answer = await deliver(world, grid_event(), bad, grid_event(id="e-3"))

    assert answer.status == 200
    assert [event.id for event in await published(world)] == ["e-1", "e-3"]
    (id,) = answer.json["dead_letters"]
    letter = (await world.client().get(f"/dead-letters/{id}")).json
    assert (letter["origin"], letter["reason"]) == ("event-grid", "invalid-data")
    assert orjson.loads(letter["body"]) == bad


async def test_what_a_bug_in_a_contract_holds_up_is_kept_until_it_is_mended(world: IngestorWorld) -> None:
    world.catalogue["order.placed"] = Broken

    answer = await deliver(world, grid_event(eventType="order.placed"))

    assert answer.status == 200
    (id,) = answer.json["dead_letters"]
    letter = (await world.client().get(f"/dead-letters/{id}")).json
    assert (letter["reason"], letter["detail"]) == ("failed", "expected to judge the event; failed with KeyError: 'x'")
    world.catalogue["order.placed"] = RowsReceived
    assert (await world.client().post(f"/dead-letters/{id}/replay")).status == 202


async def test_a_delivery_as_large_as_event_grid_makes_them_is_taken(world: IngestorWorld) -> None:
    events = [grid_event(id=str(number), subject="s" * 100_000) for number in range(10)]

    assert (await deliver(world, *events)).status == 200
    assert len(await published(world)) == 10


async def test_whoever_asks_may_deliver_cloudevents(world: IngestorWorld) -> None:
    asked = {"WebHook-Request-Origin": "eventgrid.azure.net", "WebHook-Request-Rate": "120"}

    answer = await world.client().send("OPTIONS", "/events", [], asked)

    assert answer.status == 200
    assert answer.headers["webhook-allowed-origin"] == "eventgrid.azure.net"
    assert answer.headers["webhook-allowed-rate"] == "*"
    assert answer.headers["allow"] == "POST, OPTIONS"


async def test_whoever_is_not_among_the_origins_gets_no_permission(world: IngestorWorld) -> None:
    world.webhook_origins = frozenset({"eventgrid.azure.net"})

    answer = await world.client().send("OPTIONS", "/events", [], {"WebHook-Request-Origin": "evil.example"})

    assert answer.status == 200
    assert "webhook-allowed-origin" not in answer.headers


async def test_a_handshake_that_names_nobody_is_refused(world: IngestorWorld) -> None:
    assert (await world.client().send("OPTIONS", "/events", [])).problem == "malformed"
