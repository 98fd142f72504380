from datetime import timedelta

import pytest

from durable import AlreadyExists, ChildSagaError, DeadlineExceeded, RetryPolicy, SagaContext, Status, saga
from durable.events import ActivityCancelRequested, ChildStarted, CompensationRegistered, SagaTerminated
from durable.failure import CHILD_EXISTS, DEADLINE_EXCEEDED, RESULT_MISMATCH, Failure
from durable.ids import instance_id_for
from orchestrator.engine import Verdict
from tests.support.drive import NOON
from tests.support.plays import Play, child_completed, child_failed, completed, fired, raised
from tests.support.tables import ADD, UNDO_ADD, kinds, numbered

HOUR = timedelta(hours=1)
FATAL = Failure("durable.ChildSagaError", "ended Failed", cause=Failure("shop.NoStock", "none left"))


@saga("child", version="1")
async def child(ctx: SagaContext, number: int) -> int:
    return number


@saga("parent")
async def parent(ctx: SagaContext, retry: int) -> int:
    policy = RetryPolicy(max_attempts=retry, first_delay=HOUR, jitter="none", max_delay=HOUR, non_retryable=("Fatal",))
    return await ctx.call_saga(child, 1, retry=policy, label="c")


@saga("timed")
async def timed(ctx: SagaContext) -> str:
    try:
        await ctx.call_saga(child, 1, timeout=HOUR, retry=RetryPolicy(max_attempts=5))
    except DeadlineExceeded as error:
        return str(error)
    return ""


def test_a_child_is_started_under_an_id_that_follows_from_its_parent() -> None:
    play = Play(parent, 1, tags={"a": 1})

    started = ChildStarted(
        task_id=1,
        name="child",
        label="c",
        instance_id=instance_id_for("a", "child", "1.1"),
        input=1,
        tags={"a": 1},
    )
    assert play.first.events[1:] == numbered(started, first=2)
    assert play.first.outbox == (("lifecycle", 0), ("child", 1))
    play.turn(child_completed(1, 7))
    assert play.instance.output == 7


def test_an_id_and_tags_can_be_given() -> None:
    @saga("giving")
    async def giving(ctx: SagaContext) -> None:
        await ctx.call_saga(child, 1, instance_id="order-7", tags={"b": None, "c": "d"})

    [started] = Play(giving, tags={"a": 1}).of(ChildStarted)

    assert (started.instance_id, started.tags) == ("order-7", {"b": None, "c": "d"})


def test_a_child_that_failed_raises_with_what_it_ended_with() -> None:
    @saga("catching")
    async def catching(ctx: SagaContext) -> list[object]:
        try:
            await ctx.call_saga(child, 1, instance_id="c")
        except ChildSagaError as error:
            return [error.saga, error.instance_id, error.status, error.failure.cause == FATAL.cause]
        return []

    play = Play(catching)
    play.turn(child_failed(1, failure=FATAL, status="Compensated"))

    assert play.instance.output == ["child", "c", "Compensated", True]


def test_a_saga_that_lets_the_failure_of_a_child_through_tells_its_cause() -> None:
    play = Play(parent, 1)
    play.turn(child_failed(1, failure=FATAL))

    assert play.instance.failure is not None
    assert play.instance.failure.cause == FATAL.cause


def test_each_retry_is_a_new_attempt_of_the_same_child() -> None:
    play = Play(parent, 2)
    turn = play.turn(child_failed(1, failure=FATAL))

    again = turn.events[1]
    assert isinstance(again, ChildStarted)
    assert (again.attempt, again.due, again.instance_id) == (2, NOON + HOUR, play.of(ChildStarted)[0].instance_id)
    assert turn.outbox == (("child", 1),)
    assert play.instance.judge(child_completed(1, 1)) is Verdict.STALE
    play.turn(child_completed(1, 5, attempt=2))
    assert play.instance.output == 5


@pytest.mark.parametrize(
    "failure",
    [
        Failure("durable.ChildSagaError", "no", retryable=False, cause=Failure("E", "no")),
        Failure("durable.ChildSagaError", "no", cause=Failure("shop.Fatal", "no")),
        Failure("shop.Fatal", "no"),
    ],
)
def test_a_policy_is_asked_about_what_the_child_ended_with(failure: Failure) -> None:
    play = Play(parent, 5)

    assert play.kinds(child_failed(1, failure=failure)) == ["ChildFailed", "SagaFailed"]


def test_a_child_that_takes_too_long_is_given_up_and_asked_to_cancel() -> None:
    play = Play(timed)
    assert play.first.outbox == (("lifecycle", 0), ("child", 1), ("timeout", 1))
    over = Failure(DEADLINE_EXCEEDED, "took longer than an hour", retryable=False)

    turn = play.turn(child_failed(1, attempt=0, failure=over), after=HOUR)

    assert kinds(turn.events) == ["ChildFailed", "ActivityCancelRequested", "SagaCompleted"]
    assert turn.outbox == (("cancel", 1), ("lifecycle", 2))
    assert play.instance.output == "took longer than an hour"
    assert play.instance.judge(child_completed(1, 1)) is Verdict.STALE


