"""When a failed call is tried again."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from durable import Activity, RetryAfter, RetryPolicy, SagaContext, saga
from durable.testing import Mode, SagaEnvironment

FAIL = Activity("work.fail", int, int)


class CardDeclined(Exception):
    """What a handler raises."""


def attempts(run: Any, kind: str) -> list[int]:
    return [event.attempt for event in run.history if event.kind == kind]


@saga("retrying")
async def retrying(ctx: SagaContext, policy: str) -> int:
    policies = {
        "default": None,
        "three": RetryPolicy(max_attempts=3, jitter="none"),
        "class": RetryPolicy(max_attempts=3, non_retryable=(CardDeclined,)),
        "name": RetryPolicy(max_attempts=3, non_retryable=(f"{CardDeclined.__module__}.CardDeclined",)),
        "base": RetryPolicy(max_attempts=3, non_retryable=(Exception,)),
        "if": RetryPolicy(max_attempts=3, retry_if=lambda failure: "again" in failure.message),
        "total": RetryPolicy(max_attempts=100, jitter="none", total=timedelta(seconds=10)),
    }
    return await ctx.call(FAIL, 1, retry=policies[policy])


def failed_attempts(mode: Mode, policy: str, error: BaseException) -> list[int]:
    def fail(_: int) -> int:
        raise error

    env = SagaEnvironment(sagas=[retrying], handlers={FAIL: fail}, mode=mode)
    run: Any = env.start(retrying, policy)
    env.advance(timedelta(hours=2))
    assert run.status == "Failed"
    assert attempts(run, "ActivityScheduled") == attempts(run, "ActivityFailed")
    return attempts(run, "ActivityFailed")


def test_a_call_has_one_attempt_unless_told(mode: Mode) -> None:
    assert failed_attempts(mode, "default", CardDeclined("x")) == [1]
    assert failed_attempts(mode, "three", CardDeclined("x")) == [1, 2, 3]


def test_non_retryable_takes_classes_names_and_bases(mode: Mode) -> None:
    assert failed_attempts(mode, "class", CardDeclined("x")) == [1]
    assert failed_attempts(mode, "name", CardDeclined("x")) == [1]
    assert failed_attempts(mode, "base", CardDeclined("x")) == [1]
    assert failed_attempts(mode, "class", ValueError("x")) == [1, 2, 3]


def test_a_predicate_may_end_the_trying(mode: Mode) -> None:
    assert failed_attempts(mode, "if", CardDeclined("no")) == [1]
    assert failed_attempts(mode, "if", CardDeclined("again")) == [1, 2, 3]


def test_past_the_total_the_last_failure_is_raised(mode: Mode) -> None:
    assert failed_attempts(mode, "total", CardDeclined("x")) == [1, 2, 3, 4]


def test_delays_double_without_jitter_and_are_capped() -> None:
    @saga("delays")
    async def delays(ctx: SagaContext) -> int:
        return await ctx.call(FAIL, 1, retry=RetryPolicy(max_attempts=5, jitter="none", max_delay=timedelta(seconds=3)))

    times: list[Any] = []

    def fail(_: int) -> int:
        times.append(env.now)
        raise OSError

    env = SagaEnvironment(sagas=[delays], handlers={FAIL: fail})
    env.start(delays)
    env.advance(timedelta(hours=1))

    assert [round((b - a).total_seconds()) for a, b in pairwise(times)] == [1, 2, 3, 3]


def test_a_handler_may_set_the_least_delay() -> None:
    times: list[Any] = []

    def fail(_: int) -> int:
        times.append(env.now)
        if len(times) == 1:
            raise RetryAfter(timedelta(minutes=10))
        return 1

    env = SagaEnvironment(sagas=[retrying], handlers={FAIL: fail})
    run: Any = env.start(retrying, "three")
    env.advance(timedelta(minutes=9))
    assert len(times) == 1
    env.advance(timedelta(minutes=2))

    assert run.result == 1
