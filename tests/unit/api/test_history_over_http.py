import pytest

from durable import Status
from durable.events import (
    ActivityCompleted,
    ActivityScheduled,
    EventReceived,
    SagaCompleted,
    SagaStarted,
    TimerCreated,
)
from durable.ports import Upsert
from orchestrator.api import history
from orchestrator.records import encode_turn
from tests.support.api_world import ApiWorld


@pytest.fixture
async def world() -> ApiWorld:
    world = ApiWorld()
    await world.put_head(world.a_head(status=Status.RUNNING))
    return world


async def test_a_history_shows_the_events_of_all_turns_in_order(world: ApiWorld) -> None:
    await world.put_turn(world.a_turn(1, SagaStarted(saga="pay"), ActivityScheduled(task_id=1, name="p.pay", input=1)))
    await world.put_turn(
        world.a_turn(2, ActivityCompleted(task_id=1, name="p.pay", output=2), SagaCompleted(output=2), first=3)
    )

    answer = await world.client().get("/instances/a/history")

    events = answer.json["events"]
    assert answer.json["continuation"] is None
    assert [(event["sequence"], event["kind"]) for event in events] == [
        (1, "SagaStarted"),
        (2, "ActivityScheduled"),
        (3, "ActivityCompleted"),
        (4, "SagaCompleted"),
    ]
    assert events[1] == {
        "kind": "ActivityScheduled",
        "task_id": 1,
        "name": "p.pay",
        "input": 1,
        "at": "2026-01-01T00:00:00+00:00",
        "execution": 1,
        "sequence": 2,
    }


async def test_an_instance_without_a_turn_has_an_empty_history(world: ApiWorld) -> None:
    answer = await world.client().get("/instances/a/history")

    assert answer.json == {"events": [], "continuation": None}


async def test_a_page_ends_with_a_turn_and_says_where_to_go_on(world: ApiWorld) -> None:
    for number in range(1, 6):
        events = [EventReceived(name="x", payload=number), EventReceived(name="y")]
        await world.put_turn(world.a_turn(number, *events, first=2 * number - 1))
    client = world.client()

    pages = []
    target = "/instances/a/history?limit=3"
    while target:
        page = (await client.get(target)).json
        pages.append([event["sequence"] for event in page["events"]])
        more = page["continuation"]
        target = f"/instances/a/history?limit=3&continuation={more}" if more else ""

    assert pages == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]


async def test_a_page_is_bounded_in_bytes(world: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE_BYTES_MAX", 1000)
    for number in (1, 2):
        await world.put_turn(world.a_turn(number, EventReceived(name="x", payload="p" * 1000), first=number))

    page = (await world.client().get("/instances/a/history")).json

    assert len(page["events"]) == 1
    assert page["continuation"] == "1.1"


async def test_a_turn_without_events_does_not_break_a_page(world: ApiWorld) -> None:
    first, last = world.a_turn(1, SagaStarted(saga="pay")), world.a_turn(3, SagaCompleted(), first=2)
    partition = world.a_head().partition
    empty = {**encode_turn(world.a_turn(2, SagaCompleted()), partition), "events": []}
    await world.put_turn(first)
    await world.store.write(partition, [Upsert(empty)])
    await world.put_turn(last)

    page = (await world.client().get("/instances/a/history")).json

    assert [event["kind"] for event in page["events"]] == ["SagaStarted", "SagaCompleted"]


@pytest.mark.parametrize("continuation", ["x", "0.1", "1", "1.2.3"])
async def test_a_continuation_of_nobodys_is_refused(world: ApiWorld, continuation: str) -> None:
    answer = await world.client().get(f"/instances/a/history?continuation={continuation}")

    assert (answer.status, answer.problem) == (422, "invalid")


async def test_an_unknown_instance_has_no_history(world: ApiWorld) -> None:
    answer = await world.client().get("/instances/b/history")

    assert (answer.status, answer.problem) == (404, "not-found")


async def test_a_turn_of_another_schema_is_reported_as_a_failure_of_the_service(world: ApiWorld) -> None:
    partition = world.a_head().partition
    newer = {**encode_turn(world.a_turn(1, TimerCreated(task_id=1, due=world.clock.now())), partition), "v": 9}
    await world.store.write(partition, [Upsert(newer)])

    answer = await world.client().get("/instances/a/history")

    assert (answer.status, answer.problem) == (500, "internal")
    assert "schema version 1; found 9" in answer.json["detail"]
