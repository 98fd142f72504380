import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import pytest

from durable import Handle, NotDurable, SagaContext, Status, saga
from durable.events import ActivityCompleted
from orchestrator.engine import Instance
from tests.support.drive import NOON
from tests.support.tables import ADD, begun, kinds


class Foreign:
    def __await__(self) -> Generator[Any, None, None]:
        yield self

    def __repr__(self) -> str:
        return "<foreign thing>"


def awaiting(foreign: Callable[[], Awaitable[object]]) -> Instance:
    @saga("awaiting")
    async def awaits(ctx: SagaContext) -> None:
        await foreign()

    return begun(awaits)[0]


async def future() -> None:
    await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize(
    ("foreign", "named"),
    [
        (Foreign, "<foreign thing>"),
        (lambda: asyncio.sleep(0), "asyncio.sleep(0)"),
    ],
    ids=["a foreign awaitable", "a bare yield"],
)
def test_an_await_of_something_foreign_fails_naming_it_and_the_remedy(
    foreign: Callable[[], Awaitable[object]], named: str
) -> None:
    instance = awaiting(foreign)

    assert instance.status is Status.FAILED
    assert instance.failure is not None
    assert instance.failure.type == "durable.errors.NotDurable"
    assert named in instance.failure.message
    assert "ctx.sleep" in instance.failure.message


async def test_a_future_of_a_running_event_loop_is_not_durable() -> None:
    instance = awaiting(future)

    assert instance.failure is not None
    assert instance.failure.type == "durable.errors.NotDurable"
    assert "_asyncio.Future" in instance.failure.message


async def test_a_sleep_of_a_running_event_loop_is_not_durable() -> None:
    instance = awaiting(lambda: asyncio.sleep(1))

    assert instance.failure is not None
    assert instance.failure.type == "durable.errors.NotDurable"


def test_an_awaitable_that_needs_an_event_loop_is_not_durable_and_its_error_is_the_cause() -> None:
    instance = awaiting(lambda: asyncio.sleep(1))

    assert instance.failure is not None
    assert instance.failure.type == "durable.errors.NotDurable"
    assert instance.failure.cause is not None
    assert instance.failure.cause.message == "no running event loop"


def test_another_runtime_error_is_told_as_it_is() -> None:
    @saga("broken")
    async def broken(ctx: SagaContext) -> None:
        raise RuntimeError("something else")

    instance, _ = begun(broken)

    assert instance.failure is not None
    assert instance.failure.type == "RuntimeError"


def test_a_saga_may_catch_it_at_the_await_and_go_on() -> None:
    @saga("catching")
    async def catching(ctx: SagaContext) -> int:
        try:
            await Foreign()
        except NotDurable:
            return await ctx.call(ADD, 1)
        return 0

    instance, turn = begun(catching)
    instance.turn([ActivityCompleted(task_id=1, output=4)], NOON)

    assert kinds(turn.events) == ["SagaStarted", "ActivityScheduled"]
    assert instance.output == 4


def test_the_handle_of_another_instance_is_not_durable_here() -> None:
    lent: list[Handle[int]] = []

    @saga("lender")
    async def lender(ctx: SagaContext) -> int:
        lent.append(ctx.call(ADD, 1))
        return await lent[0]

    @saga("borrower")
    async def borrower(ctx: SagaContext) -> int:
        return await lent[0]

    begun(lender)
    instance, _ = begun(borrower)

    assert instance.failure is not None
    assert "a handle of another instance" in instance.failure.message


def test_helper_coroutines_and_generators_of_the_author_are_driven_along() -> None:
    async def twice(ctx: SagaContext, number: int) -> int:
        return await ctx.call(ADD, number) * 2

    @saga("composed")
    async def composed(ctx: SagaContext) -> list[int]:
        return [await twice(ctx, number) for number in (1, 2)]

    instance, _ = begun(composed)
    for task in (1, 2):
        instance.turn([ActivityCompleted(task_id=task, output=task)], NOON)

    assert instance.output == [2, 4]


def test_an_awaitable_of_the_author_may_yield_a_handle_open_or_settled() -> None:
    class Wrapped:
        def __init__(self, handle: Handle[int]) -> None:
            self.handle = handle

        def __await__(self) -> Generator[Any, None, int]:
            yield self.handle
            return (yield from self.handle.__await__()) * 10

    @saga("wrapping")
    async def wrapping(ctx: SagaContext) -> int:
        handle = ctx.call(ADD, 1)
        return await Wrapped(handle) + await Wrapped(handle)

    instance, _ = begun(wrapping)
    instance.turn([ActivityCompleted(task_id=1, output=2)], NOON)

    assert instance.output == 40
