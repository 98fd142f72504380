import asyncio
from datetime import timedelta

import pytest
from pydantic import BaseModel

from durable import Activity, ActivityError, RetryPolicy, SagaContext, saga
from durable.errors import AlreadyEnded, AlreadyExists, NotFound, SagaFailedError
from durable.status import Status
from durable.testing import SagaEnvironment
from durable.worker import ActivityContext


class Amount(BaseModel):
    cents: int


CHARGE = Activity("payments.charge", Amount, Amount)
REFUND = Activity("payments.refund", Amount, type(None))
SHIP = Activity("shipping.ship-parcel", str, str)
HOUR = timedelta(hours=1)


@saga("order")
async def order(ctx: SagaContext, amount: Amount) -> Amount:
    charged = await ctx.call(CHARGE, amount, compensate_with=REFUND)
    await ctx.sleep(timedelta(days=30))
    await ctx.call(SHIP, "a parcel", label="the parcel")
    return charged


@saga("retrying")
async def retrying(ctx: SagaContext) -> str:
    policy = RetryPolicy(max_attempts=3, first_delay=HOUR, max_delay=4 * HOUR, jitter="none")
    return await ctx.call(SHIP, "x", retry=policy)


@saga("approved")
async def approved(ctx: SagaContext) -> list[int]:
    first = await ctx.wait_for_event("amount", Amount)
    second = await ctx.wait_for_event("amount", Amount, timeout=HOUR)
    return [first.cents, second.cents]


def same(amount: Amount) -> Amount:
    return amount


def an_environment() -> SagaEnvironment:
    handlers = {CHARGE: same, REFUND: lambda _: None, SHIP: lambda parcel: f"shipped {parcel}"}
    return SagaEnvironment(sagas=[order, retrying, approved], handlers=handlers)


def test_a_saga_that_sleeps_for_30_days_is_tested_at_once() -> None:
    env = an_environment()
    began = env.now

    run = env.start(order, Amount(cents=5), instance_id="a")
    env.settle()
    assert not run.status.ended
    env.advance(timedelta(days=30))

    assert run.status == Status.COMPLETED
    assert run.result == Amount(cents=5)
    assert env.now == began + timedelta(days=30)
    assert env.effects == [("payments.charge", Amount(cents=5)), ("shipping.ship-parcel", "a parcel")]


def test_verbs_queue_and_settle_runs() -> None:
    env = an_environment()

    run = env.start(order, Amount(cents=5))

    assert run.status == Status.PENDING
    assert env.effects == []


def test_nothing_happens_before_its_time() -> None:
    env = an_environment()
    run = env.start(order, Amount(cents=5))

    env.advance(timedelta(days=30) - timedelta(microseconds=1))
    assert not run.status.ended

    env.advance(timedelta(microseconds=1))
    assert run.status == Status.COMPLETED


def test_retries_come_after_their_delays() -> None:
    tries = []

    def ship(parcel: str) -> str:
        tries.append(env.now)
        if len(tries) < 3:
            raise OSError("no van")
        return parcel

    env = SagaEnvironment(sagas=[retrying], handlers={SHIP: ship})
    began = env.now
    run = env.start(retrying)
    env.advance(3 * HOUR)

    assert tries == [began, began + HOUR, began + 3 * HOUR]
    assert run.kinds["ActivityScheduled"] == 3


def test_an_error_of_a_handler_is_a_failure_that_the_saga_sees() -> None:
    def decline(amount: Amount) -> Amount:
        raise LookupError("no such card")

    env = SagaEnvironment(sagas=[order], handlers={CHARGE: decline})
    run = env.start(order, Amount(cents=5))
    env.settle()

    assert run.status == Status.FAILED
    assert run.failure is not None
    assert run.failure.matches("ActivityError")
    assert run.failure.cause is not None or "no such card" in run.failure.message


def test_a_call_without_a_handler_fails_and_says_what_to_add() -> None:
    env = SagaEnvironment(sagas=[order], handlers={})
    run = env.start(order, Amount(cents=5))
    env.settle()

    with pytest.raises(SagaFailedError, match=r"payments\.charge") as caught:
        _ = run.result
    assert "handlers={..., CHARGE: function}" in str(caught.value)


