from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import orjson
import pytest

from durable import Status
from durable.events import SagaStarted
from durable.ids import message_id, partition_of
from durable.payload import PAYLOAD_BYTES_MAX
from durable.ports import Upsert
from orchestrator.heads import StartRequest, input_hash
from orchestrator.tombstones import Tombstone, encode_tombstone
from tests.support.api_world import PARTITIONS, ApiWorld
from tests.support.asgi import Answer

START = "/sagas/pay/instances"
ENVELOPE = {"content-type": "application/vnd.durable.start+json; charset=utf-8"}
INPUT = {"amount": 1, "note": ""}
RUN = "00aa00aa00aa00aa"
RESTARTS = {
    "restart_if_ended": {status for status in Status if status.ended},
    "restart_if_failed": {status for status in Status if status.ended} - {Status.COMPLETED},
    "terminate_and_restart": {*Status},
}


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


async def start(world: ApiWorld, query: str, input: object = INPUT) -> Answer:
    return await world.client().post(f"{START}?{query}", input)


async def the_start(world: ApiWorld, instance_id: str = "a") -> SagaStarted:
    (message,) = await world.messages(instance_id)
    assert isinstance(message.event, SagaStarted)
    return message.event


async def test_the_head_holds_all_that_the_start_says(world: ApiWorld) -> None:
    tags = {"tenant": "x", "tries": 2, "vip": True, "at": {"datetime": "2026-01-01T00:00:00+00:00"}}
    body = {"input": INPUT, "event": {"name": "approval", "payload": {"by": "me"}}, "tags": tags}

    answer = await world.client().post(f"{START}?instance_id=a&request_id=r&timeout=60", body, ENVELOPE)

    head, event = await world.head("a"), await the_start(world)
    assert answer.status == 202
    assert head is not None
    assert (head.tags, head.deadline) == (event.tags, event.deadline)
    assert event.tags is not None
    assert {**event.tags, "at": tags["at"]} == tags
    assert event.deadline == world.clock.now() + timedelta(seconds=60)
    assert (event.event, event.request_id) == (("approval", {"by": "me"}), "r")
    assert head.requests == (StartRequest("r", input_hash(INPUT), 1),)


async def test_a_delayed_start_is_pending_at_once_and_sent_to_begin_later(world: ApiWorld) -> None:
    await start(world, "instance_id=a&delay=90&timeout=10")

    head = await world.head("a")
    assert head is not None
    assert (head.status, head.due) == (Status.PENDING, world.clock.now() + timedelta(seconds=90))
    assert head.deadline == head.due + timedelta(seconds=10) if head.due else None
    assert await world.messages("a") == []
    world.clock.advance(timedelta(seconds=90))
    assert (await the_start(world)).saga == "pay"


async def test_no_delay_is_no_delay(world: ApiWorld) -> None:
    await start(world, "instance_id=a&delay=0")

    assert (await the_start(world)).saga == "pay"


async def test_an_id_that_is_taken_is_given_back_if_that_is_asked_for(world: ApiWorld) -> None:
    await world.put_head(world.a_head(status=Status.COMPLETED))

    answer = await start(world, "instance_id=a&if_exists=return")

    assert (answer.status, answer.json["id"]) == (202, "a")
    assert "replaces" not in answer.json
    assert await world.messages("a") == []


@pytest.mark.parametrize("policy", RESTARTS)
async def test_a_start_over_what_may_be_replaced_is_sent_to_its_owner(world: ApiWorld, policy: str) -> None:
    for number, status in enumerate(sorted(RESTARTS[policy])):
        await world.put_head(world.a_head(f"a{number}", status))

        answer = await start(world, f"instance_id=a{number}&if_exists={policy}")

        event = await the_start(world, f"a{number}")
        assert (answer.status, answer.json["replaces"]) == (202, RUN)
        assert (event.if_exists, event.input, event.version) == (policy, INPUT, "3")


