"""`start_saga`: children that nobody waits for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, SagaContext, saga
from durable.testing import Mode, SagaEnvironment

WORK = Activity("work.do", int, int)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@saga("child")
async def child(ctx: SagaContext, n: int) -> int:
    return await ctx.call(WORK, n)


@saga("waiting")
async def waiting(ctx: SagaContext) -> str:
    return await ctx.wait_for_event("go", str)


def environment(*sagas: Any, mode: Mode) -> SagaEnvironment:
    return SagaEnvironment(sagas=[*sagas, child, waiting], handlers={WORK: lambda n: n}, mode=mode, seed=7)


@pytest.mark.parametrize(
    ("policy", "expected"), [("abandon", "Running"), ("cancel", "Cancelled"), ("terminate", "Terminated")]
)
def test_what_becomes_of_a_detached_child_when_its_parent_ends(policy: Any, expected: str, mode: Mode) -> None:
    @saga("starting")
    async def starting(ctx: SagaContext) -> str:
        id_ = ctx.start_saga(waiting, instance_id="kid", on_parent_end=policy)
        await ctx.sleep(MINUTE)
        return id_

    env = environment(starting, mode=mode)
    run: Any = env.start(starting, instance_id="a")
    env.settle()
    assert env.run("kid").status == "Running"
    env.advance(HOUR)

    assert run.result == "kid"
    assert env.run("kid").status == expected


def test_parent_end_applies_on_terminate_too_and_recursive_ends_all(mode: Mode) -> None:
    @saga("both")
    async def both(ctx: SagaContext) -> str:
        ctx.start_saga(waiting, instance_id="abandoned")
        ctx.start_saga(waiting, instance_id="doomed", on_parent_end="terminate")
        return await ctx.call_saga(waiting, instance_id="called")

    for recursive in (False, True):
        env = environment(both, mode=mode)
        run: Any = env.start(both, instance_id="a")
        env.settle()
        env.terminate("a", reason="now", recursive=recursive)
        env.settle()
        assert run.status == "Terminated"
        assert env.run("doomed").status == "Terminated"
        assert env.run("abandoned").status == ("Terminated" if recursive else "Running")


def test_a_delayed_child_starts_later(mode: Mode) -> None:
    @saga("later")
    async def later(ctx: SagaContext) -> str:
        return ctx.start_saga(child, 1, delay=HOUR)

    env = environment(later, mode=mode)
    run: Any = env.start(later, instance_id="a")
    env.advance(30 * MINUTE)
    assert env.effects == []
    env.advance(HOUR)

    assert env.run(run.result).result == 1
