from durable import ActivityError, SagaContext, Status, saga
from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    CompensationRegistered,
    CompensationStarted,
    EventReceived,
    HistoryEvent,
    SagaCompensated,
    SagaCompensationFailed,
)
from durable.failure import Failure
from durable.retry import RetryPolicy
from tests.support.drive import NOON
from tests.support.tables import ADD, ELSEWHERE, UNDO_ADD, begun, kinds, numbered, replayed


def completed(task_id: int, output: int = 0) -> HistoryEvent:
    return ActivityCompleted(task_id=task_id, output=output)


def failed(task_id: int, attempt: int = 1, *, retryable: bool = False) -> HistoryEvent:
    return ActivityFailed(task_id=task_id, attempt=attempt, failure=Failure("E", "no", retryable=retryable))


@saga("two-undos")
async def two_undos(ctx: SagaContext) -> None:
    ctx.compensate(UNDO_ADD, 1)
    ctx.compensate(UNDO_ADD, 2)
    raise ValueError("over")


@saga("with-undo")
async def with_undo(ctx: SagaContext) -> None:
    await ctx.call(ADD, 1, compensate_with=UNDO_ADD, label="x")
    await ctx.call(ADD, 2)


@saga("parallel")
async def parallel(ctx: SagaContext) -> None:
    await ctx.gather(*(ctx.call(ADD, number, compensate_with=UNDO_ADD) for number in range(3)))


def test_when_a_saga_raises_its_undos_run_one_after_the_other_last_first() -> None:
    instance, first = begun(two_undos)

    second = instance.turn([completed(3)], NOON)
    third = instance.turn([completed(4)], NOON)

    assert first.events[1:3] == numbered(
        CompensationRegistered(task_id=1, name="math.undo-add", input=1),
        CompensationRegistered(task_id=2, name="math.undo-add", input=2),
        first=2,
    )
    started = first.events[3]
    assert isinstance(started, CompensationStarted)
    assert (started.failure.type, started.failure.message) == ("ValueError", "over")
    undo = ActivityScheduled(task_id=3, name="math.undo-add", input=2, compensates=2)
    assert first.events[4:] == numbered(undo, first=5)
    assert first.outbox == (("lifecycle", 0), ("command", 4))
    assert (first.status, first.head_changed) == (Status.COMPENSATING, True)
    assert (
        second.events[1]
        == numbered(ActivityScheduled(task_id=4, name="math.undo-add", input=1, compensates=1), first=7)[0]
    )
    assert kinds(third.events) == ["ActivityCompleted", "SagaCompensated"]
    assert (instance.status, third.outbox) == (Status.COMPENSATED, (("lifecycle", 1),))
    assert instance.failure == started.failure


def test_a_step_registers_its_undo_with_its_result_when_it_completes() -> None:
    instance, first = begun(with_undo)

    turn = instance.turn([completed(1, 10)], NOON)

    assert kinds(first.events) == ["SagaStarted", "ActivityScheduled"]
    assert (
        turn.events[1]
        == numbered(CompensationRegistered(task_id=2, name="math.undo-add", label="x", input=10), first=4)[0]
    )


def test_a_step_that_failed_registers_nothing() -> None:
    instance, _ = begun(with_undo)

    turn = instance.turn([failed(1)], NOON)

    assert kinds(turn.events) == ["ActivityFailed", "SagaFailed"]


def test_a_failed_undo_does_not_stop_the_others_and_is_listed() -> None:
    instance, _ = begun(two_undos)

    instance.turn([failed(3)], NOON)
    turn = instance.turn([completed(4)], NOON)

    end = turn.events[-1]
    assert isinstance(end, SagaCompensationFailed)
    assert end.not_undone == (2,)
    assert instance.status is Status.COMPENSATION_FAILED


