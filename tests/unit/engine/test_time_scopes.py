from datetime import timedelta

from durable import DeadlineExceeded, SagaContext, Status, saga
from durable.events import TimerCancelled, TimerCreated
from orchestrator.engine import Verdict
from tests.support.drive import NOON
from tests.support.plays import Play, completed, fired
from tests.support.tables import ADD, UNDO_ADD, kinds, numbered

HOUR = timedelta(hours=1)


@saga("bounded")
async def bounded(ctx: SagaContext) -> str:
    try:
        async with ctx.timeout(HOUR):
            await ctx.call(ADD, 1)
            await ctx.call(ADD, 2)
    except DeadlineExceeded as error:
        return str(error)
    return "in time"


def test_what_is_left_in_time_cancels_its_timer() -> None:
    play = Play(bounded)
    turn = play.turn(completed(2), completed(3))

    assert play.history[1:3][0] == numbered(TimerCreated(task_id=1, name="timeout", due=NOON + HOUR), first=2)[0]
    assert turn.events[3:4] == numbered(TimerCancelled(task_id=1, name="timeout"), first=7)
    assert play.instance.output == "in time"
    assert play.instance.judge(fired(1, HOUR)) is Verdict.STALE


def test_when_the_time_is_over_the_await_raises() -> None:
    play = Play(bounded)
    play.turn(completed(2))
    play.turn(fired(1, HOUR))

    assert play.instance.output == "expected to be done within 1:00:00; the time is over"


def test_the_call_that_was_waited_for_goes_on() -> None:
    @saga("patient")
    async def patient(ctx: SagaContext) -> int:
        call = ctx.call(ADD, 1)
        try:
            async with ctx.timeout(HOUR):
                return await call
        except DeadlineExceeded:
            return await call

    play = Play(patient)
    play.turn(fired(2, HOUR))
    play.turn(completed(1, 6))

    assert play.instance.output == 6


def test_of_nested_times_the_one_that_is_over_raises_at_its_own_edge() -> None:
    @saga("nested")
    async def nested(ctx: SagaContext) -> str:
        try:
            async with ctx.timeout(HOUR), ctx.timeout(2 * HOUR):
                await ctx.call(ADD, 1)
        except DeadlineExceeded as error:
            return str(error)
        return ""

    play = Play(nested)

    assert play.kinds(fired(1, HOUR)) == ["TimerFired", "TimerCancelled", "SagaCompleted"]
    assert "1:00:00" in str(play.instance.output)


def test_a_time_within_a_branch_interrupts_that_branch_alone() -> None:
    @saga("branching")
    async def branching(ctx: SagaContext) -> list[object]:
        async def line() -> str:
            try:
                async with ctx.timeout(HOUR):
                    await ctx.call(ADD, 1)
            except DeadlineExceeded:
                return "late"
            return ""

        branch = ctx.spawn(line())
        return [await ctx.call(ADD, 2), await branch]

    play = Play(branching)
    play.turn(fired(2, HOUR))
    play.turn(completed(1, 5))

    assert play.instance.output == [5, "late"]


def test_only_a_span_is_a_time() -> None:
    @saga("misled")
    async def misled(ctx: SagaContext) -> None:
        async with ctx.timeout(5):  # type: ignore[arg-type]
            await ctx.call(ADD, 1)

    play = Play(misled)

    assert play.instance.failure is not None
    assert play.instance.failure.message == "expected a timedelta; found 5"


def test_a_saga_that_raised_waits_for_no_time_any_more() -> None:
    @saga("raising")
    async def raising(ctx: SagaContext) -> None:
        async def line() -> None:
            async with ctx.timeout(HOUR):
                await ctx.call(ADD, 1)

        ctx.spawn(line())
        ctx.compensate(UNDO_ADD, 1)
        await ctx.call(ADD, 2)
        raise ValueError

    play = Play(raising)

    assert play.kinds(completed(2)) == ["ActivityCompleted", "CompensationStarted", "ActivityScheduled"]
    assert play.instance.judge(fired(3, HOUR)) is Verdict.STALE
    assert [one.kind for one in play.instance.waiting] == ["undo"]


def test_the_deadline_of_an_instance_raises_in_its_saga() -> None:
    @saga("due")
    async def due(ctx: SagaContext) -> str:
        try:
            await ctx.call(ADD, 1)
        except DeadlineExceeded as error:
            return str(error)
        return ""

    play = Play(due, deadline=NOON + HOUR)

    assert kinds(play.first.events) == ["SagaStarted", "TimerCreated", "ActivityScheduled"]
    play.turn(fired(1, HOUR))
    assert play.instance.output == "expected the instance to end by 2025-06-01T13:00:00+00:00; it has not"


def test_the_deadline_fails_a_saga_that_does_not_catch_it() -> None:
    @saga("due")
    async def due(ctx: SagaContext) -> None:
        await ctx.call(ADD, 1)

    play = Play(due, deadline=NOON - HOUR)
    play.turn(fired(1))

    assert play.instance.status is Status.FAILED
    assert play.instance.failure is not None
    assert play.instance.failure.type == "durable.errors.DeadlineExceeded"


def test_the_deadline_says_nothing_to_a_saga_whose_undos_run() -> None:
    @saga("due")
    async def due(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        raise ValueError

    play = Play(due, deadline=NOON + HOUR)

    assert play.instance.judge(fired(1, HOUR)) is Verdict.STALE


def test_a_scope_that_code_leaves_as_it_is_dropped_decides_nothing() -> None:
    @saga("dropped")
    async def dropped(ctx: SagaContext) -> None:
        async with ctx.timeout(HOUR), ctx.shield(), ctx.lock(), ctx.semaphore(2), ctx.compensation_group():
            try:
                await ctx.call(ADD, 1)
            finally:
                async with ctx.timeout(HOUR):
                    pass

    play = Play(dropped)
    play.instance.close()

    assert play.instance.event_count == len(play.history)
