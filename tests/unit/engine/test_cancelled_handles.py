from datetime import timedelta

from durable import Cancelled, SagaContext, saga
from durable.events import ActivityCompleted, CancelRequested, EventReceived, SagaStarted
from orchestrator.engine import Instance, Verdict
from tests.support.drive import IDENTITY, NOON
from tests.support.tables import ADD, begun, kinds, replayed, setup_of


def test_a_cancelled_call_raises_at_once_and_its_outcome_is_ignored() -> None:
    @saga("giving-up")
    async def giving_up(ctx: SagaContext) -> int:
        slow = ctx.call(ADD, 1)
        await ctx.call(ADD, 2)
        slow.cancel()
        assert slow.done
        try:
            await slow
        except Cancelled:
            return await ctx.call(ADD, 3)
        return 0

    instance, first = begun(giving_up)
    turn = instance.turn([ActivityCompleted(task_id=2, output=0)], NOON)

    assert kinds(turn.events) == ["ActivityCompleted", "ActivityCancelRequested", "ActivityScheduled"]
    assert turn.outbox == (("cancel", 1), ("command", 2))
    assert not instance.is_open(1, 1)
    late = instance.turn([ActivityCompleted(task_id=1, output=9)], NOON)
    assert kinds(late.events) == ["ActivityCompleted"]
    assert instance.judge(ActivityCompleted(task_id=1)) is Verdict.STALE
    assert replayed(giving_up, [*first.events, *turn.events, *late.events]).mismatch is None


def test_a_call_scheduled_and_cancelled_in_one_turn_is_not_sent() -> None:
    @saga("hasty")
    async def hasty(ctx: SagaContext) -> None:
        ctx.call(ADD, 1).cancel()
        await ctx.call(ADD, 2)

    _, turn = begun(hasty)

    assert kinds(turn.events) == [
        "SagaStarted",
        "ActivityScheduled",
        "ActivityCancelRequested",
        "ActivityScheduled",
    ]
    assert turn.outbox == (("lifecycle", 0), ("command", 3))


def test_cancelling_what_is_done_changes_nothing() -> None:
    @saga("late-cancel")
    async def late_cancel(ctx: SagaContext) -> int:
        handle = ctx.call(ADD, 1)
        await handle
        handle.cancel()
        return await handle

    instance, _ = begun(late_cancel)
    instance.turn([ActivityCompleted(task_id=1, output=2)], NOON)

    assert instance.output == 2


def test_a_call_cancelled_by_a_later_fact_of_its_turn_is_sent_as_if_the_facts_had_come_one_by_one() -> None:
    @saga("second-thoughts")
    async def second_thoughts(ctx: SagaContext) -> None:
        slow = ctx.call(ADD, 1)
        await ctx.wait_for_event("stop", object)
        slow.cancel()
        await ctx.sleep(timedelta(hours=1))

    instance = Instance.new(IDENTITY, setup_of(second_thoughts))
    started = SagaStarted(saga="second-thoughts", message_id="start")
    turn = instance.turn([started, EventReceived(name="stop", message_id="e")], NOON)

    assert kinds(turn.events)[1:4] == ["ActivityScheduled", "EventReceived", "ActivityCancelRequested"]
    assert turn.outbox == (("lifecycle", 0), ("command", 1), ("cancel", 3), ("timer", 4))


def test_a_call_that_is_given_up_once_its_instance_is_cancelled_is_still_asked_to_end() -> None:
    @saga("giving-up")
    async def giving_up(ctx: SagaContext) -> None:
        slow = ctx.call(ADD, 1)
        try:
            await ctx.sleep(timedelta(hours=1))
        except Cancelled:
            slow.cancel()

    instance, _ = begun(giving_up)
    turn = instance.turn([CancelRequested(reason="enough", message_id="c")], NOON)

    assert ("cancel", kinds(turn.events).index("ActivityCancelRequested")) in turn.outbox