@pytest.mark.parametrize("policy", ["error", *RESTARTS])
async def test_a_start_over_anything_else_is_refused_and_says_where_it_stands(world: ApiWorld, policy: str) -> None:
    for status in {*Status} - RESTARTS.get(policy, set()):
        await world.put_head(world.a_head(status=status))

        answer = await start(world, f"instance_id=a&if_exists={policy}")

        assert (answer.status, answer.problem) == (409, "exists")
        assert f"'a' exists and is {status}" in answer.json["detail"]
    assert await world.messages("a") == []


async def test_an_id_that_is_free_is_started_whatever_the_policy(world: ApiWorld) -> None:
    for policy in ("return", *RESTARTS):
        assert (await start(world, f"instance_id={policy}&if_exists={policy}")).status == 202
        assert (await the_start(world, policy)).if_exists is None


async def test_the_same_request_with_the_same_input_gives_the_same_run(world: ApiWorld) -> None:
    first = await start(world, "request_id=r")
    head = await world.head("pay:r")

    second = await start(world, "request_id=r", {"note": "", "amount": 1})

    assert first.json == second.json
    assert first.json["id"] == "pay:r"
    assert await world.head("pay:r") == head
    assert len(await world.messages("pay:r")) == 1


async def test_the_same_request_with_another_input_is_refused_with_the_reason(world: ApiWorld) -> None:
    await start(world, "request_id=r")

    answer = await start(world, "request_id=r&if_exists=return", {"amount": 2})

    assert (answer.status, answer.problem) == (409, "exists")
    assert "request_id 'r' with the input" in answer.json["detail"]


async def test_another_request_is_judged_by_the_policy(world: ApiWorld) -> None:
    await start(world, "instance_id=a&request_id=r")

    assert (await start(world, "instance_id=a&request_id=s")).problem == "exists"


async def test_a_restart_under_a_request_id_is_one_message_however_often_it_is_asked_for(world: ApiWorld) -> None:
    await world.put_head(world.a_head(status=Status.COMPLETED))
    client = world.client()

    for _ in range(2):
        await client.post(f"{START}?instance_id=a&request_id=r&if_exists=restart_if_ended", INPUT)

    assert {message.id for message in await world.messages("a")} == {message_id("a", "", "SagaStarted", "r")}


async def test_a_singleton_has_the_name_of_its_saga_and_starts_again_once_it_has_ended(world: ApiWorld) -> None:
    client = world.client()
    first = await client.post("/sagas/sweep/instances")
    second = await client.post("/sagas/sweep/instances?instance_id=sweep")
    head = await world.head("sweep")
    assert head is not None
    await world.messages("sweep")
    await world.put_head(replace(head, status=Status.COMPLETED))
    third = await client.post("/sagas/sweep/instances")

    assert first.json["id"] == "sweep"
    assert (second.status, second.problem) == (409, "exists")
    assert third.json["replaces"] == head.run
    assert (await the_start(world, "sweep")).if_exists == "restart_if_ended"


async def test_a_singleton_takes_no_other_id(world: ApiWorld) -> None:
    answer = await world.client().post("/sagas/sweep/instances?instance_id=a")

    assert (answer.status, answer.locations) == (422, ["instance_id"])


async def test_the_start_of_a_purged_id_takes_the_execution_after_it(world: ApiWorld) -> None:
    partition = partition_of("a", PARTITIONS)
    grave = Tombstone("a", partition, RUN, 4, world.clock.now())
    await world.store.write(partition, [Upsert(encode_tombstone(grave))])

    answer = await start(world, "instance_id=a&request_id=r")

    head = await world.head("a")
    (message,) = await world.messages("a")
    assert answer.status == 202
    assert head is not None
    assert head.execution == message.execution == head.requests[0].execution == 5


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ("if_exists=replace", "if_exists"),
        ("request_id=", "request_id"),
        (f"request_id={'r' * 257}", "request_id"),
        ("delay=soon", "delay"),
        ("delay=-1", "delay"),
        ("delay=nan", "delay"),
        ("delay=inf", "delay"),
        ("delay=1e99", "delay"),
        ("timeout=0", "timeout"),
        ("timeout=x", "timeout"),
        ("timeout=1e10&delay=1e10", "timeout"),
        ("delay=9999999999&timeout=9999999999", "timeout"),
    ],
)
async def test_a_parameter_that_makes_no_sense_is_refused_by_name(world: ApiWorld, query: str, location: str) -> None:
    world.clock.advance(timedelta(days=365 * 7500))

    answer = await start(world, f"instance_id=a&{query}")

    assert (answer.status, answer.locations) == (422, [location])
    assert await world.head("a") is None


