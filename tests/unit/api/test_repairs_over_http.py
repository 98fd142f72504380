from dataclasses import replace

import pytest

from durable import Failure, Status
from durable.events import (
    CompensationSkipped,
    CompensationStarted,
    EventReceived,
    ParentTask,
    Resumed,
    SagaCompensationFailed,
    SagaStarted,
)
from durable.requests import FORK, PURGE, REWIND, UNBLOCK
from tests.support.api_world import ApiWorld

RUN = "00aa00aa00aa00aa"
FAILURE = Failure("shop.Declined", "no funds")
POSSIBLE = {
    "retry": {Status.FAILED, Status.COMPENSATION_FAILED},
    "skip?task_id=1&reason=why": {Status.COMPENSATION_FAILED},
    "unblock": {Status.BLOCKED},
    "rewind?to=1": {*Status} - {Status.PENDING, Status.REJECTED},
    "fork?from=1": {*Status} - {Status.PENDING, Status.REJECTED},
    "restart": {status for status in Status if status.ended},
    "purge": {status for status in Status if status.ended},
}


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


async def compensation_failed(world: ApiWorld) -> None:
    await world.put_head(replace(world.a_head(status=Status.COMPENSATION_FAILED), turns=2))
    await world.put_turn(world.a_turn(1, SagaStarted(saga="pay"), CompensationStarted(failure=FAILURE)))
    await world.put_turn(world.a_turn(2, SagaCompensationFailed(failure=FAILURE, not_undone=(3, 5)), first=3))


@pytest.mark.parametrize(
    ("verb", "status"),
    [(verb, status) for verb, possible in POSSIBLE.items() for status in Status if status not in possible],
)
async def test_a_repair_of_an_instance_that_needs_it_not_is_refused(world: ApiWorld, verb: str, status: Status) -> None:
    await world.put_head(world.a_head(status=status))

    answer = await world.client().post(f"/instances/a/{verb}")

    ended = verb == "unblock" and status.ended
    assert (answer.status, answer.problem) == ((410, "ended") if ended else (409, "invalid-state"))
    assert f"'a' is {status}" in answer.json["detail"]
    assert await world.deliveries("a") == []


@pytest.mark.parametrize("verb", POSSIBLE)
async def test_a_repair_of_an_unknown_instance_is_not_found(world: ApiWorld, verb: str) -> None:
    answer = await world.client().post(f"/instances/a/{verb}")

    assert (answer.status, answer.problem) == (404, "not-found")


async def test_a_retry_of_a_failed_instance_rewinds_it_to_the_step_that_failed(world: ApiWorld) -> None:
    await world.put_head(world.a_head(status=Status.FAILED))

    answer = await world.client().post("/instances/a/retry?reason=repaired")

    request = await world.request("a")
    assert (answer.status, answer.json["status"]) == (202, "Failed")
    assert (request.kind, request.run, request.data) == (
        REWIND,
        RUN,
        {"execution": 1, "to": None, "reason": "repaired"},
    )


async def test_a_retry_where_undos_failed_runs_them_again(world: ApiWorld) -> None:
    await compensation_failed(world)

    await world.client().post("/instances/a/retry?reason=repaired")

    (message,) = await world.messages("a")
    assert isinstance(message.event, Resumed)
    assert (message.run, message.event.reason) == (RUN, "repaired")


async def test_an_undo_that_failed_is_skipped_with_a_reason(world: ApiWorld) -> None:
    await compensation_failed(world)

    answer = await world.client().post("/instances/a/skip?task_id=3&reason=by%20hand")

    (message,) = await world.messages("a")
    assert answer.status == 202
    assert isinstance(message.event, CompensationSkipped)
    assert (message.run, message.event.task_id, message.event.reason) == (RUN, 3, "by hand")


async def test_a_task_is_skipped_once(world: ApiWorld) -> None:
    await compensation_failed(world)
    client = world.client()

    for _ in range(2):
        await client.post("/instances/a/skip?task_id=3&reason=by%20hand")

    first, second = await world.messages("a")
    assert first.id == second.id


@pytest.mark.parametrize(("task_id", "found"), [(3, "of 5"), (4, "of 5"), (-1, "of 5")])
async def test_a_task_whose_undo_did_not_fail_is_not_skipped(world: ApiWorld, task_id: int, found: str) -> None:
    await compensation_failed(world)
    await world.put_turn(world.a_turn(3, CompensationSkipped(task_id=3), first=4))

    answer = await world.client().post(f"/instances/a/skip?task_id={task_id}&reason=why")

    assert (answer.status, answer.locations) == (422, ["task_id"])
    assert found in answer.json["detail"]


