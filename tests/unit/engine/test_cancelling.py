from datetime import timedelta

from durable import ActivityError, Cancelled, RetryPolicy, SagaContext, Status, saga
from durable.events import ActivityCancelRequested, ActivityScheduled, CancelRequested, SagaCancelled
from tests.support.plays import Play, child_completed, completed, failed, raised
from tests.support.tables import ADD, UNDO_ADD, kinds, numbered

HOUR = timedelta(hours=1)
ENOUGH = CancelRequested(reason="enough")


@saga("child")
async def child(ctx: SagaContext) -> int:
    return 1


@saga("waiting")
async def waiting(ctx: SagaContext) -> None:
    await ctx.sleep(HOUR)


@saga("cleaning")
async def cleaning(ctx: SagaContext) -> str:
    call = ctx.call(ADD, 1)
    try:
        await call
    except Cancelled as error:
        ctx.set_status(error.reason)
        await ctx.call(ADD, 2)
        return f"cleaned {await call}"
    return ""


def test_a_cancel_that_the_saga_lets_through_ends_it_cancelled() -> None:
    play = Play(waiting)

    turn = play.turn(ENOUGH)

    assert turn.events[1:] == numbered(SagaCancelled(reason="enough"), first=4)
    assert (turn.status, turn.outbox) == (Status.CANCELLED, (("lifecycle", 1),))


def test_a_saga_may_clean_up_and_return() -> None:
    play = Play(cleaning)

    assert play.kinds(ENOUGH) == ["CancelRequested", "ActivityCancelRequested", "StatusSet", "ActivityScheduled"]
    play.turn(completed(2), completed(1, 10))

    assert (play.instance.status, play.instance.output) == (Status.COMPLETED, "cleaned 10")
    assert play.instance.custom_status == "enough"


def test_open_calls_and_children_are_asked_to_give_up_and_still_waited_for() -> None:
    @saga("busy")
    async def busy(ctx: SagaContext) -> list[object]:
        called = ctx.gather(ctx.call(ADD, 1, label="one"), ctx.call_saga(child))
        try:
            await called
        except Cancelled:
            return list(await called)
        return []

    play = Play(busy)
    turn = play.turn(ENOUGH)

    assert turn.events[1:] == numbered(
        ActivityCancelRequested(task_id=1, name="math.add", label="one", reason="enough"),
        ActivityCancelRequested(
            task_id=2,
            name="child",
            reason="enough",
            instance_id=play.history[2].instance_id,  # type: ignore[attr-defined]
        ),
        first=5,
    )
    assert turn.outbox == (("cancel", 1), ("cancel", 2))
    play.turn(child_completed(2, 5), completed(1, 6))
    assert play.instance.output == [6, 5]


def test_no_attempt_follows_once_a_call_was_asked_to_give_up() -> None:
    @saga("trying")
    async def trying(ctx: SagaContext) -> str:
        call = ctx.call(ADD, 1, retry=RetryPolicy(max_attempts=5))
        try:
            await call
        except Cancelled:
            try:
                await call
            except ActivityError:
                return "over"
        return ""

    play = Play(trying)
    play.turn(ENOUGH)

    assert play.kinds(failed(1)) == ["ActivityFailed", "SagaCompleted"]


def test_a_second_cancel_is_recorded_and_changes_nothing() -> None:
    play = Play(cleaning)
    play.turn(ENOUGH)

    assert play.kinds(ENOUGH, ENOUGH) == ["CancelRequested", "CancelRequested"]


def test_undos_run_and_the_instance_ends_cancelled() -> None:
    @saga("undoing")
    async def undoing(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        await ctx.sleep(HOUR)

    play = Play(undoing)
    assert play.kinds(ENOUGH) == ["CancelRequested", "CompensationStarted", "ActivityScheduled"]
    assert play.instance.status is Status.COMPENSATING

    assert play.kinds(ENOUGH) == ["CancelRequested"]
    assert kinds(play.turn(completed(3)).events) == ["ActivityCompleted", "SagaCancelled"]
    assert play.history[-1] == numbered(SagaCancelled(reason="enough"), first=len(play.history))[0]


def test_a_saga_that_raises_something_else_when_it_is_cancelled_has_failed() -> None:
    @saga("upset")
    async def upset(ctx: SagaContext) -> None:
        try:
            await ctx.sleep(HOUR)
        except Cancelled:
            raise LookupError from None

    play = Play(upset)
    play.turn(ENOUGH)

    assert play.instance.status is Status.FAILED


def test_the_cancelling_of_one_handle_is_no_cancel_of_the_instance() -> None:
    @saga("careless")
    async def careless(ctx: SagaContext) -> None:
        call = ctx.call(ADD, 1)
        call.cancel()
        await call

    play = Play(careless)

    assert play.instance.status is Status.FAILED
    assert play.instance.failure is not None
    assert play.instance.failure.type == "durable.errors.Cancelled"


def test_branches_are_not_told_of_a_cancel_and_go_on_while_the_saga_cleans_up() -> None:
    @saga("branching")
    async def branching(ctx: SagaContext) -> list[int]:
        async def line() -> int:
            return await ctx.wait_for_event("e", int)

        branch = ctx.spawn(line())
        try:
            await ctx.sleep(HOUR)
        except Cancelled:
            return [await branch]
        return []

    play = Play(branching)
    assert play.kinds(ENOUGH) == ["CancelRequested"]
    play.turn(raised("e", 4))

    assert play.instance.output == [4]


def test_a_cancel_that_comes_with_the_start_meets_the_first_await() -> None:
    play = Play(waiting)
    instance = play.replayed()

    assert kinds(instance.turn([ENOUGH, ENOUGH], play.history[-1].at).events) == ["CancelRequested", "SagaCancelled"]


def test_a_call_that_was_asked_to_give_up_can_still_be_given_up() -> None:
    @saga("twice")
    async def twice(ctx: SagaContext) -> str:
        call = ctx.call(ADD, 1)
        try:
            await call
        except Cancelled:
            call.cancel()
            await ctx.wait_for_event("e", int)
        return "over"

    play = Play(twice)

    turn = play.turn(ENOUGH)

    assert [event.given_up for event in turn.events if isinstance(event, ActivityCancelRequested)] == [False, True]
    assert play.kinds(completed(1, 3)) == ["ActivityCompleted"]
    play.turn(raised("e", 1))
    assert play.instance.output == "over"
    assert len(play.of(ActivityScheduled)) == 1
