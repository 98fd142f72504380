from datetime import timedelta

import pytest

from durable import ActivityError, Cancelled, SagaContext, Status, saga
from tests.support.plays import Play, completed, failed, fired, raised
from tests.support.tables import ADD, UNDO_ADD, kinds

HOUR = timedelta(hours=1)


@saga("racing")
async def racing(ctx: SagaContext) -> list[int]:
    quick, slow = ctx.call(ADD, 1), ctx.call(ADD, 2)
    won = await ctx.first(quick, slow)
    return [won.index, won.value, await quick, await slow]


@saga("waiting")
async def waiting(ctx: SagaContext) -> list[object]:
    won = await ctx.first(ctx.call(ADD, 1), ctx.sleep(HOUR), ctx.wait_for_event("e", int, timeout=2 * HOUR))
    return [won.index, won.value]


def test_the_first_to_end_wins_and_the_loser_can_still_be_awaited() -> None:
    play = Play(racing)

    play.turn(completed(2, 20))
    assert play.instance.status is Status.RUNNING
    play.turn(completed(1, 10))

    assert play.instance.output == [1, 20, 10, 20]


def test_of_two_that_ended_before_the_one_that_ended_first_wins() -> None:
    @saga("late")
    async def late(ctx: SagaContext) -> int:
        calls = [ctx.call(ADD, number) for number in range(3)]
        await ctx.call(ADD, 9)
        return (await ctx.first(*calls)).index

    play = Play(late)
    play.turn(completed(3), completed(1), completed(4))

    assert play.instance.output == 2


def test_a_winner_that_failed_raises() -> None:
    @saga("lost")
    async def lost(ctx: SagaContext) -> str:
        try:
            await ctx.first(ctx.call(ADD, 1), ctx.call(ADD, 2))
        except ActivityError as error:
            return error.failure.message
        return ""

    play = Play(lost)
    play.turn(failed(2))

    assert play.instance.output == "no"


def test_timers_and_waits_that_lose_are_cancelled() -> None:
    play = Play(waiting)

    turn = play.turn(completed(1, 5))

    assert kinds(turn.events) == ["ActivityCompleted", "TimerCancelled", "TimerCancelled", "SagaCompleted"]
    assert play.instance.output == [0, 5]


def test_when_a_timer_wins_the_losing_call_goes_on() -> None:
    play = Play(waiting)

    turn = play.turn(fired(2, HOUR))

    assert kinds(turn.events) == ["TimerFired", "TimerCancelled", "SagaCompleted"]
    assert play.instance.output == [1, None]


def test_an_event_that_wins_stops_its_own_timer() -> None:
    play = Play(waiting)

    assert play.kinds(raised("e", 7)) == ["EventReceived", "TimerCancelled", "TimerCancelled", "SagaCompleted"]
    assert play.instance.output == [2, 7]


def test_a_first_of_one_handle_twice_gives_its_first_place() -> None:
    @saga("twice")
    async def twice(ctx: SagaContext) -> int:
        call = ctx.call(ADD, 1)
        return (await ctx.first(call, call)).index

    play = Play(twice)
    play.turn(completed(1))

    assert play.instance.output == 0


def test_a_first_of_nothing_is_refused() -> None:
    @saga("nothing")
    async def nothing(ctx: SagaContext) -> None:
        await ctx.first()

    play = Play(nothing)

    assert play.instance.failure is not None
    assert play.instance.failure.message.startswith("expected at least one handle")


@pytest.mark.parametrize("times", [1, 2])
def test_cancelling_a_first_cancels_all_that_it_waits_for(times: int) -> None:
    @saga("dropping")
    async def dropping(ctx: SagaContext) -> str:
        race = ctx.first(ctx.call(ADD, 1), ctx.sleep(HOUR))
        await ctx.call(ADD, 2)
        for _ in range(times):
            race.cancel()
        try:
            await race
        except Cancelled:
            return "dropped"
        return ""

    play = Play(dropping)

    assert play.kinds(completed(3)) == [
        "ActivityCompleted",
        "ActivityCancelRequested",
        "TimerCancelled",
        "SagaCompleted",
    ]
    assert play.instance.output == "dropped"


def test_a_first_that_is_left_behind_by_a_saga_that_raised_harms_nothing() -> None:
    @saga("left")
    async def left(ctx: SagaContext) -> None:
        ctx.first(ctx.call(ADD, 1, compensate_with=UNDO_ADD), ctx.sleep(HOUR), ctx.wait_for_event("e", int))
        raise ValueError

    play = Play(left)

    assert play.kinds(completed(1)) == ["ActivityCompleted", "CompensationRegistered", "ActivityScheduled"]
    play.turn(completed(4))
    assert play.instance.status is Status.COMPENSATED
