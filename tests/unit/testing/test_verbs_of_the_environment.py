import asyncio
from datetime import timedelta

import pytest

from durable import Activity, Cancelled, RetryPolicy, SagaContext, Timeouts, saga
from durable.errors import AlreadyEnded, InvalidState
from durable.status import Status
from durable.testing import Mode, SagaEnvironment
from durable.worker import ActivityContext

COUNT = Activity("work.count", int, int)
CLEAN = Activity("work.clean", int, type(None))
MINUTE = timedelta(minutes=1)


@saga("counting")
async def counting(ctx: SagaContext, n: int) -> int:
    ctx.set_status({"at": n})
    ctx.set_tags({"size": n})
    counted = await ctx.call(COUNT, n, timeouts=Timeouts(start_to_close=MINUTE), compensate_with=CLEAN, label="it")
    return counted + await ctx.wait_for_event("more", int, timeout=60 * MINUTE)


@saga("watching")
async def watching(ctx: SagaContext) -> str:
    slow = ctx.call(COUNT, 1)
    try:
        await ctx.sleep(60 * MINUTE)
    except Cancelled as error:
        slow.cancel()
        return f"cancelled: {error.reason}"
    return "overslept"


def doubling() -> SagaEnvironment:
    return SagaEnvironment(sagas=[counting, watching], handlers={COUNT: lambda n: 2 * n, CLEAN: lambda _: None})


def test_a_run_tells_status_tags_and_what_it_waits_for() -> None:
    env = doubling()
    run = env.start(counting, 2, instance_id="a")
    env.settle()

    assert run.custom_status == {"at": 2}
    assert run.tags == {"size": 2}
    assert [(one.kind, one.name) for one in run.waiting_for] == [("event", "more")]
    assert run.waiting_for[0].due == env.now + 60 * MINUTE


def test_a_handler_that_hangs_times_out_in_virtual_time() -> None:
    async def count(n: int) -> int:
        await asyncio.Event().wait()
        return n

    env = SagaEnvironment(sagas=[counting], handlers={COUNT: count, CLEAN: lambda _: None})
    run = env.start(counting, 2, instance_id="a")
    env.settle()
    assert [(one.kind, one.label) for one in run.waiting_for] == [("activity", "it")]
    env.advance(MINUTE + timedelta(seconds=1))

    assert run.status is Status.FAILED
    assert run.failure is not None
    assert run.failure.matches("ActivityTimeout")


def test_an_attempt_may_be_completed_from_outside() -> None:
    tokens: list[str] = []

    def count(n: int, ctx: ActivityContext) -> int:
        tokens.append(ctx.complete_later())
        return 0

    env = SagaEnvironment(sagas=[counting], handlers={COUNT: count, CLEAN: lambda _: None})
    run = env.start(counting, 2, instance_id="a", event=("more", 1))
    env.settle()
    env.heartbeat(tokens[0], "half")
    env.complete(tokens[0], 40)
    env.settle()

    assert run.result == 41
    with pytest.raises(AlreadyEnded):
        env.fail(tokens[0], "Late", "too late")


def test_a_heartbeat_is_what_the_next_attempt_reads() -> None:
    seen: list[object] = []

    def count(n: int, ctx: ActivityContext) -> int:
        seen.append(ctx.last_heartbeat)
        ctx.heartbeat({"done": ctx.attempt})
        if ctx.attempt < 2:
            raise OSError("again")
        return n

    @saga("retrying")
    async def retrying(ctx: SagaContext) -> int:
        return await ctx.call(COUNT, 1, retry=RetryPolicy(max_attempts=2))

    env = SagaEnvironment(sagas=[retrying], handlers={COUNT: count})
    run = env.start(retrying)
    env.advance(MINUTE)

    assert run.result == 1
    assert seen == [None, {"done": 1}]


def test_a_cancel_reaches_the_saga_and_the_handler_of_its_call() -> None:
    seen = []

    async def count(n: int, ctx: ActivityContext) -> int:
        await ctx.cancelled.wait()
        seen.append(n)
        raise Cancelled("gave up")

    env = SagaEnvironment(sagas=[watching], handlers={COUNT: count})
    run = env.start(watching, instance_id="a")
    env.settle()
    env.cancel("a", "enough")
    env.settle()

    assert run.result == "cancelled: enough"
    assert seen == [1]


