from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from contracts.rows import RowsReceived
from durable.cloudevent import CloudEvent
from durable.errors import BrokerUnavailable, MessageTooLarge
from ingestor.dead_letters import Incoming
from tests.support.ingestor_world import IngestorWorld
from tests.support.ports_with_faults import FaultyBroker

START = datetime(2026, 1, 1, tzinfo=UTC)


def an_event(id: str = "1", **attributes: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/shop",
        "type": "order.placed",
        "data": {"objects": ["a"]},
    } | attributes


def arrived(message: str, event: object, minutes: int = 0, **properties: str) -> Incoming:
    body = event if isinstance(event, bytes) else orjson.dumps(event)
    return Incoming("queue q", message, START + timedelta(minutes=minutes), body, "application/json", properties)


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


async def listed(world: IngestorWorld, query: str = "") -> Any:
    return (await world.client().get(f"/dead-letters{query}")).json


async def the_id(world: IngestorWorld) -> str:
    ((letter),) = (await listed(world))["dead_letters"]
    return str(letter["id"])


async def test_without_dead_letters_the_list_is_empty(world: IngestorWorld) -> None:
    assert await listed(world) == {"dead_letters": [], "continuation": None}


async def test_a_dead_letter_says_where_it_came_from_and_why_it_is_one(world: IngestorWorld) -> None:
    await world.ingestion().intake.take([arrived("m-1", an_event(data={"objects": []}, type="rows.received"), a="b")])

    id = await the_id(world)
    answer = await world.client().get(f"/dead-letters/{id}")
    assert answer.json == {
        "id": id,
        "at": "2026-01-01T00:00:00Z",
        "origin": "queue q",
        "message": "m-1",
        "reason": "invalid-data",
        "detail": "expected data that fits rows.received; found 1 faults",
        "errors": [
            {"loc": "data.objects", "msg": "List should have at least 1 item after validation, not 0"},
        ],
        "body": orjson.dumps(an_event(data={"objects": []}, type="rows.received")).decode(),
        "encoding": "text",
        "content_type": "application/json",
        "properties": {"a": "b"},
    }


async def test_what_comes_again_is_the_same_dead_letter(world: IngestorWorld) -> None:
    for _ in range(2):
        await world.ingestion().intake.take([arrived("m-1", an_event())])

    assert len((await listed(world))["dead_letters"]) == 1


async def test_bytes_that_are_no_text_are_kept_as_they_are(world: IngestorWorld) -> None:
    await world.ingestion().intake.take([arrived("m-1", b"\xff\x00")])

    letter = (await world.client().get(f"/dead-letters/{await the_id(world)}")).json
    assert (letter["body"], letter["encoding"]) == ("/wA=", "base64")


async def test_the_list_is_read_in_pages_newest_first(world: IngestorWorld) -> None:
    await world.ingestion().intake.take([arrived(f"m-{minute}", an_event(), minute) for minute in range(5)])

    first = await listed(world, "?limit=2")
    second = await listed(world, f"?limit=2&continuation={first['continuation']}")
    third = await listed(world, f"?limit=2&continuation={second['continuation']}")

    pages = [[letter["message"] for letter in page["dead_letters"]] for page in (first, second, third)]
    assert pages == [["m-4", "m-3"], ["m-2", "m-1"], ["m-0"]]
    assert third["continuation"] is None


async def test_a_replay_takes_what_the_catalogue_knows_by_then(world: IngestorWorld) -> None:
    await world.ingestion().intake.take([arrived("m-1", an_event())])
    id = await the_id(world)

    refused = await world.client().post(f"/dead-letters/{id}/replay")
    world.catalogue["order.placed"] = RowsReceived
    taken = await world.client().post(f"/dead-letters/{id}/replay")

    assert (refused.status, refused.problem) == (422, "invalid")
    assert "order.placed" in refused.json["detail"]
    assert (taken.status, taken.json) == (
        202,
        {"accepted": [{"id": "1", "source": "/shop", "type": "order.placed"}]},
    )
    assert [CloudEvent.from_json(delivery.body).id for delivery in await world.published()] == ["1"]
    assert (await listed(world))["dead_letters"] == []
    assert (await world.client().post(f"/dead-letters/{id}/replay")).status == 404


