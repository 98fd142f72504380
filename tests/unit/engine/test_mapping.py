from typing import Any

import pytest

from durable import Cancelled, MapEnd, MapFailed, MapResult, RetryPolicy, SagaContext, saga
from durable.events import ActivityCompleted, ActivityFailed, ActivityScheduled, HistoryEvent
from durable.failure import Failure
from tests.support.drive import NOON
from tests.support.tables import ADD, ELSEWHERE, begun, kinds

seen: list[MapResult[Any]] = []


def mapping(count: int, width: int | None = None, activity: Any = ADD, retry: RetryPolicy | None = None) -> Any:
    @saga("mapping")
    async def mapped(ctx: SagaContext) -> list[int]:
        seen.clear()
        try:
            result = await ctx.map(activity, range(count), max_concurrency=width, retry=retry, label="m")
        except MapFailed as error:
            seen.append(error.result)
            raise
        seen.append(result)
        return result.outputs

    return mapped


def completed(task_id: int, output: int = 0) -> HistoryEvent:
    return ActivityCompleted(task_id=task_id, output=output)


def failed(task_id: int, attempt: int = 1) -> HistoryEvent:
    return ActivityFailed(task_id=task_id, attempt=attempt, failure=Failure("E", f"no {task_id}"))


def scheduled(events: Any) -> list[object]:
    return [event.input for event in events if isinstance(event, ActivityScheduled)]


def test_a_map_starts_everything_if_no_limit_is_given() -> None:
    _, turn = begun(mapping(4))

    assert scheduled(turn.events) == [0, 1, 2, 3]
    assert {event.label for event in turn.events if isinstance(event, ActivityScheduled)} == {"m"}


def test_a_map_runs_at_most_the_given_number_at_a_time() -> None:
    instance, turn = begun(mapping(4, width=2))

    after_one = instance.turn([completed(2)], NOON)
    after_two = instance.turn([completed(1), completed(3)], NOON)

    assert scheduled(turn.events) == [0, 1]
    assert scheduled(after_one.events) == [2]
    assert scheduled(after_two.events) == [3]


def test_a_map_gives_the_outputs_in_the_order_of_the_inputs() -> None:
    instance, _ = begun(mapping(3))

    instance.turn([completed(3, 30), completed(1, 10), completed(2, 20)], NOON)

    assert instance.output == [10, 20, 30]
    assert seen[0].reason is MapEnd.ALL_COMPLETED
    assert seen[0].succeeded == [(0, 10), (1, 20), (2, 30)]


def test_after_a_failure_a_map_starts_nothing_and_asks_what_runs_to_cancel() -> None:
    instance, _ = begun(mapping(4, width=2))

    turn = instance.turn([failed(1)], NOON)

    assert kinds(turn.events) == ["ActivityFailed", "ActivityCancelRequested", "SagaFailed"]
    assert turn.outbox == (("cancel", 1), ("lifecycle", 2))
    assert seen[0].succeeded == []
    assert [(index, failure.message) for index, failure in seen[0].failed] == [(0, "no 1")]
    assert seen[0].not_started == [2, 3]
    assert seen[0].reason is MapEnd.TOLERANCE_EXCEEDED


def test_a_failed_map_tells_counts_and_the_first_failure() -> None:
    instance, _ = begun(mapping(3))

    instance.turn([failed(2), failed(1), completed(3)], NOON)

    assert instance.failure is not None
    assert instance.failure.message == (
        "map of 'math.add': 1 failed, 0 succeeded, 0 were not started; the first failure was of item 1: E: no 2"
    )


def test_an_item_is_tried_again_by_the_policy_of_the_map() -> None:
    instance, _ = begun(mapping(1, retry=RetryPolicy(max_attempts=2)))

    turn = instance.turn([failed(1)], NOON)
    instance.turn([ActivityCompleted(task_id=1, attempt=2, output=1)], NOON)

    assert kinds(turn.events) == ["ActivityFailed", "ActivityScheduled"]
    assert instance.output == [1]


def test_a_map_over_nothing_gives_an_empty_result_at_once() -> None:
    instance, _ = begun(mapping(0, width=3))

    assert instance.output == []


def test_a_map_to_a_worker_without_a_queue_tries_one_item_only() -> None:
    instance, turn = begun(mapping(3, activity=ELSEWHERE))

    assert kinds(turn.events) == ["SagaStarted", "ActivityScheduled", "ActivityFailed", "SagaFailed"]
    assert instance.failure is not None
    assert seen[0].not_started == [1, 2]


@pytest.mark.parametrize(("inputs", "width"), [([1, object()], None), ([1], 0)], ids=["no JSON", "no width"])
def test_what_is_wrong_with_a_map_raises_before_anything_is_scheduled(inputs: list[Any], width: int | None) -> None:
    @saga("wrong")
    async def wrong(ctx: SagaContext) -> None:
        await ctx.map(ADD, inputs, max_concurrency=width)

    _, turn = begun(wrong)

    assert kinds(turn.events) == ["SagaStarted", "SagaFailed"]


def test_a_cancelled_map_gives_up_what_runs_and_starts_nothing() -> None:
    @saga("cancelling")
    async def cancelling(ctx: SagaContext) -> str:
        items = ctx.map(ADD, range(5), max_concurrency=2)
        await ctx.call(ADD, 9)
        items.cancel()
        try:
            await items
        except Cancelled:
            await ctx.call(ADD, 10)
        return ""

    instance, _ = begun(cancelling)
    turn = instance.turn([completed(3)], NOON)

    assert scheduled(turn.events) == [10]
    assert not instance.is_open(1, 1)


def test_one_failure_in_a_later_item_is_listed_by_its_index() -> None:
    instance, _ = begun(mapping(5, width=1))

    for task in (1, 2):
        instance.turn([completed(task)], NOON)
    instance.turn([failed(3)], NOON)

    assert [index for index, _ in seen[0].failed] == [2]


def test_a_result_with_a_missing_output_says_so_when_all_outputs_are_asked_for() -> None:
    partial: MapResult[int] = MapResult([(0, 1)], [], [1], MapEnd.MINIMUM_REACHED)

    with pytest.raises(MapFailed, match="0 failed and 1 were not started") as caught:
        _ = partial.outputs

    assert caught.value.result.not_started == [1]
