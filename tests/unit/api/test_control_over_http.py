from datetime import timedelta

import pytest

from durable import Status
from durable.errors import BrokerUnavailable
from durable.events import CancelRequested, HistoryEvent, Resumed, SagaTerminated, Suspended
from tests.support.api_world import ApiWorld
from tests.support.ports_with_faults import FaultyBroker

VERBS: dict[str, tuple[Status, HistoryEvent]] = {
    "cancel": (Status.RUNNING, CancelRequested(reason="why")),
    "terminate": (Status.RUNNING, SagaTerminated(reason="why")),
    "suspend": (Status.RUNNING, Suspended(reason="why")),
    "resume": (Status.SUSPENDED, Resumed(reason="why")),
}
OPEN = [status for status in Status if not status.ended]
ENDED = [status for status in Status if status.ended]


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


@pytest.mark.parametrize("verb", VERBS)
async def test_a_verb_becomes_an_event_for_the_run_that_the_head_showed(world: ApiWorld, verb: str) -> None:
    status, event = VERBS[verb]
    await world.put_head(world.a_head(status=status))

    answer = await world.client().post(f"/instances/a/{verb}?reason=why")

    (message,) = await world.messages("a")
    assert (answer.status, answer.json["status"], answer.json["run"]) == (202, status, message.run)
    assert answer.headers["retry-after"] == "1"
    assert (type(message.event), getattr(message.event, "reason", None)) == (type(event), "why")
    assert (message.run, message.execution) == (world.a_head().run, 0)


async def test_a_termination_takes_the_children_along_if_asked_to(world: ApiWorld) -> None:
    await world.put_head(world.a_head())

    await world.client().post("/instances/a/terminate?recursive=true")

    (message,) = await world.messages("a")
    assert isinstance(message.event, SagaTerminated)
    assert message.event.recursive


@pytest.mark.parametrize("status", OPEN)
@pytest.mark.parametrize("verb", ["cancel", "terminate"])
async def test_every_instance_that_has_not_ended_can_be_ended(world: ApiWorld, verb: str, status: Status) -> None:
    await world.put_head(world.a_head(status=status))

    assert (await world.client().post(f"/instances/a/{verb}")).status == 202


@pytest.mark.parametrize("status", ENDED)
@pytest.mark.parametrize("verb", VERBS)
async def test_an_ended_instance_takes_nothing_more(world: ApiWorld, verb: str, status: Status) -> None:
    await world.put_head(world.a_head(status=status))

    answer = await world.client().post(f"/instances/a/{verb}")

    assert (answer.status, answer.problem) == (410, "ended")
    assert await world.messages("a") == []


@pytest.mark.parametrize("status", [status for status in OPEN if status is not Status.SUSPENDED])
async def test_only_what_is_suspended_is_resumed_and_the_answer_says_what_is_possible(
    world: ApiWorld, status: Status
) -> None:
    await world.put_head(world.a_head(status=status))

    answer = await world.client().post("/instances/a/resume")

    assert (answer.status, answer.problem) == (409, "invalid-state")
    assert f"'a' is {status}. Possible now: cancel, " in answer.json["detail"]
    assert await world.messages("a") == []


@pytest.mark.parametrize("verb", ["cancel", "suspend"])
async def test_each_request_is_a_statement_of_its_own(world: ApiWorld, verb: str) -> None:
    await world.put_head(world.a_head())

    for _ in range(2):
        await world.client().post(f"/instances/a/{verb}")

    first, second = await world.messages("a")
    assert first.id != second.id


@pytest.mark.parametrize("verb", ["cancel", "suspend"])
async def test_requests_of_one_id_are_one_statement_in_two_messages(world: ApiWorld, verb: str) -> None:
    await world.put_head(world.a_head())
    client = world.client()

    for _ in range(2):
        await client.post(f"/instances/a/{verb}?request_id=r-1")

    first, second = await world.messages("a")
    assert first.id == second.id


@pytest.mark.parametrize(
    ("query", "location"), [("reason=" + "x" * 1001, "reason"), ("request_id=", "request_id"), ("x", None)]
)
async def test_texts_are_bounded(world: ApiWorld, query: str, location: str | None) -> None:
    await world.put_head(world.a_head())

    answer = await world.client().post(f"/instances/a/cancel?{query}")

    assert (answer.locations if location else answer.status) == ([location] if location else 202)


@pytest.mark.parametrize("verb", VERBS)
async def test_a_broker_that_does_not_confirm_is_a_passing_fault(world: ApiWorld, verb: str) -> None:
    await world.put_head(world.a_head(status=VERBS[verb][0]))
    broker = FaultyBroker(world.broker, [BrokerUnavailable("no connection")])

    answer = await world.client(broker=broker).post(f"/instances/a/{verb}")

    assert (answer.status, answer.problem) == (503, "unavailable")


async def test_one_who_suspends_and_at_once_resumes_is_not_refused_for_being_quick(world: ApiWorld) -> None:
    await world.put_head(world.a_head())
    client = world.client()
    await client.post("/instances/a/suspend")

    answer = await client.post("/instances/a/resume")

    first, second = await world.messages("a")
    assert answer.status == 202
    assert (type(first.event), type(second.event)) == (Suspended, Resumed)


async def test_a_halt_that_the_head_has_outlived_is_forgotten(world: ApiWorld) -> None:
    await world.put_head(world.a_head())
    client = world.client()
    await client.post("/instances/a/suspend")
    world.clock.advance(timedelta(seconds=1))
    await world.put_head(world.a_head())

    assert (await client.post("/instances/a/resume")).problem == "invalid-state"
