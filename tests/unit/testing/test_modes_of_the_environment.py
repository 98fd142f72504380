from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, SagaContext, saga
from durable.testing import Mode, SagaEnvironment
from tests.support.sample_sagas import HOUR, SAMPLES, Sample

FITTING = [sample for sample in SAMPLES if sample.input != "no number"]
NAMES = [f"{sample.saga.name}-{sample.input}" for sample in FITTING]
ADD = Activity("numbers.add", int, int)


def outcome(sample: Sample, mode: Mode) -> dict[str, Any]:
    env = SagaEnvironment(sagas=[sample.saga], handlers=sample.handlers(), mode=mode, seed=3)
    run = env.start(sample.saga, sample.input, instance_id="a")
    if sample.saga.name == "patient":
        raise_notes(env)
    env.advance(timedelta(days=10))
    failure = run.failure
    return {
        "status": run.status,
        "result": run.result if run.status == "Completed" else None,
        "failure": failure and (failure.type, failure.message),
        "kinds": run.kinds,
        "effects": list(env.effects),
    }


def raise_notes(env: SagaEnvironment) -> None:
    env.raise_event("a", "other", 1)
    env.raise_event("a", "note", "one")
    env.raise_event("a", "note", "two")
    env.advance(3 * HOUR)
    env.raise_event("a", "note", "three")
    env.raise_event("a", "unread", "four")


@pytest.mark.parametrize("mode", [Mode.COLD, Mode.DUPLICATES, Mode.SPLIT])
@pytest.mark.parametrize("sample", FITTING, ids=NAMES)
def test_a_saga_does_the_same_in_every_mode(sample: Sample, mode: Mode) -> None:
    expected = outcome(sample, Mode.LIVE)

    assert expected["status"].ended
    assert outcome(sample, mode) == expected


@saga("waiting")
async def waiting(ctx: SagaContext) -> list[int]:
    return [await ctx.wait_for_event("n", int) for _ in range(3)]


@pytest.mark.parametrize(("mode", "turns"), [(Mode.LIVE, 1), (Mode.COLD, 1), (Mode.SPLIT, 4)])
def test_what_is_queued_between_two_settles_is_one_batch_or_one_by_one(mode: Mode, turns: int) -> None:
    env = SagaEnvironment(sagas=[waiting], mode=mode)
    run = env.start(waiting, instance_id="a")
    for number in range(3):
        env.raise_event("a", "n", number)
    env.settle()

    assert run.result == [0, 1, 2]
    assert run.turns == turns


def test_a_cold_instance_runs_its_code_anew_in_every_turn() -> None:
    began = []

    @saga("chain")
    async def chain(ctx: SagaContext) -> int:
        began.append(ctx.instance_id)
        total = 0
        for _ in range(3):
            total = await ctx.call(ADD, total)
        return total

    def runs(mode: Mode) -> int:
        began.clear()
        env = SagaEnvironment(sagas=[chain], handlers={ADD: lambda n: n + 1}, mode=mode)
        run = env.start(chain)
        env.settle()
        assert run.result == 3
        return len(began)

    assert runs(Mode.LIVE) == 1
    assert runs(Mode.COLD) == 4


def test_a_message_that_comes_twice_is_taken_once() -> None:
    env = SagaEnvironment(sagas=[waiting], mode=Mode.DUPLICATES)
    run = env.start(waiting, instance_id="a")
    for number in range(2):
        env.raise_event("a", "n", number)
        env.settle()

    assert run.kinds["EventReceived"] == 2
    assert not run.status.ended
