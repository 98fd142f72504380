from datetime import timedelta
from typing import Any

from durable import DeadlineExceeded, EventTimeout, RetryPolicy, SagaContext, Status, saga
from durable.events import StatusSet, TimerCreated
from tests.support.drive import NOON
from tests.support.plays import Play, completed, failed, fired, raised
from tests.support.tables import ADD

HOUR = timedelta(hours=1)


def asking(deadline: timedelta = 3 * HOUR, **asked: Any) -> Play:
    @saga("asking")
    async def ask(ctx: SagaContext) -> object:
        try:
            return await ctx.approval("ok", bool, deadline=deadline, **asked)
        except EventTimeout as error:
            return str(error)

    return Play(ask)


def told(play: Play) -> list[tuple[str | None, object, object]]:
    return [(one.announces, one.value["due"], one.value["reminders"]) for one in play.of(StatusSet)]


def test_an_approval_is_asked_for_and_given() -> None:
    play = asking()
    assert play.first.outbox == (("lifecycle", 0), ("lifecycle", 1), ("timer", 2))
    assert play.of(StatusSet)[0].value == {
        "approval": "ok",
        "state": "requested",
        "due": "2025-06-01T15:00:00+00:00",
        "reminders": 0,
        "escalate_to": None,
    }
    play.turn(raised("ok", payload=True))

    assert play.instance.output is True


def test_an_approval_that_nobody_gives_times_out() -> None:
    play = asking()
    play.turn(fired(1, 3 * HOUR), after=3 * HOUR)

    assert "'ok'" in str(play.instance.output)


def test_who_should_decide_is_reminded_until_the_deadline() -> None:
    play = asking(remind_every=2 * HOUR)
    assert [one.due for one in play.of(TimerCreated)] == [NOON + 2 * HOUR]
    play.turn(fired(1, 2 * HOUR), after=2 * HOUR)
    assert [one.due for one in play.of(TimerCreated)] == [NOON + 2 * HOUR, NOON + 3 * HOUR]
    assert told(play)[1:] == [("saga.approval-reminder", "2025-06-01T15:00:00+00:00", 1)]
    play.turn(fired(2, 3 * HOUR), after=3 * HOUR)

    assert play.instance.status is Status.COMPLETED


def test_after_the_deadline_somebody_else_has_as_long() -> None:
    play = asking(escalate_to="boss")
    play.turn(fired(1, 3 * HOUR), after=3 * HOUR)
    assert told(play)[1:] == [("saga.approval-escalated", "2025-06-01T18:00:00+00:00", 0)]
    play.turn(raised("ok", payload=False), after=4 * HOUR)

    assert play.instance.output is False


def test_an_escalation_that_nobody_answers_times_out_too() -> None:
    play = asking(escalate_to="boss")
    play.turn(fired(1, 3 * HOUR), after=3 * HOUR)
    play.turn(fired(2, 6 * HOUR), after=6 * HOUR)

    assert play.instance.status is Status.COMPLETED


def polling(timeout: timedelta | None = None, until: Any = lambda value: value > 1) -> Play:
    @saga("polling")
    async def poll(ctx: SagaContext) -> object:
        try:
            return await ctx.poll(ADD, 1, until=until, every=HOUR, timeout=timeout, retry=RetryPolicy(max_attempts=2))
        except DeadlineExceeded as error:
            return str(error)

    return Play(poll)


def test_an_activity_is_polled_until_its_result_is_what_is_waited_for() -> None:
    play = polling()
    assert play.kinds(completed(1, 1)) == ["ActivityCompleted", "TimerCreated"]
    assert play.kinds(fired(2, HOUR), after=HOUR) == ["TimerFired", "ActivityScheduled"]
    assert play.kinds(failed(3)) == ["ActivityFailed", "ActivityScheduled"]
    play.turn(completed(3, 5, attempt=2))

    assert play.instance.output == 5


def test_polling_ends_in_time() -> None:
    play = polling(timeout=2 * HOUR)
    play.turn(completed(2, 1))
    play.turn(fired(1, 2 * HOUR), after=2 * HOUR)

    assert play.instance.output == "polling 'math.add' did not give what is waited for within 2:00:00"


def test_a_poll_that_comes_round_in_time_leaves_no_timer() -> None:
    play = polling(timeout=2 * HOUR)

    assert play.kinds(completed(2, 7)) == ["ActivityCompleted", "TimerCancelled", "SagaCompleted"]


def test_a_condition_of_a_poll_that_raises_fails_the_saga() -> None:
    def broken(value: int) -> bool:
        raise LookupError

    play = polling(until=broken)
    play.turn(completed(1, 1))

    assert play.instance.failure is not None
    assert play.instance.failure.message == "expected `until` to give a bool for a result of 'math.add'; it raised"


def test_an_interrupted_approval_and_poll_give_up() -> None:
    @saga("giving-up")
    async def giving_up(ctx: SagaContext) -> str:
        for wait in (ctx.approval("ok", bool, deadline=9 * HOUR), ctx.poll(ADD, 1, until=bool, every=HOUR)):
            try:
                async with ctx.timeout(HOUR):
                    await wait
            except DeadlineExceeded:
                continue
        await ctx.call(ADD, 5)
        return "over"

    play = Play(giving_up)
    timers = {one.name: one.task_id for one in play.of(TimerCreated)}
    play.turn(fired(timers["timeout"], HOUR), after=HOUR)
    later = play.of(TimerCreated)[-1]
    play.turn(fired(later.task_id, 2 * HOUR), after=2 * HOUR)

    assert [one.kind for one in play.instance.waiting].count("event") == 0