@pytest.mark.parametrize(
    ("body", "location"),
    [
        ([], "(whole)"),
        (7, "(whole)"),
        ({"inputs": 1}, "inputs"),
        ({"tags": [1]}, "tags"),
        ({"tags": {"a": {"datetime": "noon"}}}, "tags"),
        ({"tags": {"a": {"datetime": "2026-01-01T00:00:00"}}}, "tags"),
        ({"tags": {"a": {"x": 1}}}, "tags"),
        ({"tags": {"a": {"datetime": "2026-01-01T00:00:00Z", "x": 1}}}, "tags"),
        ({"tags": {"a": [1]}}, "tags"),
        ({"tags": {"": 1}}, "tags"),
        ({"tags": {"a": "x" * 1025}}, "tags"),
        ({"tags": {f"t{number}": number for number in range(33)}}, "tags"),
        ({"event": "approval"}, "event"),
        ({"event": {"payload": 1}}, "event"),
        ({"event": {"name": "x", "more": 1}}, "event"),
        ({"event": {"name": ""}}, "name"),
        ({"event": {"name": "a\nb"}}, "name"),
    ],
)
async def test_an_envelope_that_makes_no_sense_is_refused_by_place(
    world: ApiWorld, body: object, location: str
) -> None:
    whole = {"input": INPUT, **body} if isinstance(body, dict) else body

    answer = await world.client().post(f"{START}?instance_id=a", whole, ENVELOPE)

    assert (answer.status, answer.locations) == (422, [location])
    assert await world.head("a") is None


async def test_input_and_event_together_are_bounded(world: ApiWorld) -> None:
    half = "x" * (PAYLOAD_BYTES_MAX // 2)
    body = {"input": {"amount": 1, "note": half}, "event": {"name": "x", "payload": half}}

    answer = await world.client().post(START, body, ENVELOPE)

    assert (answer.status, answer.problem) == (413, "too-large")


async def test_an_ended_instance_is_restarted_with_its_input_and_tags_in_the_newest_version(world: ApiWorld) -> None:
    old = replace(world.a_head(status=Status.FAILED), version="1", tags={"tenant": "x"})
    await world.put_head(old)

    answer = await world.client().post("/instances/a/restart")

    event = await the_start(world)
    assert (answer.status, answer.json["replaces"]) == (202, RUN)
    assert (event.input, event.tags, event.version) == (old.input, old.tags, "3")
    assert event.if_exists == "restart_if_ended"


async def test_an_instance_is_restarted_under_another_id(world: ApiWorld) -> None:
    await world.put_head(world.a_head(status=Status.COMPLETED))

    answer = await world.client().post("/instances/a/restart?new_id=b")

    assert answer.json["id"] == "b"
    assert (await the_start(world, "b")).input == {"amount": 1}


async def test_a_restart_under_an_id_that_is_taken_is_refused(world: ApiWorld) -> None:
    for id_ in ("a", "b"):
        await world.put_head(world.a_head(id_, Status.COMPLETED))

    assert (await world.client().post("/instances/a/restart?new_id=b")).problem == "exists"


async def test_what_is_asked_for_is_text_and_nothing_else(world: ApiWorld) -> None:
    hostile = quote(orjson.dumps({"$gt": ""}).decode())

    answer = await start(world, f"instance_id={hostile}")

    assert (answer.status, answer.locations) == (422, ["instance_id"])
