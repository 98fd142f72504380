from dataclasses import replace
from datetime import timedelta
from itertools import repeat

import pytest

from contracts.documents import CSV, DOCX, HTML, PDF, XLSX, DocumentReceived
from durable.cloudevent import CloudEvent
from durable.errors import BrokerUnavailable, TransientError
from durable.ids import digest
from tests.support.asgi import AsgiClient
from tests.support.ingestor_world import IngestorWorld
from tests.support.ports_with_faults import FaultyBroker, FaultyObjects

ID = f"{1:032x}"
CALLERS_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


@pytest.fixture
def client(world: IngestorWorld) -> AsgiClient:
    return world.client()


async def test_a_posted_file_is_stored_and_published(world: IngestorWorld, client: AsgiClient) -> None:
    headers = {"content-type": "application/pdf; x=1", "traceparent": CALLERS_TRACE}

    answer = await client.post("/files/in/a%20b.pdf", b"%PDF-1.7", headers)

    (delivery,) = await world.published()
    event = CloudEvent.from_json(delivery.body)
    document = {"object": f"uploads/{ID}/in/a b.pdf", "name": "in/a b.pdf", "media_type": PDF, "size": 8}
    assert answer.status == 202
    assert answer.json == {**document, "event": {"id": ID, "source": "/ingestor/files", "type": "document.received"}}
    assert await world.objects.get(f"uploads/{ID}/in/a b.pdf") == b"%PDF-1.7"
    assert (event.id, event.source, event.type, event.data) == (ID, "/ingestor/files", "document.received", document)
    assert event.time == "2026-01-01T00:00:00+00:00"
    assert delivery.id == digest("/ingestor/files", ID)
    assert delivery.properties == {"traceparent": CALLERS_TRACE, "type": "document.received"}


async def test_a_put_file_is_stored_only(world: IngestorWorld, client: AsgiClient) -> None:
    answer = await client.put("/files/rows.jsonl", b'{"a": 1}\n')

    assert answer.status == 201
    assert answer.json == {
        "object": f"uploads/{ID}/rows.jsonl",
        "name": "rows.jsonl",
        "media_type": "application/x-ndjson",
        "size": 9,
        "event": None,
    }
    assert await world.stored() == [f"uploads/{ID}/rows.jsonl"]
    assert list(await world.published()) == []


async def test_two_files_of_one_name_are_two_objects(world: IngestorWorld, client: AsgiClient) -> None:
    first, second = [(await client.put("/files/a", b"x")).json["object"] for _ in range(2)]

    assert first != second
    assert await world.stored() == sorted([first, second])


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("a.pdf", None, PDF),
        ("a.PDF", "application/octet-stream", PDF),
        ("a.docx", "application/x-www-form-urlencoded", DOCX),
        ("a.xlsx", "", XLSX),
        ("a.html", None, HTML),
        ("a.csv", None, CSV),
        ("a.csv", "Text/CSV; charset=utf-8", CSV),
        ("a.pdf", "text/plain", "text/plain"),
        ("a", None, "application/octet-stream"),
        ("a.unheard-of", None, "application/octet-stream"),
    ],
)
async def test_the_media_type_is_as_sent_or_else_by_name(
    client: AsgiClient, name: str, content_type: str | None, expected: str
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}

    answer = await client.post(f"/files/{name}", b"x", headers)

    assert answer.json["media_type"] == expected
    DocumentReceived.model_validate({key: value for key, value in answer.json.items() if key != "event"})


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "pdf", "a/b/c", "text/ü"])
async def test_what_is_no_media_type_of_a_file_is_unsupported(
    world: IngestorWorld, client: AsgiClient, content_type: str
) -> None:
    answer = await client.post("/files/a", b"x", {"content-type": content_type})

    assert (answer.status, answer.problem) == (415, "unsupported-media-type")
    assert await world.stored() == []


NAMES = [
    "",
    "..",
    "../a",
    "a/../b",
    "a/..",
    ".",
    "./a",
    "/etc/passwd",
    "a//b",
    "a/",
    "a%5Cb",
    "a%00",
    "a%0Ab",
    "%2e%2e/a",
]


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("name", [*NAMES, "%2E%2E%2Fa", "%2Fetc%2Fpasswd", "a%7F", "a" * 513, "a:b|c"])
async def test_a_name_that_is_not_legal_is_refused_with_the_rule(
    world: IngestorWorld, client: AsgiClient, method: str, name: str
) -> None:
    answer = await client.send(method, f"/files/{name}", [b"x"])

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations == ["name"]
    assert "expected an object name of parts joined by '/'" in answer.json["detail"]
    assert await world.stored() == []


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_an_empty_file_is_refused(world: IngestorWorld, client: AsgiClient, method: str) -> None:
    answer = await client.send(method, "/files/a.pdf", [b"", b""])

    assert (answer.status, answer.problem) == (422, "invalid")
    assert "expected at least one byte" in answer.json["detail"]
    assert await world.stored() == []
    assert list(await world.published()) == []


async def test_a_file_over_the_limit_is_cut_off_while_it_comes_and_leaves_nothing(world: IngestorWorld) -> None:
    world.limits = replace(world.limits, upload_bytes=1000)
    client = world.client()

    declared = await client.send("POST", "/files/a", repeat(b"x" * 100), {"content-length": "1001"})
    endless = await client.send("POST", "/files/a", repeat(b"x" * 100))
    just_fits = await client.send("POST", "/files/a", [b"x" * 1000])

    assert [answer.problem for answer in (declared, endless)] == ["too-large", "too-large"]
    assert just_fits.status == 202
    assert await world.stored() == [just_fits.json["object"]]


async def test_a_broker_that_stays_away_is_a_passing_fault(world: IngestorWorld) -> None:
    world.limits = replace(world.limits, patience=timedelta(milliseconds=10))
    broker = FaultyBroker(world.broker, [BrokerUnavailable("no connection")] * 5)

    answer = await world.client(broker=broker).post("/files/a", b"x")

    assert (answer.status, answer.problem, answer.headers["retry-after"]) == (503, "unavailable", "1")


async def test_an_object_store_that_fails_is_a_passing_fault_and_nothing_is_published(world: IngestorWorld) -> None:
    client = world.client(objects=FaultyObjects(TransientError("the object store failed")))

    answer = await client.post("/files/a", b"x")

    assert (answer.status, answer.problem) == (503, "unavailable")
    assert list(await world.published()) == []


async def test_what_no_route_takes_is_a_problem_too(client: AsgiClient) -> None:
    answers = [await client.get("/files"), await client.get("/files/a"), await client.post("/events/", {})]

    assert [answer.status for answer in answers] == [404, 405, 404]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


async def test_health_is_served(client: AsgiClient) -> None:
    assert (await client.get("/health/live")).status == 200
    assert (await client.get("/health/ready")).status == 200
