from typing import Any

import pytest

from tests.support.asgi import Answer
from tests.support.ingestor_world import IngestorWorld

BATCH = {"content-type": "application/cloudevents-batch+json"}


def an_event(id: str, **attributes: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": "/shop",
        "type": "rows.received",
        "data": {"objects": ["a"]},
    } | attributes


@pytest.fixture
def world() -> IngestorWorld:
    return IngestorWorld()


async def take(world: IngestorWorld, batch: object, how: str = "each") -> Answer:
    return await world.client().post(f"/events?batch={how}", batch, BATCH)


async def ids(world: IngestorWorld) -> list[str]:
    return [delivery.body.decode().split('"id":"')[1].split('"')[0] for delivery in await world.published()]


async def test_each_event_of_a_batch_has_a_result_of_its_own(world: IngestorWorld) -> None:
    batch = [an_event("1"), an_event("2", type="order.placed"), 7, an_event("4", data={}), an_event("5")]

    answer = await take(world, batch)

    assert answer.status == 207
    assert [accepted["id"] for accepted in answer.json["accepted"]] == ["1", "5"]
    rejected = [(one["index"], one.get("id"), one["reason"]) for one in answer.json["rejected"]]
    assert rejected == [(1, "2", "unknown-type"), (2, None, "malformed"), (3, "4", "invalid-data")]
    assert answer.json["rejected"][2]["errors"] == [{"loc": "data.objects", "msg": "Field required"}]
    assert await ids(world) == ["1", "5"]


async def test_a_batch_that_is_taken_by_each_and_whole_is_accepted(world: IngestorWorld) -> None:
    answer = await take(world, [an_event("1")])

    assert (answer.status, answer.json["rejected"]) == (202, [])


async def test_a_batch_that_is_no_batch_is_refused_either_way(world: IngestorWorld) -> None:
    assert [(await take(world, {}, how)).problem for how in ("each", "whole")] == ["malformed", "malformed"]


async def test_another_word_for_how_a_batch_is_taken_is_refused(world: IngestorWorld) -> None:
    answer = await take(world, [], "half")

    assert (answer.problem, answer.locations) == ("invalid", ["query.batch"])


@pytest.mark.parametrize("how", ["each", "whole"])
async def test_a_repeated_batch_is_the_same_messages(world: IngestorWorld, how: str) -> None:
    batch = [an_event("1"), an_event("2"), an_event("1")]

    for _ in range(2):
        assert (await take(world, batch, how)).status == 202

    assert await ids(world) == ["1", "2"]
