import pytest

from durable import SagaContext, Status, saga
from durable.events import (
    ActivityFailed,
    Blocked,
    HistoryEvent,
    SagaStarted,
    SagaTerminated,
    TimerFired,
    Unblocked,
)
from durable.failure import Failure
from orchestrator.engine import Instance, Unreadable, Verdict
from tests.support.drive import IDENTITY, NOON
from tests.support.fitting_sagas import at_second_step, completed, fitting, go, unfitting
from tests.support.tables import ADD, UNDO_ADD, begun, kinds, numbered, replayed, setup_of


def blocked_history(*inbox: HistoryEvent) -> list[HistoryEvent]:
    history = at_second_step()
    instance = replayed(unfitting, history)
    return [*history, *instance.turn(inbox, NOON).events]


def test_code_that_fits_no_more_blocks_its_instance_with_the_exact_difference() -> None:
    instance = replayed(unfitting, at_second_step())

    turn = instance.turn([], NOON)

    line = unfitting.function.__code__.co_firstlineno + 3
    assert turn.events == numbered(
        Blocked(
            expected="ActivityScheduled 'math.add' (label 'second')",
            found="ActivityScheduled 'math.undo-add'",
            task_id=2,
            location=f"{unfitting.function.__code__.co_filename}:{line}",
        ),
        first=5,
    )
    assert (turn.status, turn.head_changed, turn.outbox) == (Status.BLOCKED, True, ())


def test_a_mismatch_is_pending_until_it_is_in_the_history() -> None:
    instance = replayed(unfitting, at_second_step())

    assert (instance.status, instance.pending) == (Status.BLOCKED, True)
    turn = instance.turn([], NOON)
    assert not instance.pending
    assert not replayed(unfitting, [*at_second_step(), *turn.events]).pending


def test_another_mismatch_is_told_again() -> None:
    @saga("chain")
    async def otherwise(ctx: SagaContext) -> list[int]:
        await ctx.sleep(NOON)
        return []

    assert replayed(otherwise, blocked_history()).pending


def test_a_blocked_instance_records_what_comes_and_runs_no_code() -> None:
    instance = replayed(unfitting, blocked_history())

    turn = instance.turn([completed(2, 20), completed(2, 20), go(3)], NOON)

    assert kinds(turn.events) == ["ActivityCompleted", "EventReceived"]
    assert turn.events[0].sequence == 6
    assert getattr(turn.events[0], "label", None) == "second"
    assert instance.unread_events == 1
    assert instance.judge(completed(2)) is Verdict.STALE
    assert instance.judge(completed(3)) is Verdict.AHEAD
    assert not instance.is_open(2, 1)


def test_fitting_code_takes_up_in_order_what_came_in_the_meantime() -> None:
    history = blocked_history(completed(2, 20), go(30))

    instance = replayed(fitting, history)
    waiting = (instance.status, instance.pending, instance.mismatch, instance.unread_events)
    turn = instance.turn([], NOON)

    assert waiting == (Status.BLOCKED, True, None, 1)
    assert kinds(turn.events) == ["Unblocked", "SagaCompleted"]
    assert instance.output == [10, 20, 30]
    assert turn.head_changed
    assert replayed(fitting, [*history, *turn.events]).output == [10, 20, 30]
    assert replayed(fitting, [*history, *turn.events]).mismatch is None


def test_a_replay_over_a_repaired_instance_goes_on_where_it_stands() -> None:
    history = blocked_history(completed(2, 20))
    history += replayed(fitting, history).turn([], NOON).events

    instance = replayed(fitting, history)

    assert kinds(history)[-2:] == ["ActivityCompleted", "Unblocked"]
    assert (instance.status, instance.pending, instance.mismatch) == (Status.RUNNING, False, None)
    instance.turn([go(30)], NOON)
    assert instance.output == [10, 20, 30]


def test_a_failure_recorded_while_blocked_is_tried_again_once_repaired() -> None:
    @saga("chain")
    async def sleeper(ctx: SagaContext) -> list[int]:
        await ctx.sleep(NOON)
        return []

    _, first = begun(fitting)
    failure = ActivityFailed(task_id=1, failure=Failure("E", "no"), message_id="m")
    history = [*first.events, *replayed(sleeper, first.events).turn([failure], NOON).events]
    instance = replayed(fitting, history)
    history += instance.turn([completed(1, 10)], NOON).events

    assert kinds(history)[2:] == ["Blocked", "ActivityFailed", "Unblocked", "ActivityScheduled"]
    assert replayed(fitting, history).mismatch is None
    assert replayed(fitting, history).is_open(1, 2)


