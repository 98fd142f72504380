import asyncio

import pytest

from durable.errors import ActivityError, Cancelled
from durable.secrets import Secrets
from durable.testing import WorkerEnvironment
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import COUNT, SHOUT, Text


def a_worker() -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text, ctx: ActivityContext, secrets: Secrets) -> Text:
        ctx.heartbeat({"so far": ctx.last_heartbeat})
        secret = await secrets.get("api-token")
        return Text(text=f"{ctx.attempt} {ctx.delivery_count} {len(secret.reveal())}")

    @worker.handles(COUNT, run_in="thread")
    def count(text: Text, ctx: ActivityContext) -> int:
        return ctx.complete_later()  # type: ignore[return-value]  # What is returned is ignored.

    return worker


async def test_a_handler_gets_what_the_test_says_of_its_attempt() -> None:
    async with WorkerEnvironment(a_worker(), secrets={"api-token": "1234"}) as env:
        result = await env.run(SHOUT, Text(text="a"), attempt=2, delivery_count=3, last_heartbeat=7)

    assert result == Text(text="2 3 4")
    assert env.heartbeats == [{"so far": 7}]


async def test_a_failure_is_what_a_saga_would_see() -> None:
    async with WorkerEnvironment(a_worker()) as env:
        with pytest.raises(ActivityError) as caught:
            await env.run(SHOUT, Text(text="a"))

    assert caught.value.matches("SecretNotFound")


async def test_an_outcome_that_is_left_to_somebody_else_is_told_so() -> None:
    async with WorkerEnvironment(a_worker()) as env:
        with pytest.raises(RuntimeError, match=r"its handler left it to whoever has the token"):
            await env.run(COUNT, Text(text="a"))


async def test_a_handler_that_is_cancelled_may_clean_up_and_give_up() -> None:
    worker = Worker("texts")
    began = asyncio.Event()
    cleaned_up: list[bool] = []

    @worker.handles(SHOUT)
    async def wait(text: Text, ctx: ActivityContext) -> Text:
        began.set()
        await ctx.cancelled
        cleaned_up.append(True)
        raise Cancelled

    async with WorkerEnvironment(worker) as env:
        attempt = asyncio.create_task(env.run(SHOUT, Text(text="a")))
        await began.wait()
        env.cancel("changed our mind")
        with pytest.raises(ActivityError, match="changed our mind"):
            await attempt

    assert cleaned_up == [True]


async def test_an_environment_that_is_not_open_runs_nothing() -> None:
    with pytest.raises(RuntimeError, match="expected an environment that is open"):
        await WorkerEnvironment(a_worker()).run(SHOUT, Text(text="a"))