def test_no_attempt_begins_after_the_time_of_a_child() -> None:
    play = Play(timed)

    assert play.kinds(child_failed(1, failure=FATAL), after=2 * HOUR) == ["ChildFailed", "SagaFailed"]


def test_the_time_of_a_child_is_over_all_its_attempts() -> None:
    play = Play(timed)
    turn = play.turn(child_failed(1, failure=FATAL))

    assert turn.outbox == (("child", 1),)
    assert play.of(ChildStarted)[1].deadline == NOON + HOUR
    over = Failure(DEADLINE_EXCEEDED, "over", retryable=False)
    play.turn(child_failed(1, attempt=0, failure=over), after=HOUR)
    assert play.instance.output == "over"


def test_an_id_that_is_taken_raises_already_exists() -> None:
    @saga("colliding")
    async def colliding(ctx: SagaContext) -> str:
        try:
            await ctx.call_saga(child, 1, instance_id="taken", retry=RetryPolicy(max_attempts=1))
        except AlreadyExists as error:
            return str(error)
        return ""

    play = Play(colliding)
    play.turn(child_failed(1, failure=Failure(CHILD_EXISTS, "instance 'taken' exists", retryable=False)))

    assert play.instance.output == "instance 'taken' exists"


def test_a_result_that_does_not_fit_is_a_failure_of_the_child() -> None:
    play = Play(parent, 1)
    play.turn(child_completed(1, "seven"))

    assert play.instance.failure is not None
    assert play.instance.failure.type == "durable.errors.ChildSagaError"
    assert play.instance.failure.cause is not None
    assert play.instance.failure.cause.type == RESULT_MISMATCH


def test_what_undoes_a_child_is_registered_with_its_result() -> None:
    @saga("undoing")
    async def undoing(ctx: SagaContext) -> None:
        await ctx.call_saga(child, 1, compensate_with=UNDO_ADD)
        raise ValueError

    play = Play(undoing)
    turn = play.turn(child_completed(1, 7))

    assert kinds(turn.events)[1:] == ["CompensationRegistered", "CompensationStarted", "ActivityScheduled"]
    assert play.of(CompensationRegistered)[0].input == 7


def test_a_cancelled_child_is_told_and_its_late_outcome_is_recorded_and_ignored() -> None:
    @saga("dropping")
    async def dropping(ctx: SagaContext) -> int:
        called = ctx.call_saga(child, 1)
        await ctx.sleep(HOUR)
        called.cancel()
        return await ctx.wait_for_event("e", int)

    play = Play(dropping)
    turn = play.turn(fired(2, HOUR))
    assert turn.outbox == (("cancel", 1),)

    assert play.kinds(child_completed(1, 1)) == ["ChildCompleted"]
    play.turn(raised("e", 4))
    assert play.instance.output == 4


def test_a_child_that_is_cancelled_in_the_turn_that_made_it_is_never_started() -> None:
    @saga("hasty")
    async def hasty(ctx: SagaContext) -> None:
        ctx.call_saga(child, 1, timeout=HOUR).cancel()
        await ctx.call(ADD, 1)

    assert Play(hasty).first.outbox == (("lifecycle", 0), ("command", 3))


def test_a_saga_that_returns_or_raises_asks_children_that_run_to_cancel() -> None:
    @saga("leaving")
    async def leaving(ctx: SagaContext) -> None:
        ctx.call_saga(child, 1)
        if await ctx.wait_for_event("e", bool):
            raise ValueError

    for fails in (True, False):
        play = Play(leaving)
        turn = play.turn(raised("e", fails))

        assert kinds(turn.events)[1] == "ActivityCancelRequested"
        asked = turn.events[1]
        assert isinstance(asked, ActivityCancelRequested)
        assert (asked.given_up, asked.terminates, asked.reason) == (True, False, "its parent has ended")


def test_when_undos_begin_children_that_run_are_given_up() -> None:
    @saga("undoing")
    async def undoing(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        ctx.call_saga(child, 1)
        ctx.call_saga(child, 2, compensate_with=UNDO_ADD)
        await ctx.sleep(HOUR)
        raise ValueError

    play = Play(undoing)
    assert play.kinds(fired(4, HOUR)) == ["TimerFired", "CompensationStarted", "ActivityCancelRequested"]
    assert play.kinds(child_completed(2, 1)) == ["ChildCompleted"]
    assert play.kinds(child_completed(3, 9)) == ["ChildCompleted", "CompensationRegistered", "ActivityScheduled"]
    play.turn(completed(6))
    play.turn(completed(7))
    assert play.instance.status is Status.COMPENSATED


def test_terminating_leaves_a_child_alone_unless_it_is_to_reach_all() -> None:
    alone = Play(parent, 1).turn(SagaTerminated(reason="off"))
    all_ = Play(parent, 1).turn(SagaTerminated(reason="off", recursive=True))

    assert (kinds(alone.events), alone.outbox) == (["SagaTerminated"], (("lifecycle", 0),))
    asked = all_.events[1]
    assert isinstance(asked, ActivityCancelRequested)
    assert (asked.terminates, asked.reason) == (True, "off")
    assert all_.outbox == (("lifecycle", 0), ("cancel", 1))