def test_what_came_too_late_while_blocked_is_passed_over_live_and_on_replay() -> None:
    @saga("race")
    async def race(ctx: SagaContext) -> int:
        slow, fast = ctx.call(ADD, 1), ctx.call(ADD, 2)
        await fast
        slow.cancel()
        return await ctx.call(ADD, 3)

    @saga("race")
    async def other(ctx: SagaContext) -> int:
        return await ctx.call(UNDO_ADD, 1)

    _, first = begun(race)
    history = [*first.events, *replayed(other, first.events).turn([completed(2), completed(1)], NOON).events]
    turn = replayed(race, history).turn([], NOON)

    assert kinds(turn.events) == ["Unblocked", "ActivityCancelRequested", "ActivityScheduled"]
    assert replayed(race, [*history, *turn.events]).mismatch is None


def test_a_blocked_instance_can_be_terminated() -> None:
    history = blocked_history()
    turn = replayed(unfitting, history).turn([SagaTerminated(reason="enough")], NOON)

    assert kinds(turn.events) == ["SagaTerminated"]
    assert turn.status is Status.TERMINATED
    for code in (fitting, unfitting):
        again = replayed(code, [*history, *turn.events])
        assert (again.status, again.pending) == (Status.TERMINATED, False)


def test_an_ended_instance_is_never_blocked_but_its_mismatch_is_known() -> None:
    history = at_second_step()
    history += replayed(fitting, history).turn([completed(2), go(1)], NOON).events

    instance = replayed(unfitting, history)

    assert (instance.status, instance.pending) == (Status.COMPLETED, False)
    assert instance.mismatch is not None


def test_unblocked_without_anything_in_between_changes_nothing_but_the_status() -> None:
    history = blocked_history()
    turn = replayed(fitting, history).turn([], NOON)

    assert turn.events == numbered(Unblocked(), first=6)
    assert turn.status is Status.RUNNING


def test_an_instance_whose_turn_cannot_be_run_is_blocked_with_the_fault() -> None:
    instance = replayed(fitting, at_second_step())

    instance.block("the engine failed")
    turn = instance.turn([completed(2, 20)], NOON)

    assert kinds(turn.events) == ["Blocked", "ActivityCompleted"]
    assert dict(instance.reasons)["found"] == "the engine failed"
    assert not instance.pending


def test_an_instance_blocked_before_its_start_starts_once_repaired() -> None:
    instance = Instance.new(IDENTITY, setup_of(fitting))
    instance.block("too large")
    history = [*instance.turn([SagaStarted(saga="chain", message_id="m")], NOON).events]

    again = replayed(fitting, history)
    turn = again.turn([], NOON)

    assert kinds(history) == ["Blocked", "SagaStarted"]
    assert kinds(turn.events) == ["Unblocked", "ActivityScheduled"]
    assert again.status is Status.RUNNING
    assert replayed(fitting, [*history, *turn.events]).mismatch is None


def test_an_instance_whose_history_cannot_be_read_takes_everything_and_runs_nothing() -> None:
    unreadable = Unreadable(IDENTITY, 4, "kind 'New'", pending=True)
    unreadable.block("more")

    turn = unreadable.turn([completed(9)], NOON)
    later = unreadable.turn([go(1)], NOON)
    unreadable.close()

    assert kinds(turn.events) == ["Blocked", "ActivityCompleted"]
    assert [event.sequence for event in (*turn.events, *later.events)] == [5, 6, 7]
    assert (turn.status, turn.head_changed, later.head_changed) == (Status.BLOCKED, True, False)
    assert unreadable.is_open(9, 1)
    assert unreadable.judge(go(2)) is Verdict.TAKE
    assert dict(unreadable.reasons)["found"] == "kind 'New'; more"


@pytest.mark.parametrize(
    "stale",
    [
        completed(1, 99),
        completed(2, 99, attempt=7),
        ActivityFailed(task_id=2, attempt=7, failure=Failure("E", "no")),
        completed(50),
        TimerFired(task_id=60, due=NOON),
        SagaStarted(saga="chain", version="1"),
    ],
    ids=repr,
)
def test_what_was_taken_unread_and_means_nothing_is_passed_over(stale: HistoryEvent) -> None:
    recorded = numbered(Blocked(), stale, completed(2, 20), go(30), first=5)

    instance = replayed(fitting, [*at_second_step(), *recorded])
    turn = instance.turn([], NOON)

    assert instance.output == [10, 20, 30]
    assert replayed(fitting, [*at_second_step(), *recorded, *turn.events]).mismatch is None
