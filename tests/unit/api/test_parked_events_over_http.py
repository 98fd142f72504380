from datetime import timedelta

import pytest

from durable.events import EventReceived
from durable.ids import partition_of, partitions
from durable.ports import Upsert
from orchestrator.operations import parked
from orchestrator.parked import ParkedEvent, encode_parked
from tests.support.api_world import PARTITIONS, ApiWorld


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


async def park(world: ApiWorld, instance_id: str, number: int) -> None:
    partition, now = partition_of(instance_id, PARTITIONS), world.clock.now()
    event = EventReceived(name="approval", payload=number)
    one = ParkedEvent(instance_id, partition, f"m{number}", event, (1, number), now, now + timedelta(days=1))
    await world.store.write(partition, [Upsert(encode_parked(one))])


async def test_the_events_of_an_instance_are_shown_in_order_of_arrival(world: ApiWorld) -> None:
    for number in (2, 10, 1):
        await park(world, "a", number)
    await park(world, "b", 3)

    answer = await world.client().get("/parked-events?instance_id=a")

    assert answer.status == 200
    assert [each["payload"] for each in answer.json["events"]] == [1, 2, 10]
    assert answer.json["continuation"] is None
    first = answer.json["events"][0]
    assert (first["instance_id"], first["name"]) == ("a", "approval")
    assert first["parked_at"] < first["expires_at"]


async def test_all_parked_events_are_given_over_the_pages(world: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parked, "PAGE", 3)
    for number in range(20):
        await park(world, f"i{number}", number)
    client, found, pages, query = world.client(), [], 0, ""
    while True:
        page = (await client.get(f"/parked-events{query}")).json
        found += [each["payload"] for each in page["events"]]
        pages += 1
        if page["continuation"] is None:
            break
        query = f"?continuation={page['continuation']}"

    assert sorted(found) == list(range(20))
    assert pages > 1


async def test_none_are_none(world: ApiWorld) -> None:
    assert (await world.client().get("/parked-events")).json == {"events": [], "continuation": None}


@pytest.mark.parametrize(
    ("query", "location"),
    [("instance_id=a~", "instance_id"), ("continuation=x", "continuation"), ("continuation=999", "continuation")],
)
async def test_what_makes_no_sense_is_refused(world: ApiWorld, query: str, location: str) -> None:
    assert "999" not in partitions(PARTITIONS)

    answer = await world.client().get(f"/parked-events?{query}")

    assert (answer.status, answer.locations) == (422, [location])
