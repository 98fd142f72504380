from datetime import timedelta

from durable import SagaContext, Status, saga
from durable.events import ActivityScheduled, CompensationRegistered, HistoryEvent, PivotReached
from tests.support.plays import Play, child_completed, completed, failed, fired
from tests.support.tables import ADD, UNDO_ADD, numbered

HOUR = timedelta(hours=1)


@saga("child")
async def child(ctx: SagaContext) -> int:
    return 1


def undone(events: tuple[HistoryEvent, ...]) -> list[object]:
    return [event.input for event in events if isinstance(event, ActivityScheduled) and event.compensates]


def groups(play: Play) -> list[tuple[object, int | None]]:
    return [(event.input, event.group) for event in play.of(CompensationRegistered)]


def test_the_undos_of_a_group_run_in_parallel_at_its_turn() -> None:
    @saga("grouped")
    async def grouped(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        async with ctx.compensation_group():
            ctx.compensate(UNDO_ADD, 2)
            async with ctx.compensation_group():
                ctx.compensate(UNDO_ADD, 3)
        async with ctx.compensation_group():
            ctx.compensate(UNDO_ADD, 4)
        raise ValueError

    play = Play(grouped)
    assert groups(play) == [(1, None), (2, 1), (3, 1), (4, 2)]

    assert undone(play.first.events) == [4]
    assert undone(play.turn(completed(5)).events) == [3, 2]
    assert undone(play.turn(completed(7)).events) == []
    assert undone(play.turn(completed(6)).events) == [1]
    play.turn(completed(8))
    assert play.instance.status is Status.COMPENSATED


def test_steps_called_in_a_group_are_undone_in_it_whenever_they_complete() -> None:
    @saga("steps")
    async def steps(ctx: SagaContext) -> None:
        async with ctx.compensation_group():
            calls = [ctx.call(ADD, number, compensate_with=UNDO_ADD) for number in range(2)]
            child_ = ctx.call_saga(child, compensate_with=UNDO_ADD)
        await ctx.gather(*calls, child_)
        ctx.compensate(UNDO_ADD, 9)
        raise ValueError

    play = Play(steps)
    turn = play.turn(completed(2, 20), child_completed(3, 30), completed(1, 10))

    assert groups(play) == [(20, 1), (30, 1), (10, 1), (9, None)]
    assert undone(turn.events) == [9]
    assert undone(play.turn(completed(8)).events) == [10, 30, 20]


def test_groups_of_branches_do_not_reach_into_one_another() -> None:
    @saga("branches")
    async def branches(ctx: SagaContext) -> None:
        async def line(number: int) -> None:
            async with ctx.compensation_group():
                ctx.compensate(UNDO_ADD, number)
                await ctx.call(ADD, number)
                ctx.compensate(UNDO_ADD, number + 1)

        lines = [ctx.spawn(line(10)), ctx.spawn(line(20))]
        await ctx.sleep(timedelta(0))
        ctx.compensate(UNDO_ADD, 1)
        await ctx.gather(*lines)
        ctx.compensate(UNDO_ADD, 2)
        raise ValueError

    play = Play(branches)
    play.turn(fired(1))
    play.turn(completed(3))
    play.turn(completed(5))

    assert groups(play) == [(10, 1), (20, 2), (1, None), (11, 1), (21, 2), (2, None)]


def test_branches_started_in_a_group_are_part_of_it() -> None:
    @saga("spawning")
    async def spawning(ctx: SagaContext) -> None:
        async def line(number: int) -> None:
            ctx.compensate(UNDO_ADD, number)

        async with ctx.compensation_group():
            await ctx.gather(ctx.spawn(line(1)), ctx.spawn(line(2)))
        raise ValueError

    assert undone(Play(spawning).first.events) == [2, 1]


def test_past_the_pivot_nothing_is_undone() -> None:
    @saga("pivoting")
    async def pivoting(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        late = ctx.call(ADD, 0, compensate_with=UNDO_ADD)
        ctx.pivot()
        ctx.pivot()
        ctx.compensate(UNDO_ADD, 2)
        await ctx.call(ADD, 1, compensate_with=UNDO_ADD)
        await late
        raise ValueError

    play = Play(pivoting)
    assert play.of(PivotReached) == list(numbered(PivotReached(), first=4))
    play.turn(completed(2), completed(3))

    assert play.instance.status is Status.FAILED
    assert len(play.of(CompensationRegistered)) == 1


def test_an_undo_that_was_registered_before_the_pivot_is_not_run_after_it() -> None:
    @saga("late")
    async def late(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        await ctx.call(ADD, 1)
        ctx.pivot()
        await ctx.call(ADD, 2)

    before, after = Play(late), Play(late)
    after.turn(completed(2))

    assert before.kinds(failed(2)) == ["ActivityFailed", "CompensationStarted", "ActivityScheduled"]
    assert after.kinds(failed(3)) == ["ActivityFailed", "SagaFailed"]