@pytest.mark.parametrize("query", ["task_id=3", "task_id=3&reason=%20", "reason=why", "task_id=x&reason=why"])
async def test_an_undo_is_not_skipped_without_saying_which_and_why(world: ApiWorld, query: str) -> None:
    await compensation_failed(world)

    answer = await world.client().post(f"/instances/a/skip?{query}")

    assert (answer.status, answer.problem) == (422, "invalid")


async def test_a_blocked_instance_is_tried_again(world: ApiWorld) -> None:
    await world.put_head(world.a_head(status=Status.BLOCKED))

    await world.client().post("/instances/a/unblock?reason=deployed")

    request = await world.request("a")
    assert (request.kind, request.run, request.data) == (UNBLOCK, RUN, {"reason": "deployed"})


async def begun(world: ApiWorld) -> None:
    await world.put_head(world.a_head())
    events = [EventReceived(name="x") for _ in range(6)]
    await world.put_turn(world.a_turn(1, SagaStarted(saga="pay"), *events))


async def test_an_instance_is_rewound_to_before_an_event(world: ApiWorld) -> None:
    await begun(world)

    await world.client().post("/instances/a/rewind?to=7&reason=why")

    request = await world.request("a")
    assert (request.kind, request.run, request.data) == (REWIND, RUN, {"execution": 1, "to": 7, "reason": "why"})


async def test_a_fork_is_asked_of_the_owner_of_the_instance_that_is_to_be(world: ApiWorld) -> None:
    await begun(world)

    answer = await world.client().post("/instances/a/fork?from=7&new_id=b&reason=why")

    request = await world.request("b")
    assert answer.status == 202
    assert answer.json["statusQueryGetUri"] == answer.headers["location"] == "http://api.example:8080/instances/b"
    assert (request.instance_id, request.kind, request.run) == ("b", FORK, "")
    assert request.data == {"instance_id": "a", "run": RUN, "execution": 1, "to": 7, "reason": "why"}


async def test_a_fork_without_an_id_gets_one(world: ApiWorld) -> None:
    await begun(world)

    answer = await world.client().post("/instances/a/fork?from=7")

    assert (await world.request(answer.json["id"])).instance_id == answer.json["id"] != "a"


async def test_a_fork_into_an_id_that_is_taken_is_refused(world: ApiWorld) -> None:
    await begun(world)

    answer = await world.client().post("/instances/a/fork?from=7&new_id=a")

    assert (answer.status, answer.problem) == (409, "exists")


@pytest.mark.parametrize(
    "query",
    ["rewind", "rewind?to=0", "rewind?to=8", "rewind?to=x", "fork?from=0", "fork?from=8", "fork?from=1&new_id=a~"],
)
async def test_a_step_or_id_that_makes_no_sense_is_refused(world: ApiWorld, query: str) -> None:
    await begun(world)

    answer = await world.client().post(f"/instances/a/{query}")

    assert (answer.status, answer.problem) == (422, "invalid")


@pytest.mark.parametrize("method", ["DELETE /instances/a", "POST /instances/a/purge"])
async def test_an_ended_instance_is_purged(world: ApiWorld, method: str) -> None:
    await world.put_head(world.a_head(status=Status.COMPLETED))
    verb, _, target = method.partition(" ")

    answer = await world.client().send(verb, target, [])

    request = await world.request("a")
    assert answer.status == 202
    assert (request.kind, request.run) == (PURGE, RUN)


@pytest.mark.parametrize("status", [status for status in Status if not status.ended])
async def test_a_child_is_not_purged_before_its_parent_has_ended(world: ApiWorld, status: Status) -> None:
    parent = world.a_head("p", status)
    await world.put_head(parent)
    task = ParentTask(instance_id="p", run=parent.run, execution=1, task_id=1)
    await world.put_head(replace(world.a_head(status=Status.COMPLETED), parent=task))

    answer = await world.client().post("/instances/a/purge")

    assert (answer.status, answer.problem) == (409, "invalid-state")
    assert f"'p', which is {status}" in answer.json["detail"]


@pytest.mark.parametrize(
    "parent", [("p", Status.COMPLETED, RUN), ("p", Status.RUNNING, "another"), ("q", Status.RUNNING, RUN)]
)
async def test_a_child_is_purged_once_the_run_that_called_it_has_ended_or_gone(
    world: ApiWorld, parent: tuple[str, Status, str]
) -> None:
    id_, status, run = parent
    await world.put_head(replace(world.a_head(id_, status), run=run))
    task = ParentTask(instance_id="p", run=RUN, execution=1, task_id=1)
    await world.put_head(replace(world.a_head(status=Status.COMPLETED), parent=task))

    assert (await world.client().post("/instances/a/purge")).status == 202
