"""`ctx.sleep`, and many branches that do so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from durable import SagaContext, saga
from durable.testing import Mode, SagaEnvironment

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def ended(saga_: Any, mode: Mode) -> Any:
    env = SagaEnvironment(sagas=[saga_], handlers={}, mode=mode, seed=7)
    run = env.start(saga_, instance_id="a")
    env.advance(HOUR)
    return run


def test_sleep_takes_what_is_past_at_once_and_no_naive_point(mode: Mode) -> None:
    @saga("sleeping")
    async def sleeping(ctx: SagaContext) -> list[Any]:
        began = ctx.now
        told: list[Any] = []
        for what in (timedelta(0), -HOUR, ctx.now - HOUR, datetime(1990, 1, 1, tzinfo=UTC)):
            past: Any = ctx.sleep(what)
            told.append(await past)
        told.append(ctx.now == began)
        try:
            ctx.sleep(datetime(2100, 1, 1))  # noqa: DTZ001  That is the point.
        except TypeError:
            told.append("TypeError")
        await ctx.sleep(ctx.now + MINUTE)
        told.append((ctx.now - began).total_seconds())
        return told

    assert ended(sleeping, mode).result == [None, None, None, None, True, "TypeError", 60]


@pytest.mark.parametrize("wrong", [5, 5.0, "1 h", None])
def test_a_sleep_of_something_else_is_a_type_error_at_the_call(wrong: Any) -> None:
    @saga("wrong")
    async def wrongly(ctx: SagaContext) -> str:
        try:
            ctx.sleep(wrong)
        except TypeError as error:
            return str(error)
        return ""

    told = ended(wrongly, Mode.LIVE).result
    assert "timedelta" in told


def test_two_thousand_branches_end() -> None:
    @saga("many")
    async def many(ctx: SagaContext) -> int:
        async def one(n: int) -> int:
            await ctx.sleep(MINUTE)
            return n

        return sum(await ctx.gather(*(ctx.spawn(one(n)) for n in range(2_000))))

    assert ended(many, Mode.LIVE).result == sum(range(2_000))