def test_an_undo_is_tried_ten_times_unless_given_a_policy() -> None:
    @saga("impatient")
    async def impatient(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1, retry=RetryPolicy(max_attempts=1))
        ctx.compensate(UNDO_ADD, 2)
        raise ValueError

    instance, _ = begun(impatient)
    attempts = [instance.turn([failed(3, number, retryable=True)], NOON) for number in range(1, 11)]

    assert [kinds(turn.events)[-1] for turn in attempts] == ["ActivityScheduled"] * 10
    last = attempts[-1].events[-1]
    assert isinstance(last, ActivityScheduled)
    assert (last.task_id, last.compensates) == (4, 1)
    assert kinds(instance.turn([failed(4, retryable=True)], NOON).events) == [
        "ActivityFailed",
        "SagaCompensationFailed",
    ]


def test_an_undo_without_a_queue_is_listed_as_not_undone() -> None:
    @saga("lost-undo")
    async def lost_undo(ctx: SagaContext) -> None:
        ctx.compensate(ELSEWHERE, 1)
        raise ValueError

    instance, turn = begun(lost_undo)

    assert kinds(turn.events)[-3:] == ["ActivityScheduled", "ActivityFailed", "SagaCompensationFailed"]
    assert replayed(lost_undo, turn.events).mismatch is None
    assert instance.status is Status.COMPENSATION_FAILED


def test_a_caught_failure_undoes_nothing() -> None:
    @saga("catching")
    async def catching(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, 1)
        try:
            await ctx.call(ADD, 2)
        except ActivityError:
            return

    instance, _ = begun(catching)
    turn = instance.turn([failed(2)], NOON)

    assert kinds(turn.events) == ["ActivityFailed", "SagaCompleted"]


def test_steps_that_still_run_when_the_saga_raises_are_waited_for_and_undone_too() -> None:
    instance, _ = begun(parallel)

    raised = instance.turn([completed(2, 20), failed(1)], NOON)
    landed = instance.turn([completed(3, 30)], NOON)
    undone = [instance.turn([completed(task)], NOON) for task in (6, 7)]

    assert kinds(raised.events)[2:] == ["ActivityFailed", "CompensationStarted"]
    assert kinds(landed.events) == ["ActivityCompleted", "CompensationRegistered", "ActivityScheduled"]
    assert [event.input for event in [*landed.events, *undone[0].events] if isinstance(event, ActivityScheduled)] == [
        30,
        20,
    ]
    assert isinstance(undone[1].events[-1], SagaCompensated)


def test_a_step_that_fails_while_undos_run_is_not_tried_again() -> None:
    policy = RetryPolicy(max_attempts=5)

    @saga("given-up")
    async def given_up(ctx: SagaContext) -> None:
        ctx.call(ADD, 1, retry=policy, compensate_with=UNDO_ADD)
        raise ValueError

    instance, first = begun(given_up)
    turn = instance.turn([failed(1, retryable=True)], NOON)

    assert kinds(first.events) == ["SagaStarted", "ActivityScheduled", "CompensationStarted"]
    assert kinds(turn.events) == ["ActivityFailed", "SagaCompensated"]
    assert replayed(given_up, [*first.events, *turn.events]).mismatch is None


def test_other_steps_and_events_change_nothing_once_the_saga_has_raised() -> None:
    @saga("leaving")
    async def leaving(ctx: SagaContext) -> None:
        ctx.call(ADD, 1)
        ctx.wait_for_event("e", int)
        ctx.compensate(UNDO_ADD, 1)
        raise ValueError

    instance, _ = begun(leaving)

    assert kinds(instance.turn([completed(1)], NOON).events) == ["ActivityCompleted"]
    assert kinds(instance.turn([EventReceived(name="e", payload=1)], NOON).events) == ["EventReceived"]
    assert instance.unread_events == 1


def test_an_undo_whose_input_cannot_be_sent_raises_where_it_is_registered() -> None:
    @saga("bad-undo")
    async def bad_undo(ctx: SagaContext) -> None:
        ctx.compensate(UNDO_ADD, "one")  # type: ignore[misc]

    instance, turn = begun(bad_undo)

    assert kinds(turn.events) == ["SagaStarted", "SagaFailed"]
    assert instance.failure is not None
    assert instance.failure.type == "TypeError"
