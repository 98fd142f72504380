"""Payloads above what a message carries, in the environment of an author's tests."""

from datetime import timedelta

import pytest

from durable import Activity, SagaContext, saga
from durable.events import ActivityCompleted
from durable.payload import PAYLOAD_INLINE_BYTES_MAX
from durable.status import Status
from durable.testing import Mode, SagaEnvironment

LARGE = "x" * (6 * PAYLOAD_INLINE_BYTES_MAX)
DOUBLE = Activity("texts.double", str, str)


@saga("doubling")
async def doubling(ctx: SagaContext, text: str) -> str:
    doubled = await ctx.call(DOUBLE, text)
    return doubled + await ctx.wait_for_event("more", str)


@saga("parent")
async def parent(ctx: SagaContext, text: str) -> str:
    return await ctx.call_saga(doubling, text, instance_id="child")


@saga("going-on")
async def going_on(ctx: SagaContext, text: str) -> str:
    if ctx.execution == 1:
        ctx.continue_as_new(text + "!")
    return text


@pytest.mark.parametrize("mode", Mode)
def test_large_payloads_are_values_wherever_a_test_looks(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[doubling], handlers={DOUBLE: lambda text: text + text}, mode=mode)
    run = env.start(doubling, LARGE, instance_id="a")
    env.settle()
    env.raise_event("a", "more", LARGE)
    env.settle()

    assert run.status is Status.COMPLETED
    assert run.result == LARGE * 3
    (completed,) = [event for event in run.history if isinstance(event, ActivityCompleted)]
    assert completed.output == LARGE * 2


@pytest.mark.parametrize("mode", Mode)
def test_a_child_takes_and_gives_large_payloads(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[doubling, parent], handlers={DOUBLE: lambda text: text + text}, mode=mode)
    run = env.start(parent, LARGE, instance_id="a")
    env.settle()
    env.raise_event("child", "more", LARGE)
    env.advance(timedelta(seconds=1))

    assert run.result == LARGE * 3


@pytest.mark.parametrize("mode", Mode)
def test_an_execution_goes_on_with_a_large_input(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[going_on], mode=mode)
    run = env.start(going_on, LARGE, instance_id="a")
    env.settle()

    assert run.result == LARGE + "!"