def test_the_failed_step_is_tried_again() -> None:
    broken = True

    def count(n: int) -> int:
        if broken:
            raise OSError("broken")
        return n

    env = SagaEnvironment(sagas=[counting], handlers={COUNT: count, CLEAN: lambda _: None})
    run = env.start(counting, 2, instance_id="a", event=("more", 1))
    env.settle()
    assert env.get("a").status is Status.FAILED
    broken = False
    env.retry("a", "mended")
    env.settle()

    assert run.result == 3


def test_an_instance_is_forked_rewound_and_restarted() -> None:
    env = doubling()
    run = env.start(counting, 2, instance_id="a")
    env.settle()
    env.raise_event("a", "more", 1)
    env.settle()
    assert run.result == 5
    answered = next(event.sequence for event in run.history if type(event).__name__ == "ActivityCompleted")

    forked = env.fork("a", from_=answered, new_id="b")
    env.settle()
    assert forked.result == 5
    assert len(env.effects) == 2

    env.rewind("a", to=answered)
    env.settle()
    assert run.result == 5
    assert run.kinds["Rewound"] == 1
    assert len(env.effects) == 3

    env.restart("a")
    env.settle()
    env.raise_event("a", "more", 7)
    env.settle()
    assert run.result == 11


def test_a_blocked_instance_goes_on_when_the_right_code_is_in_place() -> None:
    @saga("counting")
    async def other(ctx: SagaContext, n: int) -> int:
        return await ctx.wait_for_event("else", int)

    env = doubling()
    run = env.start(counting, 2, instance_id="a")
    env.settle()
    env.deploy(sagas=[other])
    env.raise_event("a", "more", 1)
    env.settle()
    assert env.get("a").status is Status.BLOCKED

    env.deploy(sagas=[counting])
    env.settle()
    assert run.result == 5


def test_a_suspended_instance_keeps_what_comes() -> None:
    env = doubling()
    run = env.start(counting, 2, instance_id="a")
    env.settle()
    env.suspend("a", "wait")
    env.settle()
    env.raise_event("a", "more", 1)
    env.settle()
    assert env.get("a").status is Status.SUSPENDED
    env.resume("a")
    env.settle()

    assert run.result == 5


def test_terminate_ends_at_once_and_purge_leaves_nothing() -> None:
    env = doubling()
    env.start(counting, 2, instance_id="a")
    env.settle()
    env.terminate("a", "enough")
    env.settle()
    assert env.get("a").status is Status.TERMINATED
    env.purge("a")
    env.settle()

    assert env.count() == 0


def test_instances_are_listed_and_counted() -> None:
    env = doubling()
    for number in range(3):
        env.start(counting, number)
    env.start(watching)
    env.settle()

    assert env.count() == 4
    assert env.count(saga=counting, status=Status.RUNNING) == 3
    assert {one.id for one in env.list(saga="watching")} == {"watching-4"}


def test_a_verb_that_is_not_possible_is_refused_at_the_call() -> None:
    env = doubling()
    env.start(counting, 2, instance_id="a")
    env.settle()

    with pytest.raises(InvalidState):
        env.resume("a")


def test_an_event_that_comes_before_its_instance_is_kept() -> None:
    env = doubling()
    env.raise_event("a", "more", 1)
    env.settle()
    assert [one.name for one in env.parked_events("a")] == ["more"]
    run = env.start(counting, 2, instance_id="a")
    env.settle()

    assert run.result == 5
    assert env.parked_events() == []


@pytest.mark.parametrize("mode", list(Mode))
def test_children_and_continued_executions_run_in_every_mode(mode: Mode) -> None:
    @saga("child")
    async def child(ctx: SagaContext, n: int) -> int:
        return await ctx.call(COUNT, n)

    @saga("parent")
    async def parent(ctx: SagaContext, left: int) -> int:
        total = await ctx.call_saga(child, left)
        if left > 1:
            ctx.continue_as_new(left - 1)
        return total

    env = SagaEnvironment(sagas=[parent, child], handlers={COUNT: lambda n: 2 * n}, mode=mode)
    run = env.start(parent, 3, instance_id="p")
    env.settle()

    assert run.result == 2
    assert run.kinds["SagaStarted"] == 3
    assert run.kinds["ContinuedAsNew"] == 2
    assert env.count(saga=child) == 3
    children = [one.id for one in env.list(saga=child)]
    assert sorted(env.run(id_).result for id_ in children) == [2, 4, 6]