def test_the_result_of_an_instance_that_goes_on_says_what_it_waits_for() -> None:
    env = an_environment()
    run = env.start(approved)
    with pytest.raises(SagaFailedError, match="waits for settle"):
        _ = run.result
    env.settle()

    with pytest.raises(SagaFailedError, match="it is Running and waits for event 'amount'"):
        _ = run.result
    assert "Running" in repr(run)
    assert "not there" in repr(env.run("b"))


def test_events_queued_together_are_taken_in_order() -> None:
    env = an_environment()
    run = env.start(approved, instance_id="a")
    env.raise_event("a", "amount", Amount(cents=1))
    env.raise_event("a", "amount", Amount(cents=2))
    env.settle()

    assert run.result == [1, 2]


def test_handlers_may_be_async_and_take_their_context_and_sleep() -> None:
    async def ship(parcel: str, ctx: ActivityContext) -> str:
        await asyncio.sleep(3600)
        return f"{parcel} {ctx.attempt} {ctx.instance_id}"

    env = SagaEnvironment(sagas=[retrying], handlers={SHIP: ship})
    run = env.start(retrying, instance_id="a")
    env.settle()
    assert run.status == Status.RUNNING
    env.advance(HOUR)

    assert run.result == "x 1 a"


def test_a_handler_may_use_threads() -> None:
    async def ship(parcel: str) -> str:
        return await asyncio.to_thread(parcel.upper)

    env = SagaEnvironment(sagas=[retrying], handlers={SHIP: ship})
    run = env.start(retrying)
    env.settle()

    assert run.result == "X"


def test_a_handler_cannot_drive_the_environment_that_it_runs_in() -> None:
    def ship(parcel: str) -> str:
        env.settle()
        return parcel

    env = SagaEnvironment(sagas=[retrying], handlers={SHIP: ship})
    run = env.start(retrying)
    env.advance(3 * HOUR)

    assert run.failure is not None
    assert "can't drive the environment" in run.failure.message


def test_errors_of_verbs_are_those_of_the_client() -> None:
    env = an_environment()
    env.start(retrying, instance_id="a")
    env.settle()

    with pytest.raises(AlreadyExists):
        env.start(retrying, instance_id="a")
    with pytest.raises(AlreadyEnded):
        env.raise_event("a", "amount")
    with pytest.raises(NotFound):
        env.cancel("b")
    with pytest.raises(NotFound):
        _ = env.run("b").status
    with pytest.raises(TypeError):
        env.start(order, "no amount")  # type: ignore[misc]


def test_time_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="does not go back"):
        an_environment().advance(-HOUR)


def test_other_code_is_put_in_place_as_by_a_restart() -> None:
    @saga("retrying")
    async def other(ctx: SagaContext) -> str:
        return (await ctx.wait_for_event("amount", Amount)).model_dump_json()

    async def hang(parcel: str) -> str:
        await asyncio.sleep(3600)
        return parcel

    env = SagaEnvironment(sagas=[retrying], handlers={SHIP: hang})
    run = env.start(retrying, instance_id="a")
    env.settle()
    env.deploy(sagas=[other])
    env.advance(HOUR)
    assert run.status == Status.BLOCKED

    env.deploy(sagas=[retrying])
    env.raise_event("a", "unread")
    env.settle()
    assert run.result == "x"


def test_an_evicted_instance_goes_on_from_its_history() -> None:
    env = an_environment()
    run = env.start(order, Amount(cents=5), instance_id="a")
    env.settle()

    env.evict("a")
    env.advance(timedelta(days=30))

    assert run.status == Status.COMPLETED


def test_the_same_seed_gives_the_same_ids_and_delays() -> None:
    @saga("jittery")
    async def jittery(ctx: SagaContext) -> str:
        try:
            await ctx.call(SHIP, "x", retry=RetryPolicy(max_attempts=4, first_delay=HOUR))
        except ActivityError:
            return f"{ctx.uuid()} {ctx.now}"
        return ""

    def fail(_: str) -> str:
        raise OSError("no van")

    def ending(seed: int) -> object:
        env = SagaEnvironment(sagas=[jittery], handlers={SHIP: fail}, seed=seed)
        run = env.start(jittery)
        env.advance(timedelta(days=1))
        return run.result

    assert ending(1) == ending(1)
    assert ending(1) != ending(2)
