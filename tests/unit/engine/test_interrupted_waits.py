from collections.abc import Callable
from datetime import timedelta
from typing import Any

from durable import Cancelled, DeadlineExceeded, EventTimeout, SagaContext, saga
from orchestrator.engine.handles import Pending
from orchestrator.engine.scheduler import Branch, Scheduler
from tests.support.plays import Play, completed, fired, raised
from tests.support.tables import ADD

HOUR = timedelta(hours=1)


def interrupted(make: Callable[[SagaContext], Any]) -> Play:
    @saga("interrupted")
    async def twice(ctx: SagaContext) -> object:
        wait = make(ctx)
        try:
            async with ctx.timeout(HOUR):
                await wait
        except DeadlineExceeded:
            await ctx.call(ADD, 9, label="between")
        try:
            return await wait
        except EventTimeout:
            return "late"

    return Play(twice)


def timer_and_call(play: Play) -> tuple[int, int]:
    """Let the time be over; give the task of the call in between."""
    [timer] = [one.task_id for one in play.instance.waiting if one.name == "timeout"]
    play.turn(fired(timer, HOUR))
    [between] = [one.task_id for one in play.instance.waiting if one.label == "between"]
    return timer, between


def test_a_first_that_was_interrupted_has_what_ended_in_the_meantime() -> None:
    play = interrupted(lambda ctx: ctx.first(ctx.call(ADD, 1), ctx.call(ADD, 2)))
    _, between = timer_and_call(play)
    play.turn(completed(2, 20), completed(between))

    assert play.instance.output == {"index": 1, "value": 20}


def test_a_first_that_was_interrupted_goes_on_when_it_is_awaited_again() -> None:
    play = interrupted(lambda ctx: ctx.first(ctx.call(ADD, 1), ctx.call(ADD, 2)))
    _, between = timer_and_call(play)
    play.turn(completed(between))
    play.turn(completed(1, 10))

    assert play.instance.output == {"index": 0, "value": 10}


def test_a_gather_that_was_interrupted_half_way_has_everything_in_the_end() -> None:
    play = interrupted(lambda ctx: ctx.gather(ctx.call(ADD, 1), ctx.call(ADD, 2)))
    play.turn(completed(1, 10))
    _, between = timer_and_call(play)
    play.turn(completed(between))
    play.turn(completed(2, 20))

    assert play.instance.output == [10, 20]


def test_an_event_that_comes_while_nobody_awaits_the_wait_is_kept_for_it() -> None:
    play = interrupted(lambda ctx: ctx.wait_for_event("e", int, timeout=5 * HOUR))
    _, between = timer_and_call(play)
    play.turn(raised("e", 7))
    assert play.instance.unread_events == 1
    play.turn(completed(between))

    assert play.instance.output == 7


def test_a_wait_that_nobody_awaits_times_out_all_the_same() -> None:
    play = interrupted(lambda ctx: ctx.wait_for_event("e", int, timeout=5 * HOUR))
    _, between = timer_and_call(play)
    play.turn(fired(1, 5 * HOUR))
    play.turn(completed(between))

    assert play.instance.output == "late"


def test_a_handle_that_two_await_is_still_awaited_when_one_is_interrupted() -> None:
    @saga("shared")
    async def shared(ctx: SagaContext) -> int:
        wait = ctx.wait_for_event("e", int)

        async def listen() -> int:
            return await wait

        first, second = ctx.spawn(listen()), ctx.spawn(listen())
        await ctx.call(ADD, 1)
        first.cancel()
        return await second

    play = Play(shared)
    play.turn(completed(1))
    play.turn(raised("e", 7))

    assert play.instance.output == 7


def test_a_branch_that_another_watcher_interrupts_as_its_handle_is_settled_goes_on_once() -> None:
    scheduler = Scheduler()
    handle: Pending[int] = Pending(scheduler)
    told: list[str] = []

    async def wait() -> None:
        try:
            await handle
        except Cancelled:
            told.append("cancelled")

    class Interrupter:
        def told(self, handle: Pending[Any]) -> None:
            branch.interrupt(Cancelled())

    handle.watch(Interrupter())
    branch: Branch[None] = scheduler.start(wait())
    scheduler.run()
    handle.succeed(1)
    scheduler.run()

    assert told == ["cancelled"]
    assert branch.done


def test_an_approval_given_up_frees_its_event() -> None:
    @saga("approving")
    async def approving(ctx: SagaContext) -> object:
        try:
            async with ctx.timeout(HOUR):
                await ctx.approval("ok", int, deadline=9 * HOUR)
        except DeadlineExceeded:
            return await ctx.wait_for_event("ok", int)
        return None

    play = Play(approving)
    [timer] = [one.task_id for one in play.instance.waiting if one.name == "timeout"]
    play.turn(fired(timer, HOUR))
    play.turn(raised("ok", 3))

    assert play.instance.output == 3
