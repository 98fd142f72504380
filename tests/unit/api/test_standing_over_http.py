from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, SagaContext, Status, saga
from durable.client import SagaClient
from durable.codec import encode_time
from durable.errors import WriteUncertain
from durable.events import Blocked, EventReceived, HistoryEvent, SagaStarted, Suspended
from durable.ports import Upsert
from durable.results import Waiting
from orchestrator.api import create_app
from orchestrator.engine import Identity, Instance
from orchestrator.host.watchdog import Watchdog
from orchestrator.operations import looking
from orchestrator.service import guard_of
from tests.support.api_world import ApiWorld, pay
from tests.support.asgi import AsgiClient
from tests.support.ports_with_faults import FaultyReads
from tests.support.served import served

CHARGE = Activity("shop.charge", int, int)
RUN = "00aa00aa00aa00aa"
LOOPS: list[str] = []


@saga("order")
async def order(ctx: SagaContext, amount: int) -> int:
    while LOOPS:
        pass
    charge = ctx.call(CHARGE, amount, label="the first")
    approval = ctx.wait_for_event("approval", int, timeout=timedelta(days=1))
    news = ctx.wait_for_event("news", int)
    await ctx.gather(charge, approval, news, ctx.sleep(timedelta(hours=1)))
    return amount


@saga("changed")
async def changed(ctx: SagaContext) -> None:
    await ctx.sleep(timedelta(hours=1))


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld(sagas=(order, changed, pay))


async def begun(world: ApiWorld, *more: HistoryEvent, saga: str = "order") -> int:
    """Put an instance into the store as it stands after its start and more; gives the length of its history."""
    instance = Instance.new(Identity("a", RUN, 1), world.setup)
    start = SagaStarted(saga=saga, input=1 if saga == "order" else None, message_id="s")
    turn = instance.turn([start, *more], world.clock.now())
    await world.put_turn(world.a_turn(1, *turn.events))
    await world.put_head(replace(world.a_head(status=turn.status), saga=saga, turns=1))
    return len(turn.events)


async def view(world: ApiWorld, query: str = "") -> Any:
    answer = await world.client().get(f"/instances/a{query}")
    assert answer.status == 200
    return answer.json


async def test_an_open_instance_tells_what_it_waits_for(world: ApiWorld) -> None:
    await begun(world)

    seen = await view(world)

    now = world.clock.now()
    since, hour, day = (encode_time(now + timedelta(hours=hours)) for hours in (0, 1, 24))
    assert [(wait["kind"], wait["name"], wait["label"], wait["due"]) for wait in seen["waiting_for"]] == [
        ("activity", "shop.charge", "the first", None),
        ("event", "approval", None, day),
        ("timer", "sleep", None, hour),
        ("event", "news", None, None),
    ]
    assert [wait["task_id"] for wait in seen["waiting_for"]] == [1, 2, 3, 0]
    assert {(wait["since"], wait["attempt"]) for wait in seen["waiting_for"]} == {(since, 1)}
    assert "note" not in seen


async def test_one_who_looks_often_may_leave_that_out(world: ApiWorld) -> None:
    await begun(world)

    assert "waiting_for" not in await view(world, "?waiting_for=false")


@pytest.mark.parametrize("status", [Status.PENDING, *(status for status in Status if status.ended)])
async def test_what_has_not_begun_or_has_ended_waits_for_nothing(world: ApiWorld, status: Status) -> None:
    await world.put_head(world.a_head(status=status))

    assert (await view(world))["waiting_for"] == []


async def test_a_suspended_instance_waits_on(world: ApiWorld) -> None:
    await begun(world, Suspended(message_id="h"))

    seen = await view(world)

    assert seen["status"] == "Suspended"
    assert len(seen["waiting_for"]) == 4


async def test_a_blocked_instance_says_what_blocks_it_and_its_history_what_it_waits_for(world: ApiWorld) -> None:
    length = await begun(world)
    blocked = Blocked(expected="a timer", found="a call", task_id=1, location="shop.py:7")
    await world.put_turn(world.a_turn(2, blocked, first=length + 1))
    await world.put_head(replace(world.a_head(status=Status.BLOCKED), saga="no longer there", turns=2))

    seen = await view(world)

    said = {"expected": "a timer", "found": "a call", "task_id": 1, "location": "shop.py:7", "error": ""}
    assert seen["blocked"] == said
    assert [wait["task_id"] for wait in seen["waiting_for"]] == [1, 2, 3]


async def test_a_long_history_is_not_replayed_and_a_note_says_so(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "EVENTS_MAX", 50)
    await begun(world, *(EventReceived(name="other", payload=n, message_id=f"m{n}") for n in range(60)))

    seen = await view(world)

    assert seen["waiting_for"] is None
    assert "at most 50 events" in seen["note"]


async def test_a_history_that_can_not_be_read_leaves_the_head_and_a_note(world: ApiWorld) -> None:
    await begun(world)
    partition = world.a_head().partition
    stored = await world.store.read(partition, "a~1~0000000001")
    assert stored is not None
    await world.store.write(partition, [Upsert({**stored.record, "v": 99})])

    seen = await view(world)

    assert (seen["status"], seen["waiting_for"]) == ("Running", None)
    assert "'a~1~0000000001' can't be read" in seen["note"]


async def test_a_store_that_does_not_answer_is_a_passing_fault(world: ApiWorld) -> None:
    await begun(world)
    store: Any = FaultyReads(world.store, WriteUncertain("no answer"))

    answer = await world.client(store=store).get("/instances/a")

    assert (answer.status, answer.problem) == (503, "unavailable")


async def test_code_that_goes_on_for_too_long_is_ended_and_leaves_a_note(world: ApiWorld) -> None:
    await begun(world)
    app = create_app(replace(world.ports(), guard=guard_of(Watchdog(timedelta(milliseconds=50)))), world.health)
    LOOPS.append("for ever")

    try:
        answer = await AsgiClient(app).get("/instances/a")
    finally:
        LOOPS.clear()

    assert answer.json["waiting_for"] is None
    assert "a replay that went on for more than" in answer.json["note"]


async def test_looking_changes_nothing(world: ApiWorld) -> None:
    await begun(world)
    before = await world.head("a")

    await view(world)

    assert await world.head("a") == before
    assert await world.deliveries("a") == []


async def test_the_head_tells_the_rest(world: ApiWorld) -> None:
    now = world.clock.now()
    head = replace(
        world.a_head(status=Status.PENDING),
        custom_status={"step": 2},
        tags={"tenant": "x", "at": {"datetime": encode_time(now)}},
        parent_id="p",
        root_id="r",
        due=now + timedelta(hours=1),
        deadline=now + timedelta(hours=2),
    )
    await world.put_head(head)

    async with served(world.app()) as url, SagaClient(url) as client:
        seen = await client.get("a")

    assert seen.custom_status == {"step": 2}
    assert seen.tags == {"tenant": "x", "at": now}
    assert (seen.parent_id, seen.root_id, seen.due, seen.deadline) == ("p", "r", head.due, head.deadline)
    assert (seen.waiting_for, seen.blocked, seen.note, seen.not_undone) == ([], None, None, ())


async def test_the_client_reads_what_an_instance_waits_for_as_data(world: ApiWorld) -> None:
    await begun(world, saga="changed")

    async with served(world.app()) as url, SagaClient(url) as client:
        seen = await client.get("a")

    now = world.clock.now()
    assert seen.waiting_for == [Waiting("timer", "sleep", None, 1, 1, now, now + timedelta(hours=1))]
