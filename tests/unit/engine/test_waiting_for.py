from datetime import timedelta

from durable import RetryPolicy, SagaContext, Timeouts, saga
from durable.events import CancelRequested
from durable.results import Waiting
from tests.support.drive import NOON
from tests.support.plays import Play, failed, fired
from tests.support.tables import ADD, UNDO_ADD

HOUR = timedelta(hours=1)


@saga("child")
async def child(ctx: SagaContext) -> None:
    return None


@saga("waiting")
async def waiting(ctx: SagaContext) -> None:
    waits = [
        ctx.call(
            ADD, 1, label="one", retry=RetryPolicy(max_attempts=2, first_delay=HOUR, max_delay=HOUR, jitter="none")
        ),
        ctx.call(ADD, 2, timeouts=Timeouts(schedule_to_close=HOUR)),
        ctx.call_saga(child, label="kid", timeout=2 * HOUR),
        ctx.sleep(3 * HOUR),
        ctx.wait_for_event("timed", int, timeout=4 * HOUR),
        ctx.wait_for_event("b", int),
        ctx.wait_for_event("a", int),
    ]
    ctx.call(ADD, 9).cancel()
    await ctx.gather(*waits)


@saga("waiting")
async def other(ctx: SagaContext) -> None:
    await ctx.sleep(HOUR)


def test_an_instance_tells_everything_that_it_waits_for() -> None:
    play = Play(waiting)
    play.turn(failed(1), after=HOUR)

    at = NOON
    assert play.instance.waiting == [
        Waiting("activity", "math.add", "one", 1, 2, at + HOUR, at + 2 * HOUR),
        Waiting("activity", "math.add", None, 2, 1, at, at + HOUR),
        Waiting("child", "child", "kid", 3, 1, at, at + 2 * HOUR),
        Waiting("timer", "sleep", None, 4, 1, at, at + 3 * HOUR),
        Waiting("event", "timed", None, 5, 1, at, at + 4 * HOUR),
        Waiting("event", "a", None, 0, 1, at, None),
        Waiting("event", "b", None, 0, 1, at, None),
    ]


def test_without_fitting_code_only_tasks_are_known() -> None:
    play = Play(waiting)
    play.deploy(other)

    assert [(one.kind, one.task_id) for one in play.instance.waiting] == [
        ("activity", 1),
        ("activity", 2),
        ("child", 3),
        ("timer", 4),
        ("timer", 5),
    ]


def test_while_undos_run_it_waits_for_them_and_for_no_timer_of_the_saga() -> None:
    @saga("undoing")
    async def undoing(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        ctx.sleep(9 * HOUR)
        ctx.wait_for_event("e", int, timeout=HOUR)
        await ctx.sleep(HOUR)
        raise ValueError

    play = Play(undoing)
    play.turn(fired(4, HOUR), after=HOUR)

    assert play.instance.waiting == [Waiting("undo", "math.undo-add", None, 5, 1, NOON + HOUR, None)]


def test_an_instance_that_has_ended_waits_for_nothing() -> None:
    play = Play(other)
    play.turn(CancelRequested())

    assert play.instance.waiting == []
