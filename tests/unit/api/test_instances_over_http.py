from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest

from durable import Failure, Status
from durable.codec import encode_time
from durable.errors import WriteUncertain
from durable.ports import Upsert
from orchestrator.spending import Spent
from tests.support.api_world import PARTITIONS, ApiWorld
from tests.support.ports_with_faults import FaultyReads


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


async def test_an_instance_shows_all_that_its_head_says(world: ApiWorld) -> None:
    failure = Failure("shop.Declined", "no funds", cause=Failure("E", "m"))
    ended = world.clock.now() + timedelta(minutes=1)
    head = replace(world.a_head(status=Status.FAILED), failure=failure, ended_at=ended, unread_events=2)
    await world.put_head(replace(head, trace={"traceparent": "00-x"}))

    answer = await world.client().get("/instances/a")

    assert answer.json == {
        "id": "a",
        "saga": "pay",
        "version": "3",
        "status": "Failed",
        "run": "00aa00aa00aa00aa",
        "execution": 1,
        "created_at": encode_time(head.created_at),
        "updated_at": encode_time(head.updated_at),
        "ended_at": encode_time(ended),
        "input": {"amount": 1},
        "output": None,
        "failure": {"type": "shop.Declined", "message": "no funds", "cause": {"type": "E", "message": "m"}},
        "reasons": [],
        "unread_events": 2,
        "custom_status": None,
        "tags": {},
        "parent_id": None,
        "root_id": None,
        "due": None,
        "deadline": None,
        "traceparent": "00-x",
        "cost": None,
        "waiting_for": [],
        "not_undone": [],
    }


async def test_an_instance_shows_what_its_run_has_cost(world: ApiWorld) -> None:
    cost = Spent(41.5, 9_000, 3, 700, {"steps.one": [2, 1.25, 4, 1_300]})
    await world.put_head(replace(world.a_head(), cost=cost))

    answer = await world.client().get("/instances/a")

    assert answer.json["cost"] == {
        "ru": 41.5,
        "messages": 7,
        "bytes": 11_000,
        "record_bytes": 9_000,
        "worker_seconds": 1.25,
        "steps": [{"name": "steps.one", "attempts": 2, "worker_seconds": 1.25, "messages": 4, "bytes": 1_300}],
    }


async def test_a_rejected_instance_shows_each_reason(world: ApiWorld) -> None:
    await world.put_head(replace(world.a_head(status=Status.REJECTED), reasons=(("amount", "too small"),)))

    answer = await world.client().get("/instances/a")

    assert answer.json["status"] == "Rejected"
    assert answer.json["reasons"] == [{"loc": "amount", "msg": "too small"}]


@pytest.mark.parametrize(("status", "expected"), [(Status.RUNNING, "1"), (Status.COMPLETED, None)])
async def test_only_an_instance_that_goes_on_says_when_to_ask_again(
    world: ApiWorld, status: Status, expected: str | None
) -> None:
    await world.put_head(world.a_head(status=status))

    answer = await world.client().get("/instances/a")

    assert answer.headers.get("retry-after") == expected


async def test_an_instance_that_is_not_there_is_not_found(world: ApiWorld) -> None:
    answer = await world.client().get("/instances/a")

    assert (answer.status, answer.problem) == (404, "not-found")


async def test_no_record_but_a_head_is_shown(world: ApiWorld) -> None:
    partition = world.a_head("owner").partition
    await world.store.write(partition, [Upsert({"id": "owner", "partition": partition, "kind": "owner"})])
    client = world.client()

    answers = [await client.get("/instances/owner"), await client.get("/instances/~owner~1")]

    assert [answer.status for answer in answers] == [404, 422]


async def test_a_list_shows_the_newest_first_page_by_page(world: ApiWorld) -> None:
    for id in "abcde":
        await world.put_head(world.a_head(id))
        world.clock.advance(timedelta(seconds=1))
    client = world.client()

    shown: list[str] = []
    target = "/instances?limit=2"
    while target:
        page = (await client.get(target)).json
        shown += [instance["id"] for instance in page["instances"]]
        target = f"/instances?limit=2&continuation={page['continuation']}" if page["continuation"] else ""

    assert shown == list("edcba")


async def test_a_list_is_narrowed_by_status_and_saga(world: ApiWorld) -> None:
    await world.put_head(world.a_head("a"))
    await world.put_head(world.a_head("b", Status.COMPLETED))
    await world.put_head(replace(world.a_head("c", Status.COMPLETED), saga="tick"))
    client = world.client()

    page = (await client.get("/instances?status=Completed&saga=tick")).json

    assert [instance["id"] for instance in page["instances"]] == ["c"]
    assert "input" not in page["instances"][0]


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ("status=Sleeping", "query.status"),
        ("limit=0", "query.limit"),
        ("limit=many", "query.limit"),
        ("continuation=x", "continuation"),
    ],
)
async def test_a_parameter_that_is_wrong_is_refused_by_name(world: ApiWorld, query: str, location: str) -> None:
    answer = await world.client().get(f"/instances?{query}")

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations == [location]


async def test_a_store_that_does_not_answer_is_a_passing_fault(world: ApiWorld) -> None:
    client = world.client(store=FaultyReads(world.store, WriteUncertain("no answer")))

    answer = await client.get("/instances/a")

    assert (answer.status, answer.problem) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_a_head_lies_in_the_partition_of_its_id(world: ApiWorld) -> None:
    heads = [world.a_head(f"i{number}") for number in range(20)]
    for head in heads:
        await world.put_head(head)
    client = world.client()

    assert {(await client.get(f"/instances/{head.instance_id}")).status for head in heads} == {200}
    assert len({head.partition for head in heads}) == PARTITIONS


async def test_instances_are_listed_and_counted_by_the_time_of_their_creation(world: ApiWorld) -> None:
    times = []
    for number in range(4):
        await world.put_head(world.a_head(f"i{number}"))
        times.append(quote(world.clock.now().isoformat()))
        world.clock.advance(timedelta(seconds=1))
    client, between = world.client(), f"created_after={times[0]}&created_before={times[3]}"

    listed = await client.get(f"/instances?{between}")
    counted = await client.get(f"/instance-count?{between}")

    assert [each["id"] for each in listed.json["instances"]] == ["i2", "i1"]
    assert counted.json == {"count": 2}


async def test_instances_are_counted_by_status_and_saga(world: ApiWorld) -> None:
    for number, status in enumerate(Status):
        await world.put_head(world.a_head(f"i{number}", status))
    client = world.client()

    assert (await client.get("/instance-count")).json == {"count": len(Status)}
    assert (await client.get("/instance-count?status=Running&saga=pay")).json == {"count": 1}
    assert (await client.get("/instance-count?saga=tick")).json == {"count": 0}


@pytest.mark.parametrize("time", ["noon", "2026-01-01T00:00:00", "9" * 400])
@pytest.mark.parametrize("name", ["created_after", "created_before"])
@pytest.mark.parametrize("path", ["/instances", "/instance-count"])
async def test_a_time_that_is_none_or_has_no_zone_is_refused(world: ApiWorld, path: str, name: str, time: str) -> None:
    answer = await world.client().get(f"{path}?{name}={time}")

    assert (answer.status, answer.problem) == (422, "invalid")
    assert answer.locations[0].endswith(name)
