import pytest

from durable import ActivityError, Cancelled, SagaContext, saga
from durable.errors import NotDurable
from durable.events import ActivityCompleted, ActivityFailed, HistoryEvent
from durable.failure import Failure
from tests.support.drive import NOON
from tests.support.tables import ADD, ELSEWHERE, begun, kinds


def completed(task_id: int, output: int = 0) -> HistoryEvent:
    return ActivityCompleted(task_id=task_id, output=output)


def failed(task_id: int, type_: str) -> HistoryEvent:
    return ActivityFailed(task_id=task_id, failure=Failure(type_, "no"))


@saga("three")
async def three(ctx: SagaContext) -> list[int]:
    return await ctx.gather(*(ctx.call(ADD, number) for number in range(3)))


@saga("lenient")
async def lenient(ctx: SagaContext) -> list[str]:
    found = await ctx.gather(*(ctx.call(ADD, number) for number in range(3)), return_exceptions=True)
    return [type(value).__name__ for value in found]


def test_gather_gives_the_values_in_argument_order() -> None:
    instance, turn = begun(three)

    instance.turn([completed(3, 30), completed(1, 10)], NOON)
    instance.turn([completed(2, 20)], NOON)

    assert kinds(turn.events) == ["SagaStarted", *["ActivityScheduled"] * 3]
    assert instance.output == [10, 20, 30]


def test_gather_raises_the_first_failure_in_the_order_of_history() -> None:
    instance, _ = begun(three)

    turn = instance.turn([completed(2), failed(3, "Third"), failed(1, "First")], NOON)

    assert kinds(turn.events) == ["ActivityCompleted", "ActivityFailed", "SagaFailed"]
    assert instance.failure is not None
    assert "Third" in instance.failure.message


def test_the_siblings_of_a_failure_go_on_and_can_be_awaited() -> None:
    @saga("siblings")
    async def siblings(ctx: SagaContext) -> int:
        good, bad = ctx.call(ADD, 1), ctx.call(ADD, 2)
        try:
            await ctx.gather(good, bad)
        except ActivityError:
            return await good
        return 0

    instance, _ = begun(siblings)
    instance.turn([failed(2, "E")], NOON)
    instance.turn([completed(1, 9)], NOON)

    assert instance.output == 9


def test_gather_may_give_failures_as_values() -> None:
    instance, _ = begun(lenient)

    instance.turn([failed(2, "E"), completed(1), completed(3)], NOON)

    assert instance.output == ["int", "ActivityError", "int"]


def test_gather_of_nothing_gives_nothing_at_once() -> None:
    @saga("nothing")
    async def nothing(ctx: SagaContext) -> list[int]:
        return await ctx.gather()

    instance, _ = begun(nothing)

    assert instance.output == []


def test_gather_of_settled_handles_gives_at_once_and_its_earliest_failure_counts() -> None:
    @saga("settled")
    async def settled(ctx: SagaContext) -> str:
        first, second, third = (ctx.call(ADD, number) for number in range(3))
        await third
        try:
            await ctx.gather(first, second)
        except ActivityError as error:
            return error.failure.type
        return ""

    instance, _ = begun(settled)
    instance.turn([failed(2, "Earlier"), failed(1, "Later"), completed(3)], NOON)

    assert instance.output == "Earlier"


def test_gathers_may_be_gathered_and_hold_a_handle_twice() -> None:
    @saga("nested")
    async def nested(ctx: SagaContext) -> list[list[int]]:
        one, two = ctx.call(ADD, 1), ctx.call(ADD, 2)
        return await ctx.gather(ctx.gather(one, two), ctx.gather(two, two))

    instance, _ = begun(nested)
    instance.turn([completed(2, 2), completed(1, 1)], NOON)

    assert instance.output == [[1, 2], [2, 2]]


def test_a_call_that_fails_at_once_fails_its_gather() -> None:
    @saga("lost")
    async def lost(ctx: SagaContext) -> None:
        await ctx.gather(ctx.call(ADD, 1), ctx.call(ELSEWHERE, 2))

    instance, _ = begun(lost)

    assert instance.failure is not None
    assert "UnknownDestination" in instance.failure.message


def test_a_cancelled_gather_cancels_what_it_waits_for() -> None:
    @saga("cancelling")
    async def cancelling(ctx: SagaContext) -> str:
        one, two = ctx.call(ADD, 1), ctx.call(ADD, 2)
        await one
        both = ctx.gather(one, two)
        both.cancel()
        try:
            await both
        except Cancelled:
            return f"{await one} {two.done}"
        return ""

    instance, _ = begun(cancelling)
    instance.turn([completed(1, 5)], NOON)

    assert instance.output == "5 True"


def test_gather_takes_nothing_but_handles() -> None:
    @saga("mixed")
    async def mixed(ctx: SagaContext) -> None:
        with pytest.raises(NotDurable, match="found int"):
            ctx.gather(3)  # type: ignore[call-overload]

    instance, _ = begun(mixed)

    assert instance.failure is None


def test_a_handle_may_have_several_watchers() -> None:
    @saga("watched")
    async def watched(ctx: SagaContext) -> list[list[int]]:
        one, two = ctx.call(ADD, 1), ctx.call(ADD, 2)
        pair, swapped = ctx.gather(one, two), ctx.gather(two, one)
        return [await pair, await swapped]

    instance, _ = begun(watched)
    instance.turn([completed(1, 1), completed(2, 2)], NOON)

    assert instance.output == [[1, 2], [2, 1]]