async def test_a_replay_of_nonsense_says_what_is_wrong_with_it(world: IngestorWorld) -> None:
    await world.ingestion().intake.take([arrived("m-1", b"nonsense")])

    answer = await world.client().post(f"/dead-letters/{await the_id(world)}/replay")

    assert (answer.status, answer.problem) == (400, "malformed")


async def test_a_replay_while_the_broker_is_away_keeps_the_dead_letter(world: IngestorWorld) -> None:
    await world.ingestion().intake.take([arrived("m-1", an_event())])
    world.catalogue["order.placed"] = RowsReceived
    world.no_patience()
    broker = FaultyBroker(world.broker, [BrokerUnavailable("away")] * 100)

    answer = await world.client(broker=broker).post(f"/dead-letters/{await the_id(world)}/replay")

    assert answer.status == 503
    assert len((await listed(world))["dead_letters"]) == 1


async def test_a_dead_letter_can_be_thrown_away(world: IngestorWorld) -> None:
    await world.ingestion().intake.take([arrived("m-1", an_event())])
    id = await the_id(world)

    answers = [await world.client().send("DELETE", f"/dead-letters/{id}", []) for _ in range(2)]

    assert [answer.status for answer in answers] == [204, 404]
    assert (await listed(world))["dead_letters"] == []


@pytest.mark.parametrize("id", ["nothing", "..%2Fuploads", "20260101T000000Z-" + "0" * 32])
async def test_an_id_of_no_dead_letter_is_not_found(world: IngestorWorld, id: str) -> None:
    answers = [
        await world.client().get(f"/dead-letters/{id}"),
        await world.client().post(f"/dead-letters/{id}/replay"),
        await world.client().send("DELETE", f"/dead-letters/{id}", []),
    ]

    assert {answer.status for answer in answers} == {404}


@pytest.mark.parametrize("query", ["?limit=0", "?limit=201", "?limit=many"])
async def test_a_limit_out_of_bounds_is_refused(world: IngestorWorld, query: str) -> None:
    assert (await world.client().get(f"/dead-letters{query}")).problem == "invalid"


async def test_an_event_that_the_broker_finds_too_large_is_a_dead_letter_and_the_others_are_published(
    world: IngestorWorld,
) -> None:
    too_large = MessageTooLarge("expected at most 1 byte")
    # The call for both is refused, then that for the first of them.
    broker = FaultyBroker(world.broker, [too_large, too_large])
    events = [an_event(id, type="rows.received") for id in ("1", "2")]

    await world.ingestion(broker=broker).intake.take([arrived("m-1", events)])

    assert [CloudEvent.from_json(delivery.body).id for delivery in await world.published()] == ["2"]
    (letter,) = (await listed(world))["dead_letters"]
    assert (letter["message"], letter["reason"], letter["detail"]) == ("m-1", "too-large", "expected at most 1 byte")


async def test_an_object_that_somebody_else_wrote_there_hides_no_other(world: IngestorWorld) -> None:
    await world.ingestion().intake.take([arrived("m-1", an_event())])
    id = "20260102T000000Z-" + "a" * 32
    await world.objects.put(f"dead-letters/{id}.json", b"{}")
    await world.objects.put("dead-letters/notes.txt", b"{}")

    letters = (await listed(world))["dead_letters"]

    assert [letter["reason"] for letter in letters] == ["unreadable", "unknown-type"]
    assert (await world.client().post(f"/dead-letters/{id}/replay")).problem == "malformed"
    assert (await world.client().send("DELETE", f"/dead-letters/{id}", [])).status == 204
