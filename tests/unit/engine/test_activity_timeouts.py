from datetime import timedelta

import pytest

from durable import Activity, ActivityError, ActivityTimeout, OutcomeUnknown, RetryPolicy, SagaContext, Timeouts, saga
from durable.events import ActivityFailed, ActivityScheduled
from durable.failure import ACTIVITY_TIMEOUT, OUTCOME_UNKNOWN, Failure
from orchestrator.engine import Verdict
from tests.support.drive import NOON
from tests.support.plays import Play, failed
from tests.support.tables import ADD, numbered

HOUR = timedelta(hours=1)
ONCE = Activity("math.add", int, int, on_redelivery="fail")
ALL = Timeouts(
    schedule_to_start=HOUR,
    start_to_close=timedelta(seconds=90),
    schedule_to_close=5 * HOUR,
    heartbeat=timedelta(seconds=7.5),
)
NO = Failure("E", "no")


@saga("timed")
async def timed(ctx: SagaContext) -> list[object]:
    try:
        return [
            await ctx.call(ADD, 1, timeouts=ALL, retry=RetryPolicy(max_attempts=9, first_delay=HOUR, jitter="none"))
        ]
    except ActivityTimeout as error:
        return [error.kind]
    except ActivityError as error:
        return [error.failure.type]


def late(kind: str, *, retryable: bool = False) -> Failure:
    return Failure(ACTIVITY_TIMEOUT, "too late", details={"kind": kind}, retryable=retryable)


def test_a_call_says_all_four_of_its_time_outs() -> None:
    turn = Play(timed).first

    scheduled = ActivityScheduled(
        task_id=1,
        name="math.add",
        input=1,
        start_by=NOON + HOUR,
        deadline=NOON + 5 * HOUR,
        start_to_close=90.0,
        heartbeat=7.5,
    )
    assert turn.events[1:] == numbered(scheduled, first=2)
    assert turn.outbox == (("lifecycle", 0), ("command", 1), ("timeout", 1))


@pytest.mark.parametrize("timeouts", [Timeouts(start_to_close=HOUR), Timeouts(heartbeat=HOUR)])
def test_time_outs_that_the_worker_counts_need_no_message(timeouts: Timeouts) -> None:
    @saga("counted")
    async def counted(ctx: SagaContext) -> None:
        await ctx.call(ADD, 1, timeouts=timeouts)

    assert Play(counted).first.outbox == (("lifecycle", 0), ("command", 1))


def test_the_next_attempt_has_its_own_start_by_and_the_last_detail_of_the_one_before() -> None:
    play = Play(timed)

    turn = play.turn(ActivityFailed(task_id=1, failure=NO, heartbeat={"page": 7}))

    following = turn.events[1]
    assert isinstance(following, ActivityScheduled)
    assert (following.attempt, following.due, following.start_by) == (2, NOON + timedelta(minutes=1), None) or (
        following.start_by == following.due + HOUR  # type: ignore[operator]
    )
    assert (following.deadline, following.last_heartbeat) == (NOON + 5 * HOUR, {"page": 7})
    assert turn.outbox == (("command", 1), ("timeout", 1))


def test_the_time_out_of_the_whole_call_is_sent_once() -> None:
    @saga("closing")
    async def closing(ctx: SagaContext) -> None:
        await ctx.call(ADD, 1, timeouts=Timeouts(schedule_to_close=HOUR), retry=RetryPolicy(max_attempts=2))

    play = Play(closing)

    assert play.first.outbox == (("lifecycle", 0), ("command", 1), ("timeout", 1))
    assert play.turn(failed(1)).outbox == (("command", 1),)


@pytest.mark.parametrize("kind", ["schedule_to_start", "schedule_to_close"])
def test_a_time_out_that_ends_the_call_says_which_it_was(kind: str) -> None:
    play = Play(timed)
    play.turn(failed(1, attempt=1 if kind == "schedule_to_start" else 0, failure=late(kind)), after=HOUR)

    assert play.instance.output == [kind]


def test_a_time_out_of_one_attempt_is_followed_by_another() -> None:
    play = Play(timed)

    assert play.kinds(failed(1, failure=late("heartbeat", retryable=True))) == ["ActivityFailed", "ActivityScheduled"]


def test_a_time_out_of_an_attempt_that_was_answered_is_stale() -> None:
    play = Play(timed)
    play.turn(failed(1))

    assert play.instance.judge(failed(1, attempt=1, failure=late("schedule_to_start"))) is Verdict.STALE
    assert play.instance.judge(failed(1, attempt=0, failure=late("schedule_to_close"))) is Verdict.TAKE


def test_no_attempt_begins_after_the_time_of_the_whole_call() -> None:
    play = Play(timed)
    play.turn(failed(1), after=5 * HOUR)

    assert play.instance.output == ["E"]


def test_a_call_that_must_not_run_twice_says_so_and_its_unknown_outcome_has_an_error_of_its_own() -> None:
    @saga("once")
    async def once(ctx: SagaContext) -> str:
        try:
            await ctx.call(ONCE, 1)
        except OutcomeUnknown as error:
            return error.failure.message
        return ""

    play = Play(once)
    assert play.of(ActivityScheduled)[0].once
    play.turn(failed(1, failure=Failure(OUTCOME_UNKNOWN, "died", retryable=False)))

    assert play.instance.output == "died"
