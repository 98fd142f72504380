from datetime import timedelta

from pydantic import BaseModel

from durable import Cancelled, EventInvalid, EventTimeout, SagaContext, saga
from durable.events import (
    ActivityCompleted,
    EventReceived,
    SagaCompleted,
    SagaStarted,
    TimerCancelled,
    TimerCreated,
    TimerFired,
)
from orchestrator.engine import Instance, Verdict
from tests.support.drive import NOON
from tests.support.tables import ADD, begun, kinds, numbered, replayed

DAY = timedelta(days=1)


class Approval(BaseModel):
    by: str


def approved(by: str = "me") -> EventReceived:
    return EventReceived(name="approval", payload={"by": by}, message_id=by)


@saga("approving")
async def approving(ctx: SagaContext) -> str:
    return (await ctx.wait_for_event("approval", Approval)).by


@saga("deadline")
async def deadline(ctx: SagaContext) -> str:
    try:
        return (await ctx.wait_for_event("approval", Approval, timeout=DAY)).by
    except EventTimeout as error:
        return f"{error.name} after {error.timeout.days}"


@saga("late-reader")
async def late_reader(ctx: SagaContext) -> list[str]:
    await ctx.call(ADD, 1)
    return [(await ctx.wait_for_event("approval", Approval, timeout=DAY)).by for _ in "12"]


def test_an_awaited_event_gives_its_payload() -> None:
    instance, first = begun(approving)

    turn = instance.turn([approved()], NOON)

    assert kinds(first.events) == ["SagaStarted"]
    assert turn.events == numbered(approved(), SagaCompleted(output="me"), first=2)


def test_an_event_of_another_name_is_kept_and_counted_as_unread() -> None:
    instance, _ = begun(approving)

    turn = instance.turn([EventReceived(name="other", payload=1)], NOON)

    assert kinds(turn.events) == ["EventReceived"]
    assert instance.unread_events == 1
    instance.turn([approved()], NOON)
    assert instance.unread_events == 1


def test_events_that_came_before_the_wait_are_taken_in_order_of_arrival() -> None:
    instance, _ = begun(late_reader)

    instance.turn([approved("a"), approved("b"), approved("c")], NOON)
    turn = instance.turn([ActivityCompleted(task_id=1, output=1)], NOON)

    assert instance.output == ["a", "b"]
    assert kinds(turn.events) == ["ActivityCompleted", "SagaCompleted"]
    assert instance.unread_events == 1


def test_an_event_in_time_cancels_the_timer_of_its_timeout() -> None:
    instance, first = begun(deadline)

    turn = instance.turn([approved()], NOON)

    assert first.events == numbered(
        SagaStarted(saga="deadline", version="1", message_id="start"),
        TimerCreated(task_id=1, name="approval", due=NOON + DAY),
    )
    assert turn.events == numbered(
        approved(), TimerCancelled(task_id=1, name="approval"), SagaCompleted(output="me"), first=3
    )
    assert instance.judge(TimerFired(task_id=1, due=NOON)) is Verdict.STALE


def test_a_wait_without_an_event_in_time_raises() -> None:
    instance, _ = begun(deadline)

    instance.turn([TimerFired(task_id=1, due=NOON + DAY)], NOON + DAY)

    assert instance.output == "approval after 1"


def test_an_event_after_the_timeout_is_kept_for_the_next_wait() -> None:
    @saga("second-chance")
    async def second_chance(ctx: SagaContext) -> str:
        try:
            await ctx.wait_for_event("approval", Approval, timeout=DAY)
        except EventTimeout:
            await ctx.call(ADD, 1)
        return (await ctx.wait_for_event("approval", Approval)).by

    instance, _ = begun(second_chance)
    instance.turn([TimerFired(task_id=1, due=NOON + DAY), approved()], NOON + DAY)
    instance.turn([ActivityCompleted(task_id=2, output=1)], NOON + DAY)

    assert instance.output == "me"


def test_an_event_and_its_timer_in_one_turn_count_in_their_order() -> None:
    in_time, _ = begun(deadline)
    too_late, _ = begun(deadline)
    fired = TimerFired(task_id=1, due=NOON + DAY)

    in_time.turn([approved(), fired], NOON + DAY)
    turn = too_late.turn([fired, approved()], NOON + DAY)

    assert in_time.output == "me"
    assert too_late.output == "approval after 1"
    assert kinds(turn.events) == ["TimerFired", "SagaCompleted"]


def test_a_payload_that_does_not_fit_raises_at_the_await_and_is_taken() -> None:
    @saga("strict")
    async def strict(ctx: SagaContext) -> list[str]:
        try:
            await ctx.wait_for_event("approval", Approval)
        except EventInvalid as error:
            return [error.name, error.reasons[0][0]]
        return []

    instance, _ = begun(strict)
    instance.turn([EventReceived(name="approval", payload={"from": 1})], NOON)

    assert instance.output == ["approval", "by"]
    assert instance.unread_events == 0


def test_a_cancelled_wait_leaves_the_event_to_the_next() -> None:
    @saga("changing-mind")
    async def changing_mind(ctx: SagaContext) -> str:
        first = ctx.wait_for_event("approval", Approval, timeout=DAY)
        second = ctx.wait_for_event("approval", Approval)
        first.cancel()
        try:
            await first
        except Cancelled:
            return (await second).by
        return ""

    instance, turn = begun(changing_mind)
    instance.turn([approved("x")], NOON)

    assert kinds(turn.events) == ["SagaStarted", "TimerCreated", "TimerCancelled"]
    assert instance.output == "x"


def test_a_kept_event_is_given_without_a_timer_on_replay_too() -> None:
    instance, first = begun(late_reader)
    history = [*first.events]
    for event in (approved("a"), approved("b")):
        history += instance.turn([event], NOON).events

    again = replayed(late_reader, history)

    assert again.unread_events == 2
    assert kinds(again.turn([ActivityCompleted(task_id=1, output=1)], NOON).events) == [
        "ActivityCompleted",
        "SagaCompleted",
    ]


def test_polling_with_a_timeout_leaves_no_waits_behind() -> None:
    @saga("polling")
    async def polling(ctx: SagaContext) -> None:
        while True:
            try:
                await ctx.wait_for_event("never", int, timeout=DAY)
            except EventTimeout:
                continue

    instance: Instance = begun(polling)[0]
    for task in range(1, 50):
        instance.turn([TimerFired(task_id=task, due=NOON)], NOON)
    waits = instance._execution.mailbox._waits["never"]

    assert len(waits) == 1


def test_cancelling_a_wait_whose_event_came_changes_nothing() -> None:
    @saga("late-cancel")
    async def late_cancel(ctx: SagaContext) -> str:
        wait = ctx.wait_for_event("approval", Approval)
        await wait
        wait.cancel()
        return (await wait).by

    instance, _ = begun(late_cancel)
    instance.turn([approved("x")], NOON)

    assert instance.output == "x"


def test_a_timeout_that_cannot_be_told_raises_and_leaves_no_wait_behind() -> None:
    @saga("for-ever")
    async def for_ever(ctx: SagaContext) -> str:
        try:
            ctx.wait_for_event("approval", Approval, timeout=timedelta.max)
        except OverflowError:
            return (await ctx.wait_for_event("approval", Approval)).by
        return ""

    instance, _ = begun(for_ever)
    instance.turn([approved("x")], NOON)

    assert instance.output == "x"
