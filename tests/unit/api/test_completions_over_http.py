import base64
from dataclasses import replace

import orjson
import pytest

from durable import Status
from durable.control import ActivityHeartbeat
from durable.errors import BrokerUnavailable
from durable.events import ActivityCompleted, ActivityFailed, ActivityScheduled, SagaStarted, TimerCreated
from durable.failure import MESSAGE_BYTES_MAX, Failure
from durable.ids import message_id
from durable.payload import PAYLOAD_BYTES_MAX
from durable.requests import read_for_instance
from durable.tokens import CompletionToken
from tests.support.api_world import ApiWorld
from tests.support.ports_with_faults import FaultyBroker

RUN = "00aa00aa00aa00aa"
TOKEN = CompletionToken("a", RUN, 1, 7, 2, "shop.pay")
OUTCOMES = {"": {"paid": True}, "/fail": {"type": "shop.Declined", "message": "no funds"}, "/heartbeat": {"done": 1}}


@pytest.fixture
async def world() -> ApiWorld:
    world = ApiWorld()
    await world.put_head(world.a_head())
    scheduled = ActivityScheduled(task_id=7, name="shop.pay")
    failed = ActivityFailed(task_id=7, name="shop.pay", failure=Failure("E", "m"))
    timer = TimerCreated(task_id=8, due=world.clock.now())
    await world.put_turn(world.a_turn(1, SagaStarted(saga="pay"), scheduled, timer))
    await world.put_turn(world.a_turn(2, failed, replace(scheduled, attempt=2), first=4))
    return world


def url(token: CompletionToken = TOKEN, rest: str = "") -> str:
    return f"/completions/{token.encode()}{rest}"


async def test_an_attempt_is_completed_with_the_message_that_its_worker_would_have_sent(world: ApiWorld) -> None:
    answer = await world.client().post(url(), {"paid": True})

    (message,) = await world.messages("a")
    assert (answer.status, answer.json) == (202, {"id": "a", "task_id": 7, "attempt": 2})
    assert message.id == message_id("a", RUN, "ActivityCompleted", 7, 2)
    assert (message.instance_id, message.run, message.execution) == ("a", RUN, 1)
    event = message.event
    assert isinstance(event, ActivityCompleted)
    assert (event.task_id, event.name, event.attempt, event.output) == (7, "shop.pay", 2, {"paid": True})


async def test_an_attempt_fails_as_is_said(world: ApiWorld) -> None:
    said = {"type": "shop.Declined", "message": "no funds", "details": {"code": 7}, "retryable": False}

    await world.client().post(url(rest="/fail"), said)

    (message,) = await world.messages("a")
    assert isinstance(message.event, ActivityFailed)
    assert message.event.failure == Failure("shop.Declined", "no funds", details={"code": 7}, retryable=False)
    assert message.id == message_id("a", RUN, "ActivityFailed", 7, 2)


async def test_a_failure_may_be_tried_again_unless_it_says_otherwise_and_its_message_is_cut(world: ApiWorld) -> None:
    await world.client().post(url(rest="/fail"), {"type": "E", "message": "x" * 9000})

    (message,) = await world.messages("a")
    assert isinstance(message.event, ActivityFailed)
    assert message.event.failure.retryable
    assert len(message.event.failure.message.encode()) == MESSAGE_BYTES_MAX


async def test_a_heartbeat_is_sent_with_its_detail(world: ApiWorld) -> None:
    answer = await world.client().post(url(rest="/heartbeat"), {"done": 1})

    (delivery,) = await world.deliveries("a")
    heard = read_for_instance(delivery.body, {})
    assert answer.status == 202
    assert isinstance(heard, ActivityHeartbeat)
    assert (heard.instance_id, heard.run, heard.task_id, heard.attempt) == ("a", RUN, 7, 2)
    assert (heard.detail, heard.control) == ({"done": 1}, "")


