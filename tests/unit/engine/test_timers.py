from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from durable import Cancelled, SagaContext, saga
from durable.events import (
    ActivityCompleted,
    HistoryEvent,
    SagaCompleted,
    SagaStarted,
    TimerCancelled,
    TimerCreated,
    TimerFired,
)
from orchestrator.engine import Instance, Turn, Verdict
from tests.support.drive import NOON
from tests.support.tables import ADD, begun, kinds, numbered, replayed

HOUR = timedelta(hours=1)


def sleeping(until: Any) -> tuple[Instance, Turn]:
    @saga("sleeping")
    async def sleep_until(ctx: SagaContext) -> datetime:
        await ctx.sleep(until)
        return ctx.now

    return begun(sleep_until)


def test_a_sleep_sets_a_timer_that_is_sent_for_its_due_time() -> None:
    _, turn = sleeping(HOUR)

    assert turn.events == numbered(
        SagaStarted(saga="sleeping", version="1", message_id="start"),
        TimerCreated(task_id=1, name="sleep", due=NOON + HOUR),
    )
    assert turn.outbox == (("lifecycle", 0), ("timer", 1))


@pytest.mark.parametrize(
    ("until", "due"),
    [
        (timedelta(0), NOON),
        (-HOUR, NOON),
        (NOON - HOUR, NOON),
        (NOON + HOUR, NOON + HOUR),
        (datetime(2025, 6, 1, 15, tzinfo=timezone(2 * HOUR)), NOON + HOUR),
    ],
    ids=["none", "negative", "past", "point in time", "other time zone"],
)
def test_a_sleep_is_due_when_it_says_but_never_before_now(until: Any, due: datetime) -> None:
    _, turn = sleeping(until)

    created = turn.events[1]
    assert isinstance(created, TimerCreated)
    assert created.due == due
    assert created.due.tzinfo is UTC


@pytest.mark.parametrize("until", [datetime(2025, 6, 1), 5], ids=["without a time zone", "a number"])  # noqa: DTZ001
def test_a_sleep_until_something_unclear_raises_and_sets_no_timer(until: Any) -> None:
    instance, turn = sleeping(until)

    assert kinds(turn.events) == ["SagaStarted", "SagaFailed"]
    assert instance.failure is not None
    assert instance.failure.type == "TypeError"


def test_time_in_the_saga_is_never_before_the_due_time_of_the_timer_that_fired() -> None:
    instance, _ = sleeping(HOUR)

    turn = instance.turn([TimerFired(task_id=1, due=NOON + HOUR)], NOON + HOUR / 2)

    assert turn.events == numbered(
        TimerFired(task_id=1, name="sleep", due=NOON + HOUR),
        SagaCompleted(output="2025-06-01T13:00:00Z"),
        first=3,
        at=NOON + HOUR,
    )
    assert turn.at == NOON + HOUR


def test_time_in_the_saga_never_goes_back() -> None:
    instance, _ = sleeping(HOUR)

    turn = instance.turn([TimerFired(task_id=1, due=NOON)], NOON - HOUR)

    assert turn.at == NOON + HOUR


def test_a_cancelled_timer_is_told_by_the_history_and_its_message_is_ignored() -> None:
    @saga("impatient")
    async def impatient(ctx: SagaContext) -> str:
        timer = ctx.sleep(HOUR)
        await ctx.call(ADD, 1)
        timer.cancel()
        try:
            await timer
        except Cancelled:
            await ctx.call(ADD, 2)
        return ""

    instance, first = begun(impatient)
    turn = instance.turn([ActivityCompleted(task_id=2, output=1)], NOON)

    assert turn.events[1] == numbered(TimerCancelled(task_id=1, name="sleep"), first=5)[0]
    assert kinds(turn.events) == ["ActivityCompleted", "TimerCancelled", "ActivityScheduled"]
    assert instance.judge(TimerFired(task_id=1, due=NOON)) is Verdict.STALE
    assert not instance.is_open(1, 1)
    assert replayed(impatient, [*first.events, *turn.events]).mismatch is None


def test_a_timer_set_and_cancelled_in_one_turn_is_not_sent() -> None:
    @saga("hasty")
    async def hasty(ctx: SagaContext) -> None:
        ctx.sleep(HOUR).cancel()
        await ctx.call(ADD, 1)

    _, turn = begun(hasty)

    assert kinds(turn.events) == ["SagaStarted", "TimerCreated", "TimerCancelled", "ActivityScheduled"]
    assert turn.outbox == (("lifecycle", 0), ("command", 3))


def test_a_timer_still_open_when_the_saga_ends_in_its_turn_is_not_sent() -> None:
    @saga("brief")
    async def brief(ctx: SagaContext) -> None:
        ctx.sleep(HOUR)

    instance, turn = begun(brief)

    assert turn.outbox == (("lifecycle", 0), ("lifecycle", 2))
    assert not instance.is_open(1, 1)


def test_timers_fire_in_the_order_in_which_they_come() -> None:
    order: list[int] = []

    @saga("two-timers")
    async def two_timers(ctx: SagaContext) -> None:
        late, soon = ctx.sleep(2 * HOUR), ctx.sleep(HOUR)
        await soon
        order.append(1)
        await late
        order.append(2)

    instance, _ = begun(two_timers)
    fired: list[HistoryEvent] = [TimerFired(task_id=task, due=NOON + 2 * HOUR) for task in (1, 2)]
    turn = instance.turn(fired, NOON + 3 * HOUR)

    assert kinds(turn.events) == ["TimerFired", "TimerFired", "SagaCompleted"]
    assert order == [1, 2]


def test_cancelling_a_timer_that_has_fired_changes_nothing() -> None:
    @saga("late-cancel")
    async def late_cancel(ctx: SagaContext) -> str:
        timer = ctx.sleep(HOUR)
        await timer
        timer.cancel()
        await timer
        return "fired"

    instance, _ = begun(late_cancel)
    turn = instance.turn([TimerFired(task_id=1, due=NOON + HOUR)], NOON + HOUR)

    assert kinds(turn.events) == ["TimerFired", "SagaCompleted"]
    assert instance.output == "fired"
