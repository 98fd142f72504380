"""`ActivityContext`, completion by token, heartbeats, and attempts that are told to end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, ActivityError, RetryPolicy, SagaContext, Timeouts, saga
from durable.errors import AlreadyEnded, InvalidInput
from durable.testing import Mode, SagaEnvironment

WORK = Activity("work.do", int, int)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@saga("calling")
async def calling(ctx: SagaContext, attempts: int) -> int:
    return await ctx.call(
        WORK,
        4,
        retry=RetryPolicy(max_attempts=attempts, jitter="none"),
        timeouts=Timeouts(start_to_close=HOUR),
    )


def environment(handler: Any, mode: Mode) -> SagaEnvironment:
    return SagaEnvironment(sagas=[calling], handlers={WORK: handler}, mode=mode, seed=7)


def test_a_handler_knows_whose_call_it_runs(mode: Mode) -> None:
    seen: list[Any] = []

    def work(n: int, ctx: Any) -> int:
        seen.append((ctx.instance_id, ctx.task_id, ctx.activity, ctx.attempt, ctx.last_heartbeat))
        seen.append((ctx.delivery_count >= 1, ctx.deadline == env.now + HOUR, bool(ctx.idempotency_key)))
        seen.append((bool(ctx.cancelled), bool(ctx.shutting_down), bool(ctx.lock_lost)))
        ctx.log.info("working")
        return n

    env = environment(work, mode)
    run = env.start(calling, 1, instance_id="a")
    env.settle()

    assert run.result == 4
    assert seen[:3] == [("a", 1, "work.do", 1, None), (True, True, True), (False, False, False)]


def test_the_key_is_one_for_all_attempts_and_the_last_heartbeat_reaches_the_next(mode: Mode) -> None:
    keys: list[str] = []
    beats: list[Any] = []

    def work(n: int, ctx: Any) -> int:
        keys.append(ctx.idempotency_key)
        beats.append(ctx.last_heartbeat)
        ctx.heartbeat({"done": ctx.attempt})
        ctx.heartbeat({"done": ctx.attempt * 10})
        if ctx.attempt < 3:
            raise OSError
        return n

    env = environment(work, mode)
    run = env.start(calling, 5)
    env.advance(HOUR)

    assert run.result == 4
    assert len(set(keys)) == 1
    assert beats == [None, {"done": 10}, {"done": 20}]


def test_a_token_completes_an_attempt_from_outside_once(mode: Mode) -> None:
    tokens: list[str] = []

    def work(n: int, ctx: Any) -> int:
        tokens.append(ctx.complete_later())
        return 0

    env = environment(work, mode)
    run = env.start(calling, 1)
    env.settle()
    assert run.status == "Running"
    assert [(one.kind, one.name, one.task_id) for one in run.waiting_for] == [("activity", "work.do", 1)]
    assert env.get(run.instance_id).waiting_for == run.waiting_for
    env.heartbeat(tokens[0], {"half": True})
    env.complete(tokens[0], 40)
    env.settle()

    assert run.result == 40
    with pytest.raises(AlreadyEnded):
        env.complete(tokens[0], 41)
    with pytest.raises(AlreadyEnded):
        env.fail(tokens[0], "Late", "too late")
    with pytest.raises(AlreadyEnded):
        env.heartbeat(tokens[0], 1)


def test_a_token_of_an_earlier_attempt_has_ended(mode: Mode) -> None:
    tokens: list[str] = []

    def work(n: int, ctx: Any) -> int:
        tokens.append(ctx.complete_later())
        return 0

    env = environment(work, mode)
    run = env.start(calling, 2)
    env.settle()
    env.fail(tokens[0], "payments.Declined", "try again", details={"code": 1})
    env.advance(MINUTE)
    with pytest.raises(AlreadyEnded):
        env.complete(tokens[0], 1)
    env.complete(tokens[-1], 2)
    env.settle()

    assert run.result == 2
    [failed] = [e for e in run.history if e.kind == "ActivityFailed"]
    told: Any = failed
    assert (told.failure.type, told.failure.message, told.failure.details) == (
        "payments.Declined",
        "try again",
        {"code": 1},
    )


def test_a_failure_from_outside_may_end_the_trying(mode: Mode) -> None:
    tokens: list[str] = []

    def work(n: int, ctx: Any) -> int:
        tokens.append(ctx.complete_later())
        return 0

    env = environment(work, mode)
    run: Any = env.start(calling, 5)
    env.settle()
    env.fail(tokens[0], "payments.Declined", "for good", retryable=False)
    env.advance(MINUTE)

    assert run.status == "Failed"
    assert run.failure.cause.matches("Declined")


def test_a_result_from_outside_that_does_not_fit_is_a_result_mismatch(mode: Mode) -> None:
    tokens: list[str] = []

    def work(n: int, ctx: Any) -> int:
        tokens.append(ctx.complete_later())
        return 0

    env = environment(work, mode)
    run: Any = env.start(calling, 5)
    env.settle()
    env.complete(tokens[0], "text")
    env.advance(MINUTE)

    assert run.status == "Failed"
    assert run.failure.cause.type == "durable.ResultMismatch"


@pytest.mark.parametrize("token", ["", "no token", "a.b.c", "é"])
def test_what_is_no_token_is_refused(token: str) -> None:
    env = environment(lambda n: n, Mode.LIVE)
    with pytest.raises(InvalidInput, match="complete_later"):
        env.complete(token, 1)


def test_poll_gives_what_is_waited_for_or_its_deadline(mode: Mode) -> None:
    @saga("polling")
    async def polling(ctx: SagaContext) -> list[Any]:
        began = ctx.now
        found = await ctx.poll(WORK, 1, until=lambda n: n >= 3, every=MINUTE, timeout=HOUR)
        told: list[Any] = [found, (ctx.now - began).total_seconds()]
        try:
            await ctx.poll(WORK, 1, until=lambda n: n > 1000, every=MINUTE, timeout=5 * MINUTE)
        except Exception as error:
            told.append(type(error).__name__)
        return told

    asked: dict[str, int] = {}

    def work(_: int, ctx: Any) -> int:
        asked.setdefault(ctx.idempotency_key, len(asked) + 1)
        return asked[ctx.idempotency_key]

    env = SagaEnvironment(sagas=[polling], handlers={WORK: work}, mode=mode)
    run = env.start(polling)
    env.advance(HOUR)

    assert run.result == [3, 120, "DeadlineExceeded"]


def test_approval_gives_the_decision_or_an_event_timeout(mode: Mode) -> None:
    @saga("asking")
    async def asking(ctx: SagaContext) -> str:
        try:
            return await ctx.approval("ok", str, deadline=HOUR, remind_every=20 * MINUTE, escalate_to="boss")
        except Exception as error:
            return type(error).__name__

    for answer, expected in (("yes", "yes"), (None, "EventTimeout")):
        env = SagaEnvironment(sagas=[asking], handlers={}, mode=mode)
        run = env.start(asking, instance_id="a")
        env.advance(30 * MINUTE)
        assert run.custom_status is not None
        if answer:
            env.raise_event("a", "ok", answer)
        env.advance(24 * HOUR)
        assert run.result == expected


def test_on_redelivery_is_run_or_fail() -> None:
    assert Activity("work.do", int, int).on_redelivery == "run"
    assert Activity("work.do", int, int, on_redelivery="fail").on_redelivery == "fail"


def test_a_message_of_an_error_names_the_activity() -> None:
    @saga("telling")
    async def telling(ctx: SagaContext) -> str:
        try:
            await ctx.call(WORK, 1)
        except ActivityError as error:
            return str(error)
        return ""

    def work(_: int) -> int:
        raise ValueError("the reason")

    env = SagaEnvironment(sagas=[telling], handlers={WORK: work})
    run = env.start(telling)
    env.settle()

    assert re.search(r"work\.do.*ValueError.*the reason", run.result)
