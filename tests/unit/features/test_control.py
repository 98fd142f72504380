from datetime import timedelta
from typing import Any

from durable import ActivityError, Cancelled, DeadlineExceeded, RetryPolicy, SagaContext, Status, Timeouts, saga
from durable.events import SagaTerminated
from durable.testing import SagaEnvironment
from durable.worker import ActivityContext
from tests.support.modes import ECHO, TELL, everywhere, of, world

HOUR = timedelta(hours=1)


@saga("waiting")
async def waiting(ctx: SagaContext) -> str:
    return await ctx.wait_for_event("go", str)


def test_a_cancel_ends_a_saga_that_lets_it_through() -> None:
    run = everywhere([waiting], None, lambda env: env.cancel("a", reason="enough"))

    assert run.status is Status.CANCELLED
    assert run.kinds["CancelRequested"] == 1


@saga("cleaning")
async def cleaning(ctx: SagaContext) -> str:
    try:
        await ctx.wait_for_event("go", str)
    except Cancelled as error:
        return await ctx.call(TELL, f"cleaned up: {error.reason}")
    return ""


def test_a_saga_may_clean_up_and_return_normally() -> None:
    run = everywhere([cleaning], None, lambda env: env.cancel("a", reason="enough"))

    assert (run.status, run.result) == (Status.COMPLETED, "cleaned up: enough")


@saga("shielded")
async def shielded(ctx: SagaContext) -> list[str]:
    told = []
    try:
        async with ctx.shield():
            told.append(await ctx.wait_for_event("first", str))
            told.append(await ctx.wait_for_event("second", str))
    except Cancelled:
        told.append("cancelled")
    return told


def test_a_shield_holds_a_cancel_up_until_it_is_left() -> None:
    def script(env: SagaEnvironment) -> None:
        env.cancel("a")
        env.settle()
        env.raise_event("a", "first", "1")
        env.settle()
        env.raise_event("a", "second", "2")

    assert everywhere([shielded], None, script).result == ["1", "2", "cancelled"]


@saga("twice")
async def twice(ctx: SagaContext) -> int:
    count = 0
    for _ in range(2):
        try:
            await ctx.wait_for_event("go", str)
        except Cancelled:
            count += 1
    return count


def test_a_second_cancel_is_recorded_and_changes_nothing() -> None:
    def script(env: SagaEnvironment) -> None:
        env.cancel("a")
        env.settle()
        env.cancel("a")
        env.settle()
        env.raise_event("a", "go", "")

    run = everywhere([twice], None, script)

    assert run.result == 1


def test_terminate_ends_at_once_and_undoes_nothing() -> None:
    run = everywhere([waiting], None, lambda env: env.terminate("a", reason="now"))

    assert run.status is Status.TERMINATED
    assert [e.reason for e in of(run, SagaTerminated)] == ["now"]


@saga("ticking")
async def ticking(ctx: SagaContext) -> list[object]:
    told: list[object] = [await ctx.wait_for_event("a", str)]
    await ctx.sleep(HOUR)
    told.append(await ctx.call(ECHO, 1))
    told.append(await ctx.wait_for_event("b", str))
    return told


def test_a_suspended_instance_keeps_what_comes_and_goes_on_in_order_when_resumed() -> None:
    def script(env: SagaEnvironment) -> None:
        env.suspend("a", reason="lunch")
        env.settle()
        assert env.run("a").status is Status.SUSPENDED
        env.raise_event("a", "a", "one")
        env.raise_event("a", "b", "two")
        env.advance(2 * HOUR)
        assert env.run("a").status is Status.SUSPENDED
        env.resume("a")
        env.settle()
        env.advance(2 * HOUR)

    run = everywhere([ticking], None, script)

    assert run.result == ["one", 1, "two"]


def test_a_suspended_instance_can_be_terminated() -> None:
    def script(env: SagaEnvironment) -> None:
        env.suspend("a")
        env.settle()
        env.terminate("a")

    assert everywhere([waiting], None, script).status is Status.TERMINATED


@saga("slow")
async def slow(ctx: SagaContext, attempts: int) -> str:
    try:
        return await ctx.call(
            TELL, "x", retry=RetryPolicy(max_attempts=attempts), timeouts=Timeouts(start_to_close=timedelta(minutes=1))
        )
    except ActivityError as error:
        return f"{type(error).__name__} {error.kind}"  # type: ignore[attr-defined]  # It is an ActivityTimeout.


def hanging() -> Any:
    async def hang(text: str, ctx: ActivityContext) -> str:
        if ctx.attempt < 3:
            await ctx.shutting_down.wait()
        return f"{text} at attempt {ctx.attempt}"

    return hang


