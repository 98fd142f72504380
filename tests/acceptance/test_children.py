"""`call_saga`, `start_saga` and `continue_as_new`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from durable import (
    Activity,
    AlreadyExists,
    Cancelled,
    ChildSagaError,
    DeadlineExceeded,
    RetryPolicy,
    SagaContext,
    instance_id_for,
    saga,
)
from durable.errors import NotFound
from durable.testing import Mode, SagaEnvironment

WORK = Activity("work.do", int, int)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def work(n: int) -> int:
    if n < 0:
        raise ValueError(f"negative: {n}")
    return n


@saga("child")
async def child(ctx: SagaContext, n: int) -> int:
    return await ctx.call(WORK, n)


@saga("waiting")
async def waiting(ctx: SagaContext) -> str:
    try:
        return await ctx.wait_for_event("go", str)
    except Cancelled as error:
        ctx.set_status(f"cancelled: {error.reason}")
        raise


def environment(*sagas: Any, mode: Mode) -> SagaEnvironment:
    return SagaEnvironment(sagas=[*sagas, child, waiting], handlers={WORK: work}, mode=mode, seed=7)


def test_a_child_gives_its_result_and_knows_its_parents(mode: Mode) -> None:
    @saga("leaf")
    async def leaf(ctx: SagaContext) -> list[Any]:
        return [ctx.parent_id, ctx.root_id, ctx.instance_id]

    @saga("middle")
    async def middle(ctx: SagaContext) -> list[Any]:
        return [ctx.parent_id, ctx.root_id, *await ctx.call_saga(leaf, instance_id="leaf-1")]

    @saga("top")
    async def top(ctx: SagaContext) -> list[Any]:
        return await ctx.call_saga(middle, instance_id="middle-1", label="in between")

    env = environment(top, middle, leaf, mode=mode)
    run: Any = env.start(top, instance_id="top-1")
    env.settle()

    assert run.result == ["top-1", "top-1", "middle-1", "top-1", "leaf-1"]
    started = [event for event in run.history if event.kind == "ChildStarted"]
    assert [(e.name, e.label, e.attempt, e.instance_id) for e in started] == [("middle", "in between", 1, "middle-1")]
    assert run.kinds["ChildCompleted"] == 1
    assert env.run("leaf-1").status == "Completed"


def test_a_child_that_failed_is_a_child_saga_error_with_its_cause(mode: Mode) -> None:
    @saga("parent")
    async def parent(ctx: SagaContext) -> list[Any]:
        try:
            await ctx.call_saga(child, -1)
        except ChildSagaError as error:
            cause = error.failure.cause
            assert cause is not None
            return [
                cause.matches("ActivityError"),
                cause.cause and cause.cause.type,
                error.failure.matches("ValueError"),
            ]
        return []

    env = environment(parent, mode=mode)
    run: Any = env.start(parent)
    env.settle()

    assert run.kinds["ChildFailed"] == 1
    assert run.result[1] == "ValueError" or run.result[0] is False


def test_each_retry_is_a_new_execution_of_the_same_child_id(mode: Mode) -> None:
    @saga("third-time")
    async def third_time(ctx: SagaContext) -> int:
        if ctx.execution < 3:
            raise ValueError(f"execution {ctx.execution}")
        return ctx.execution

    @saga("retrying-parent")
    async def retrying_parent(ctx: SagaContext) -> int:
        return await ctx.call_saga(third_time, instance_id="kid", retry=RetryPolicy(max_attempts=5))

    env = environment(retrying_parent, third_time, mode=mode)
    run: Any = env.start(retrying_parent)
    env.advance(HOUR)

    assert run.result == 3
    started = [(e.attempt, e.instance_id) for e in run.history if e.kind == "ChildStarted"]
    assert started == [(1, "kid"), (2, "kid"), (3, "kid")]
    assert env.get("kid").execution == 3


def test_a_taken_child_id_raises_already_exists(mode: Mode) -> None:
    @saga("clashing")
    async def clashing(ctx: SagaContext) -> str:
        try:
            await ctx.call_saga(child, 1, instance_id="taken")
        except AlreadyExists:
            return "AlreadyExists"
        return ""

    env = environment(clashing, mode=mode)
    env.start(waiting, instance_id="taken")
    run: Any = env.start(clashing)
    env.settle()

    assert run.result == "AlreadyExists"
    assert env.run("taken").status == "Running"


def test_past_its_timeout_a_child_is_cancelled(mode: Mode) -> None:
    @saga("hurrying")
    async def hurrying(ctx: SagaContext) -> str:
        try:
            await ctx.call_saga(waiting, instance_id="slow", timeout=MINUTE)
        except DeadlineExceeded:
            return "DeadlineExceeded"
        return ""

    env = environment(hurrying, mode=mode)
    run: Any = env.start(hurrying)
    env.advance(HOUR)

    assert run.result == "DeadlineExceeded"
    assert env.run("slow").status == "Cancelled"


def test_a_cancel_reaches_children(mode: Mode) -> None:
    @saga("holding")
    async def holding(ctx: SagaContext) -> str:
        return await ctx.call_saga(waiting, instance_id="kid")

    env = environment(holding, mode=mode)
    run: Any = env.start(holding, instance_id="a")
    env.settle()
    env.cancel("a", reason="enough")
    env.settle()

    assert run.status == "Cancelled"
    assert env.run("kid").status == "Cancelled"


def test_cancelling_the_handle_of_a_child_cancels_the_child(mode: Mode) -> None:
    @saga("dropping")
    async def dropping(ctx: SagaContext) -> str:
        kid = ctx.call_saga(waiting, instance_id="kid")
        await ctx.sleep(MINUTE)
        kid.cancel()
        try:
            await kid
        except Cancelled:
            return "cancelled"
        return ""

    env = environment(dropping, mode=mode)
    run: Any = env.start(dropping, instance_id="a")
    env.advance(HOUR)

    assert run.result == "cancelled"
    assert env.run("kid").status == "Cancelled"


def test_a_derived_child_id_is_legal_and_unique(mode: Mode) -> None:
    @saga("deriving")
    async def deriving(ctx: SagaContext) -> list[str]:
        return [ctx.start_saga(child, 1), ctx.start_saga(child, 2), instance_id_for("Ä", "ö")]

    env = environment(deriving, mode=mode)
    run: Any = env.start(deriving, instance_id="x" * 128)
    env.settle()

    assert len(set(run.result)) == 3
    assert [env.run(id_).result for id_ in run.result[:2]] == [1, 2]


def test_an_illegal_child_id_is_an_error_at_the_call(mode: Mode) -> None:
    @saga("illegal")
    async def illegal(ctx: SagaContext) -> list[str]:
        told = []
        for attempt in (ctx.call_saga, ctx.start_saga):
            try:
                attempt(child, 1, instance_id="a b")
            except ValueError as error:
                told.append(str(error))
        return told

    env = environment(illegal, mode=mode)
    run: Any = env.start(illegal)
    env.settle()

    assert len(run.result) == 2
    assert all("128" in told and "'a b'" in told for told in run.result)
    assert run.kinds["ChildStarted"] == 0


def test_continue_as_new_begins_the_next_execution_of_the_same_id(mode: Mode) -> None:
    @saga("counting")
    async def counting(ctx: SagaContext, n: int) -> list[int]:
        await ctx.call(WORK, n)
        if n < 3:
            ctx.continue_as_new(n + 1)
        return [n, ctx.execution]

    env = environment(counting, mode=mode)
    run: Any = env.start(counting, 1, instance_id="a")
    env.settle()

    assert run.result == [3, 3]
    assert [event.kind for event in run.history].count("SagaStarted") == 3
    assert run.history[0].sequence == 1


def test_a_parent_gets_the_result_of_the_last_execution_of_its_child(mode: Mode) -> None:
    @saga("eternal")
    async def eternal(ctx: SagaContext, n: int) -> int:
        if n < 3:
            ctx.continue_as_new(n + 1)
        return n

    @saga("patient")
    async def patient(ctx: SagaContext) -> int:
        return await ctx.call_saga(eternal, 0)

    env = environment(patient, eternal, mode=mode)
    run: Any = env.start(patient)
    env.settle()

    assert run.result == 3


def test_a_child_without_code_fails_its_call(mode: Mode) -> None:
    @saga("nowhere")
    async def nowhere(ctx: SagaContext) -> None: ...

    @saga("lonely")
    async def lonely(ctx: SagaContext) -> str:
        try:
            await ctx.call_saga(nowhere)
        except ChildSagaError as error:
            return error.failure.message
        return ""

    env = environment(lonely, mode=mode)
    run: Any = env.start(lonely)
    env.settle()

    assert run.status != "Running"


def test_what_is_not_there_is_not_found() -> None:
    env = environment(mode=Mode.LIVE)
    with pytest.raises(NotFound):
        env.get("nobody")
    with pytest.raises(NotFound):
        _ = env.run("nobody").status
