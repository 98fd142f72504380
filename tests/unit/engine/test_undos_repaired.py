from typing import Any

from durable import SagaContext, Status, saga
from durable.events import (
    ActivityScheduled,
    CancelRequested,
    CompensationSkipped,
    EventReceived,
    ParentTask,
    Resumed,
    SagaTerminated,
    Suspended,
)
from durable.retry import RetryPolicy
from orchestrator.engine import Verdict
from tests.support.drive import NOON
from tests.support.plays import Play, completed, failed, raised
from tests.support.tables import ADD, UNDO_ADD, kinds

ONCE = RetryPolicy(max_attempts=1)


@saga("three")
async def three(ctx: SagaContext) -> None:
    for number in range(3):
        ctx.compensate(UNDO_ADD, number, retry=ONCE)
    await ctx.wait_for_event("e", int)
    raise ValueError("over")


@saga("three")
async def other(ctx: SagaContext) -> None:
    await ctx.call(ADD, 1)


def stuck(*facts: CancelRequested | EventReceived, **start: Any) -> Play:
    """An instance of which the first and the last undo have failed."""
    play = Play(three, **start)
    play.turn(*(facts or (raised("e", 1),)))
    play.turn(failed(4))
    play.turn(completed(5))
    play.turn(failed(6))
    assert play.instance.status is Status.COMPENSATION_FAILED
    assert play.instance.not_undone == (3, 1)
    return play


def test_resumed_the_failed_undos_run_again_in_their_order() -> None:
    play = stuck()

    turn = play.turn(Resumed(reason="try"))
    assert (kinds(turn.events), turn.status, turn.head_changed) == (
        ["Resumed", "ActivityScheduled"],
        Status.COMPENSATING,
        True,
    )
    assert play.instance.end is None
    play.turn(completed(7))
    play.turn(completed(8))

    assert play.instance.status is Status.COMPENSATED
    assert [event.compensates for event in play.of(ActivityScheduled)] == [3, 2, 1, 3, 1]


def test_an_undo_that_fails_again_is_listed_again() -> None:
    play = stuck()
    play.turn(Resumed())
    play.turn(completed(7))
    turn = play.turn(failed(8))

    assert (turn.status, play.instance.not_undone) == (Status.COMPENSATION_FAILED, (1,))
    play.turn(Resumed())
    play.turn(completed(9))
    assert play.instance.status is Status.COMPENSATED


def test_skipped_undos_are_settled_and_with_none_left_everything_is_undone() -> None:
    play = stuck()

    assert play.kinds(CompensationSkipped(task_id=3, reason="by hand")) == ["CompensationSkipped"]
    assert (play.instance.status, play.instance.not_undone) == (Status.COMPENSATION_FAILED, (1,))
    assert play.instance.judge(CompensationSkipped(task_id=3)) is Verdict.STALE
    assert play.kinds(CompensationSkipped(task_id=1)) == ["CompensationSkipped", "SagaCompensated"]
    assert play.instance.status is Status.COMPENSATED
    assert play.instance.judge(Resumed()) is Verdict.STALE


def test_one_skipped_the_other_runs_again() -> None:
    play = stuck()
    play.turn(CompensationSkipped(task_id=3), Resumed())
    play.turn(completed(7))

    assert play.instance.status is Status.COMPENSATED
    assert play.of(ActivityScheduled)[-1].compensates == 1


def test_a_skip_while_undos_run_is_stale() -> None:
    play = stuck()

    assert play.kinds(Resumed(), CompensationSkipped(task_id=3), Resumed()) == [
        "Resumed",
        "ActivityScheduled",
        "Resumed",
    ]


def test_a_cancelled_instance_ends_cancelled_once_its_undos_are_done() -> None:
    play = stuck(CancelRequested(reason="enough"))
    play.turn(CompensationSkipped(task_id=1))

    assert play.kinds(CompensationSkipped(task_id=3)) == ["CompensationSkipped", "SagaCancelled"]
    assert play.instance.status is Status.CANCELLED


def test_nothing_else_reaches_an_instance_whose_undos_failed() -> None:
    play = stuck()

    for event in (CancelRequested(), Suspended(), SagaTerminated(), raised("e", 1), completed(4)):
        assert play.instance.judge(event) is Verdict.STALE


def test_a_parent_learns_of_each_end() -> None:
    play = stuck(parent=ParentTask(instance_id="p", run="r", execution=1, task_id=1))
    turn = play.turn(CompensationSkipped(task_id=3), CompensationSkipped(task_id=1))

    assert turn.outbox == (("lifecycle", 2), ("outcome", 2))


def test_resumed_under_code_that_does_not_fit_it_is_blocked_and_goes_on_once_repaired() -> None:
    play = stuck()
    play.deploy(other)
    assert not play.instance.pending

    turn = play.instance.turn([Resumed()], NOON)
    play.history += turn.events
    assert (kinds(turn.events), turn.status) == (["Blocked", "Resumed"], Status.BLOCKED)
    assert not play.instance.pending

    play.deploy(three)
    assert play.instance.pending
    assert play.kinds() == ["Unblocked", "ActivityScheduled"]
    play.turn(completed(7))
    play.turn(completed(8))
    assert play.instance.status is Status.COMPENSATED


def test_a_skip_under_code_that_does_not_fit_is_taken_once_it_is_repaired() -> None:
    play = stuck()
    play.deploy(other)
    turn = play.instance.turn([CompensationSkipped(task_id=1), CompensationSkipped(task_id=3)], NOON)
    play.history += turn.events
    assert kinds(turn.events) == ["Blocked", "CompensationSkipped", "CompensationSkipped"]
    assert not play.instance.pending

    play.deploy(three)
    assert play.kinds() == ["Unblocked", "SagaCompensated"]