@pytest.mark.parametrize("rest", OUTCOMES)
@pytest.mark.parametrize(
    "token",
    [
        replace(TOKEN, attempt=1),
        replace(TOKEN, attempt=3),
        replace(TOKEN, task_id=8),
        replace(TOKEN, task_id=9),
        replace(TOKEN, run="another"),
        replace(TOKEN, execution=2),
        replace(TOKEN, instance_id="gone"),
    ],
)
async def test_a_token_of_another_attempt_or_task_or_life_has_ended(
    world: ApiWorld, rest: str, token: CompletionToken
) -> None:
    answer = await world.client().post(url(token, rest), OUTCOMES[rest])

    assert (answer.status, answer.problem) == (410, "ended")
    assert await world.deliveries("a") == []


@pytest.mark.parametrize("rest", OUTCOMES)
async def test_what_comes_after_an_outcome_has_ended(world: ApiWorld, rest: str) -> None:
    await world.put_turn(world.a_turn(3, ActivityCompleted(task_id=7, name="shop.pay", attempt=2), first=6))

    assert (await world.client().post(url(rest=rest), OUTCOMES[rest])).problem == "ended"


@pytest.mark.parametrize("status", [status for status in Status if status.ended])
@pytest.mark.parametrize("rest", OUTCOMES)
async def test_what_comes_after_the_end_of_the_instance_has_ended(world: ApiWorld, rest: str, status: Status) -> None:
    await world.put_head(world.a_head(status=status))

    answer = await world.client().post(url(rest=rest), OUTCOMES[rest])

    assert answer.problem == "ended"
    assert status in answer.json["detail"]


@pytest.mark.parametrize(("first", "second"), [("", ""), ("", "/fail"), ("/fail", ""), ("", "/heartbeat")])
async def test_what_is_said_after_an_outcome_that_the_owner_has_not_taken_yet_has_ended(
    world: ApiWorld, first: str, second: str
) -> None:
    client = world.client()
    await client.post(url(rest=first), OUTCOMES[first])

    assert (await client.post(url(rest=second), OUTCOMES[second])).problem == "ended"


async def test_an_outcome_that_the_broker_did_not_confirm_may_be_told_again(world: ApiWorld) -> None:
    client = world.client(broker=FaultyBroker(world.broker, [BrokerUnavailable("no connection")]))

    answers = [(await client.post(url(), 1)).status for _ in range(2)]

    assert answers == [503, 202]


@pytest.mark.parametrize("rest", OUTCOMES)
@pytest.mark.parametrize(
    "token",
    [
        "x",
        "%00",
        "..",
        "e30",
        base64.urlsafe_b64encode(orjson.dumps([1, "a/b", RUN, 1, 7, 2, "x"])).decode(),
        base64.urlsafe_b64encode(orjson.dumps([2, "a", RUN, 1, 7, 2, "x"])).decode(),
        base64.urlsafe_b64encode(orjson.dumps([1, "a", RUN, True, 7, 2, "x"])).decode(),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
    ],
)
async def test_what_is_no_token_is_refused(world: ApiWorld, rest: str, token: str) -> None:
    answer = await world.client().post(f"/completions/{token}{rest}", OUTCOMES[rest])

    assert (answer.status, answer.locations) == (422, ["token"])


@pytest.mark.parametrize(
    ("said", "locations"),
    [
        (None, ["(whole)"]),
        ([], ["(whole)"]),
        ({}, ["type", "message"]),
        ({"type": 7, "message": "m"}, ["type"]),
        ({"type": "", "message": "m"}, ["type"]),
        ({"type": "x" * 257, "message": "m"}, ["type"]),
        ({"type": "E", "message": "m", "retryable": "no"}, ["retryable"]),
        ({"type": "E", "message": "m", "trace": {}}, ["trace"]),
    ],
)
async def test_a_failure_that_is_not_told_as_one_is_refused_by_place(
    world: ApiWorld, said: object, locations: list[str]
) -> None:
    answer = await world.client().post(url(rest="/fail"), said)

    assert (answer.status, answer.locations) == (422, locations)
    assert await world.deliveries("a") == []


async def test_a_result_over_the_limit_is_too_large(world: ApiWorld) -> None:
    answer = await world.client().post(url(), "x" * PAYLOAD_BYTES_MAX)

    assert (answer.status, answer.problem) == (413, "too-large")
