import pytest

from durable import RetryPolicy, SagaContext, saga
from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    EventReceived,
    HistoryEvent,
    SagaCompleted,
    SagaStarted,
    SagaTerminated,
    TimerFired,
)
from durable.failure import Failure
from orchestrator.engine import Instance, Verdict
from tests.support.drive import IDENTITY, NOON
from tests.support.tables import ADD, begun, setup_of


@saga("waiting")
async def waiting(ctx: SagaContext) -> None:
    ctx.call(ADD, 1, retry=RetryPolicy(max_attempts=9))
    ctx.sleep(NOON)
    await ctx.call(ADD, 3)


def failed(task_id: int, attempt: int = 1) -> HistoryEvent:
    return ActivityFailed(task_id=task_id, attempt=attempt, failure=Failure("E", "no"))


def at_second_attempt() -> Instance:
    instance, _ = begun(waiting)
    instance.turn([failed(1)], NOON)
    return instance


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (SagaStarted(saga="waiting"), Verdict.STALE),
        (failed(1), Verdict.STALE),
        (failed(1, 2), Verdict.TAKE),
        (failed(1, 3), Verdict.AHEAD),
        (ActivityCompleted(task_id=1, attempt=2), Verdict.TAKE),
        (ActivityCompleted(task_id=2), Verdict.STALE),
        (ActivityCompleted(task_id=3), Verdict.TAKE),
        (ActivityCompleted(task_id=4), Verdict.AHEAD),
        (TimerFired(task_id=1, due=NOON), Verdict.STALE),
        (TimerFired(task_id=2, due=NOON), Verdict.TAKE),
        (TimerFired(task_id=4, due=NOON), Verdict.AHEAD),
        (EventReceived(name="e"), Verdict.TAKE),
        (SagaTerminated(), Verdict.TAKE),
        (SagaCompleted(), Verdict.STALE),
    ],
    ids=repr,
)
def test_an_event_is_judged_by_what_is_open(event: HistoryEvent, verdict: Verdict) -> None:
    instance = at_second_attempt()
    count = instance.event_count

    assert instance.judge(event) is verdict
    assert instance.event_count == count


@pytest.mark.parametrize(
    ("event", "verdict"),
    [
        (SagaStarted(saga="waiting"), Verdict.TAKE),
        (ActivityCompleted(task_id=1), Verdict.AHEAD),
        (TimerFired(task_id=1, due=NOON), Verdict.AHEAD),
        (EventReceived(name="e"), Verdict.AHEAD),
    ],
    ids=repr,
)
def test_before_the_start_only_a_start_can_be_taken(event: HistoryEvent, verdict: Verdict) -> None:
    assert Instance.new(IDENTITY, setup_of(waiting)).judge(event) is verdict


@pytest.mark.parametrize(
    "event",
    [SagaStarted(saga="waiting"), failed(1, 2), TimerFired(task_id=2, due=NOON), EventReceived(name="e")],
    ids=repr,
)
def test_once_ended_everything_is_stale(event: HistoryEvent) -> None:
    instance = at_second_attempt()
    instance.turn([ActivityCompleted(task_id=3, output=1)], NOON)

    assert instance.judge(event) is Verdict.STALE
    assert instance.turn([event], NOON).events == ()


def test_what_is_ahead_is_never_dropped_silently() -> None:
    instance = at_second_attempt()

    with pytest.raises(ValueError, match="judge it first"):
        instance.turn([failed(9)], NOON)


@pytest.mark.parametrize(
    ("task_id", "attempt", "is_open"),
    [(1, 1, False), (1, 2, True), (1, 3, False), (2, 1, True), (3, 1, True), (4, 1, False)],
)
def test_a_task_is_open_while_its_present_attempt_or_timer_is(task_id: int, attempt: int, is_open: object) -> None:
    assert at_second_attempt().is_open(task_id, attempt) is is_open
