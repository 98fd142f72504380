import pytest

from durable import ActivityError, SagaContext, Status, saga
from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    EventReceived,
)
from orchestrator.engine.rewinding import cut, failed_step, refed
from tests.support.rewound import NO, lived, rewound, trip, whole_trip
from tests.support.tables import ADD, ELSEWHERE, kinds


def test_the_history_that_these_tests_rewind() -> None:
    assert kinds(whole_trip()) == [
        "SagaStarted",
        "ActivityScheduled",
        "ActivityCompleted",
        "EventReceived",
        "TimerCreated",
        "EventReceived",
        "TimerFired",
        "ActivityScheduled",
        "ActivityFailed",
        "SagaFailed",
    ]


@pytest.mark.parametrize(
    ("to", "kept", "again"),
    [
        (1, 0, ["SagaStarted", "EventReceived", "EventReceived"]),
        (2, 2, ["EventReceived", "EventReceived"]),
        (3, 2, ["EventReceived", "EventReceived"]),
        (4, 3, ["EventReceived", "EventReceived"]),
        (5, 6, []),
        (6, 5, ["EventReceived"]),
        (7, 6, []),
        (8, 8, []),
        (9, 8, []),
        (10, 8, ["ActivityFailed"]),
    ],
)
def test_a_history_is_cut_before_a_fact_and_what_came_from_outside_is_given_again(
    to: int, kept: int, again: list[str]
) -> None:
    history = whole_trip()

    assert cut(history, to) == kept
    assert kinds(refed(history, to)) == again
    assert {event.sequence for event in refed(history, to)} <= {0}


@pytest.mark.parametrize("to", [-1, 0, 11])
def test_an_event_that_the_history_does_not_have_is_refused(to: int) -> None:
    with pytest.raises(ValueError, match=f"expected an event of the history, 1 to 10, to rewind to; found {to}"):
        cut(whole_trip(), to)


def test_a_failure_that_no_step_led_to_is_rewound_to_the_fact_before_it() -> None:
    @saga("raising")
    async def raising(ctx: SagaContext) -> None:
        await ctx.call(ADD, 1)
        raise ValueError

    history = lived(raising, ActivityCompleted(task_id=1, output=0))

    assert failed_step(history) == 4
    assert kinds(refed(history, 4)) == ["ActivityCompleted"]


def test_a_step_whose_failure_was_raised_as_the_cause_of_another_is_the_failed_one() -> None:
    @saga("wrapping")
    async def wrapping(ctx: SagaContext) -> None:
        await ctx.call(ADD, 1)
        try:
            await ctx.gather(ctx.call(ADD, 2), ctx.call(ADD, 3))
        except ActivityError as error:
            raise LookupError("no seat") from error

    history = lived(
        wrapping,
        ActivityCompleted(task_id=1, output=0),
        ActivityCompleted(task_id=2, output=0),
        ActivityFailed(task_id=3, failure=NO),
    )

    assert history[failed_step(history) - 1] == next(
        event for event in history if isinstance(event, ActivityScheduled) and event.task_id == 3
    )


def test_the_event_of_a_start_is_given_again_once() -> None:
    history = lived(trip, data=1, event=("paid", 5))

    _, turn = rewound(trip, history, 1)

    assert kinds(turn.events) == ["Rewound", "SagaStarted", "ActivityScheduled", "EventReceived"]


def test_a_new_execution_can_be_rewound_to_its_mark() -> None:
    _, turn = rewound(trip, whole_trip(), 1)

    assert kinds(refed(turn.events, 1)) == ["SagaStarted", "EventReceived", "EventReceived"]


def test_a_step_without_an_outcome_is_cut_before_what_ended_the_execution() -> None:
    @saga("leaving")
    async def leaving(ctx: SagaContext) -> int:
        ctx.call(ADD, 1)
        return await ctx.wait_for_event("e", int)

    history = lived(leaving, EventReceived(name="e", payload=1))

    assert (cut(history, 2), kinds(refed(history, 2))) == (2, ["EventReceived"])
    instance, _ = rewound(leaving, history, 2)
    assert instance.status is Status.COMPLETED


def test_a_call_that_had_no_queue_is_cut_before_the_fact_that_led_to_it() -> None:
    @saga("queueless")
    async def queueless(ctx: SagaContext) -> list[object]:
        await ctx.call(ADD, 1)
        return await ctx.gather(ctx.call(ELSEWHERE, 1), ctx.call(ADD, 2), return_exceptions=True)

    history = lived(queueless, ActivityCompleted(task_id=1, output=0))
    scheduled = next(event for event in history if event.sequence == 4)
    assert isinstance(scheduled, ActivityScheduled)

    assert (cut(history, 4), kinds(refed(history, 4))) == (2, ["ActivityCompleted"])
    assert rewound(queueless, history, 4)[1].taken == 1


def test_a_failure_of_a_step_that_was_caught_is_not_what_a_later_failure_is_retried_at() -> None:
    @saga("caught")
    async def caught(ctx: SagaContext) -> None:
        await ctx.gather(ctx.call(ADD, 1), return_exceptions=True)
        await ctx.call(ADD, 2)
        raise ValueError

    history = lived(caught, ActivityFailed(task_id=1, failure=NO), ActivityCompleted(task_id=2, output=0))

    assert failed_step(history) == len(history)
