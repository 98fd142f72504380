from datetime import timedelta

from durable import SagaContext, Status, saga
from durable.events import CancelRequested, Resumed, SagaTerminated, Suspended
from orchestrator.engine import Verdict
from tests.support.plays import Play, completed, failed, fired, raised
from tests.support.tables import ADD, UNDO_ADD, kinds

HOUR = timedelta(hours=1)


@saga("working")
async def working(ctx: SagaContext) -> int:
    total = 0
    for number in range(2):
        total += await ctx.call(ADD, number)
        await ctx.sleep(HOUR)
    return total


@saga("working")
async def otherwise(ctx: SagaContext) -> int:
    await ctx.sleep(HOUR)
    return 0


@saga("undoing")
async def undoing(ctx: SagaContext) -> None:
    ctx.compensate(UNDO_ADD, 1)
    raise ValueError


def test_a_suspended_instance_records_what_comes_and_takes_it_when_it_is_resumed() -> None:
    play = Play(working)

    halted = play.turn(Suspended(reason="audit"), completed(1, 10))
    assert (kinds(halted.events), halted.status, halted.head_changed) == (
        ["Suspended", "ActivityCompleted"],
        Status.SUSPENDED,
        True,
    )
    resumed = play.turn(Resumed())

    assert (kinds(resumed.events), resumed.status) == (["Resumed", "TimerCreated"], Status.RUNNING)


def test_a_timer_that_rings_in_the_meantime_has_rung() -> None:
    play = Play(working)
    play.turn(completed(1, 10))
    play.turn(Suspended())

    assert play.kinds(fired(2, HOUR)) == ["TimerFired"]
    assert play.instance.judge(fired(2, HOUR)) is Verdict.STALE
    assert play.kinds(Resumed()) == ["Resumed", "ActivityScheduled"]


def test_time_stands_still_for_the_code_until_it_is_resumed() -> None:
    @saga("clock")
    async def clock(ctx: SagaContext) -> object:
        await ctx.call(ADD, 1)
        return ctx.now

    play = Play(clock)
    play.turn(Suspended(), completed(1), after=HOUR)
    play.turn(Resumed(), after=3 * HOUR)

    assert play.instance.output == "2025-06-01T15:00:00Z"


def test_a_cancel_waits_until_it_is_resumed() -> None:
    play = Play(working)
    play.turn(Suspended())

    assert play.kinds(CancelRequested()) == ["CancelRequested"]
    assert play.kinds(Resumed()) == ["Resumed", "ActivityCancelRequested", "SagaCancelled"]


def test_what_the_code_gave_up_by_the_time_it_is_taken_is_ignored() -> None:
    @saga("racing")
    async def racing(ctx: SagaContext) -> int:
        async with ctx.timeout(HOUR):
            await ctx.call(ADD, 1)
        return await ctx.call(ADD, 2)

    play = Play(racing)
    play.turn(Suspended())
    play.turn(completed(2), fired(1, HOUR))

    assert play.kinds(Resumed()) == ["Resumed", "TimerCancelled", "ActivityScheduled"]
    assert play.kinds(completed(3, 7)) == ["ActivityCompleted", "SagaCompleted"]


def test_suspended_twice_is_suspended_once() -> None:
    play = Play(working)

    assert play.kinds(Suspended(), Suspended()) == ["Suspended", "Suspended"]
    assert play.kinds(Resumed()) == ["Resumed"]
    assert play.instance.status is Status.RUNNING


def test_resuming_what_is_not_suspended_changes_nothing() -> None:
    play = Play(working)

    assert play.kinds(Resumed()) == ["Resumed"]
    assert play.kinds(completed(1)) == ["ActivityCompleted", "TimerCreated"]


def test_a_suspended_instance_can_be_terminated() -> None:
    play = Play(working)
    play.turn(Suspended(), completed(1))

    turn = play.turn(SagaTerminated(reason="enough"), Resumed())

    assert (kinds(turn.events), turn.status) == (["SagaTerminated"], Status.TERMINATED)


def test_facts_that_wait_when_the_saga_ends_come_too_late() -> None:
    @saga("short")
    async def short(ctx: SagaContext) -> int:
        ctx.call(ADD, 1)
        ctx.sleep(HOUR)
        return await ctx.wait_for_event("e", int)

    play = Play(short)
    play.turn(Suspended())
    play.turn(raised("e", 1), completed(1), fired(2, HOUR), CancelRequested(), raised("e", 2))

    assert play.kinds(Resumed()) == ["Resumed", "SagaCompleted"]
    assert play.instance.output == 1


def test_undos_are_held_up_too() -> None:
    play = Play(undoing)
    play.turn(Suspended())

    assert play.instance.status is Status.SUSPENDED
    assert play.kinds(completed(2)) == ["ActivityCompleted"]
    assert play.kinds(Resumed()) == ["Resumed", "SagaCompensated"]


def test_being_resumed_is_no_order_to_run_undos_again_that_failed_in_the_meantime() -> None:
    @saga("undoing-once")
    async def undoing_once(ctx: SagaContext) -> None:
        ctx.call(ADD, 1, compensate_with=UNDO_ADD)
        raise ValueError

    play = Play(undoing_once)
    play.turn(completed(1))
    for attempt in range(1, 10):
        play.turn(failed(3, attempt))
    play.turn(Suspended(), failed(3, 10))

    assert play.kinds(Resumed()) == ["Resumed", "SagaCompensationFailed"]
    assert play.instance.status is Status.COMPENSATION_FAILED
    assert play.kinds(Resumed()) == ["Resumed", "ActivityScheduled"]
    assert play.kinds(completed(4)) == ["ActivityCompleted", "SagaCompensated"]


def test_suspended_while_blocked_it_stays_halted_until_both_are_over() -> None:
    play = Play(working)
    play.turn(completed(1, 10))
    play.deploy(otherwise)
    blocked = play.instance.turn([Suspended(), fired(2, HOUR)], play.history[-1].at)
    play.history += blocked.events
    assert kinds(blocked.events) == ["Blocked", "Suspended", "TimerFired"]
    assert blocked.status is Status.BLOCKED

    play.deploy(working)
    assert play.kinds() == ["Unblocked"]
    assert play.instance.status is Status.SUSPENDED
    assert play.kinds(Resumed()) == ["Resumed", "ActivityScheduled"]


def test_resumed_while_blocked_it_goes_on_once_it_is_repaired() -> None:
    play = Play(working)
    play.turn(completed(1, 10), Suspended())
    play.turn(fired(2, HOUR))
    play.deploy(otherwise)
    play.history += play.instance.turn([Resumed()], play.history[-1].at).events

    play.deploy(working)

    assert play.kinds() == ["Unblocked", "ActivityScheduled"]
    assert play.instance.status is Status.RUNNING