def test_an_attempt_that_takes_too_long_is_followed_by_another() -> None:
    assert everywhere([slow], 3, lambda env: env.advance(HOUR), tell=hanging).result == "x at attempt 3"


def test_a_call_whose_last_attempt_took_too_long_raises_activity_timeout() -> None:
    assert everywhere([slow], 1, lambda env: env.advance(HOUR), tell=hanging).result == "ActivityTimeout start_to_close"


def test_a_call_is_given_up_when_its_whole_time_is_over() -> None:
    @saga("bounded")
    async def bounded(ctx: SagaContext) -> list[object]:
        timeouts = Timeouts(schedule_to_close=timedelta(minutes=5), start_to_close=timedelta(minutes=2))
        try:
            await ctx.call(TELL, "x", retry=RetryPolicy(max_attempts=100, jitter="none"), timeouts=timeouts)
        except ActivityError as error:
            return [error.failure.type, ctx.now.minute]
        return []

    async def hang(_text: str, ctx: ActivityContext) -> str:
        await ctx.shutting_down.wait()
        return ""

    env = world(bounded, tell=hang)
    start = env.now
    run = env.start(bounded, instance_id="a")
    env.advance(HOUR)

    assert run.result[0] == "durable.ActivityTimeout"
    assert env.now - start == HOUR


def test_heartbeats_of_a_failed_attempt_are_read_by_the_next() -> None:
    @saga("beating")
    async def beating(ctx: SagaContext) -> str:
        return await ctx.call(TELL, "x", retry=RetryPolicy(max_attempts=2))

    def handler() -> Any:
        async def beat(_text: str, ctx: ActivityContext) -> str:
            if ctx.attempt == 1:
                ctx.heartbeat({"page": 7})
                raise OSError("worker trouble")
            return f"went on from {ctx.last_heartbeat}"

        return beat

    run = everywhere([beating], None, lambda env: env.advance(HOUR), tell=handler)

    assert run.result == "went on from {'page': 7}"


@saga("giving-up-waits")
async def giving_up_waits(ctx: SagaContext) -> list[object]:
    wait = ctx.wait_for_event("go", str)
    try:
        async with ctx.timeout(HOUR):
            await ctx.first(wait, ctx.sleep(5 * HOUR))
    except DeadlineExceeded:
        other = await ctx.wait_for_event("go", str)
        return [other, await wait]
    return []


def test_an_interrupted_wait_takes_no_event_until_it_is_awaited_again() -> None:
    def script(env: SagaEnvironment) -> None:
        env.advance(2 * HOUR)
        env.raise_event("a", "go", "one")
        env.settle()
        env.raise_event("a", "go", "two")

    assert everywhere([giving_up_waits], None, script).result == ["one", "two"]


@saga("asking-again")
async def asking_again(ctx: SagaContext) -> str:
    try:
        return await ctx.approval("ok", str, deadline=9 * HOUR)
    except Cancelled:
        return await ctx.wait_for_event("ok", str)


def test_an_approval_that_is_interrupted_takes_no_decision_any_more() -> None:
    def script(env: SagaEnvironment) -> None:
        env.cancel("a")
        env.settle()
        env.raise_event("a", "ok", "yes")

    assert everywhere([asking_again], None, script).result == "yes"


def test_a_running_handler_sees_the_cancel_and_may_clean_up() -> None:
    seen: list[str] = []

    async def patient(text: str, ctx: ActivityContext) -> str:
        await ctx.cancelled.wait()
        seen.append(text)
        raise Cancelled("as asked")

    @saga("asking")
    async def asking(ctx: SagaContext) -> str:
        handle = ctx.call(TELL, "work", retry=RetryPolicy(max_attempts=3))
        try:
            return await handle
        except Cancelled:
            try:
                return await handle
            except ActivityError as error:
                return error.failure.type

    env = world(asking, tell=patient)
    run = env.start(asking, instance_id="a")
    env.settle()
    env.cancel("a")
    env.settle()

    assert seen == ["work"]
    assert run.result == "durable.Cancelled"


def test_an_activity_is_completed_by_a_token_from_outside() -> None:
    tokens: list[str] = []

    async def later(_text: str, ctx: ActivityContext) -> str:
        tokens.append(ctx.complete_later())
        return ""

    @saga("later")
    async def outside(ctx: SagaContext) -> str:
        return await ctx.call(TELL, "x")

    env = world(outside, tell=later)
    run = env.start(outside, instance_id="a")
    env.settle()
    assert run.status is Status.RUNNING

    env.complete(tokens[0], "from outside")
    env.settle()

    assert run.result == "from outside"
