import asyncio
import gc
import threading
import warnings
from datetime import timedelta

from durable import Activity, SagaContext, saga
from durable.testing import SagaEnvironment

SHIP = Activity("shipping.ship-parcel", str, str)
MONTH = timedelta(days=30)


@saga("shipping")
async def shipping(ctx: SagaContext) -> str:
    await ctx.sleep(MONTH)
    return await ctx.call(SHIP, "x")


def an_environment() -> SagaEnvironment:
    return SagaEnvironment(sagas=[shipping], handlers={SHIP: str.upper})


async def test_it_works_while_an_event_loop_runs() -> None:
    outer = asyncio.current_task()
    env = an_environment()
    run = env.start(shipping)
    env.advance(MONTH)

    assert run.result == "X"
    assert asyncio.current_task() is outer
    await asyncio.sleep(0)


def test_it_works_in_a_thread() -> None:
    results = []

    def work() -> None:
        env = an_environment()
        run = env.start(shipping)
        env.advance(MONTH)
        results.append(run.result)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert results == ["X"]


def test_an_environment_leaves_nothing_behind() -> None:
    async def hang(parcel: str) -> str:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
        return parcel

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = SagaEnvironment(sagas=[shipping], handlers={SHIP: hang})
        env.start(shipping)
        env.advance(MONTH)
        del env
        gc.collect()
