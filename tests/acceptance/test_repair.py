"""Rewind, fork, retry, and instances whose code no longer fits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from durable import Activity, DeterminismMismatch, SagaContext, saga
from durable.testing import Mode, SagaEnvironment, replay

WORK = Activity("work.do", int, int)
OTHER = Activity("work.other", int, int)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Once:
    """A handler that fails until it is mended."""

    def __init__(self) -> None:
        self.broken = True

    def __call__(self, n: int) -> int:
        if n == 2 and self.broken:
            raise ValueError("broken")
        return 10 * n


@saga("steps")
async def steps(ctx: SagaContext) -> list[Any]:
    told = [await ctx.call(WORK, 1, label="one")]
    await ctx.sleep(MINUTE)
    told.append(await ctx.call(WORK, 2, label="two"))
    told.append(await ctx.wait_for_event("go", int))
    return told


def environment(*sagas: Any, mode: Mode = Mode.LIVE, handler: Any = lambda n: 10 * n) -> SagaEnvironment:
    return SagaEnvironment(sagas=sagas, handlers={WORK: handler, OTHER: lambda n: n}, mode=mode, seed=7)


def test_retry_runs_the_failed_step_again(mode: Mode) -> None:
    handler = Once()
    env = environment(steps, mode=mode, handler=handler)
    run: Any = env.start(steps, instance_id="a", event=("go", 7))
    env.advance(HOUR)
    assert run.status == "Failed"
    handler.broken = False
    env.retry("a", reason="mended")
    env.advance(HOUR)

    assert run.result == [10, 20, 7]
    assert [e.input for e in env.effects].count(1) == 1
    assert run.kinds["Rewound"] == 1


def test_rewind_goes_back_to_before_an_event(mode: Mode) -> None:
    env = environment(steps, mode=mode)
    run: Any = env.start(steps, instance_id="a")
    env.advance(HOUR)
    second = next(e for e in run.history if e.kind == "ActivityScheduled" and e.label == "two")
    env.rewind("a", to=second.sequence, reason="again")
    env.advance(HOUR)
    env.raise_event("a", "go", 1)
    env.settle()

    assert run.result == [10, 20, 1]
    assert [e.input for e in env.effects] == [1, 2, 2]
    [rewound] = [e for e in run.history if e.kind == "Rewound"]
    assert rewound.reason == "again"
    assert env.get("a").execution == 2


def test_fork_begins_another_instance_from_before_an_event(mode: Mode) -> None:
    env = environment(steps, mode=mode)
    run: Any = env.start(steps, instance_id="a")
    env.advance(HOUR)
    second = next(e for e in run.history if e.kind == "ActivityScheduled" and e.label == "two")
    other: Any = env.fork("a", from_=second.sequence)
    env.advance(HOUR)
    for id_, n in (("a", 1), (other.instance_id, 2)):
        env.raise_event(id_, "go", n)
    env.settle()

    assert other.instance_id != "a"
    assert run.result == [10, 20, 1]
    assert other.result == [10, 20, 2]


def changed(*, label: str = "one", activity: Any = WORK) -> Any:
    @saga("steps")
    async def steps(ctx: SagaContext) -> list[Any]:
        told = [await ctx.call(activity, 1, label=label)]
        await ctx.sleep(MINUTE)
        told.append(await ctx.call(WORK, 2, label="two"))
        told.append(await ctx.wait_for_event("go", int))
        return told

    return steps


@pytest.mark.parametrize("other", [changed(label="uno"), changed(activity=OTHER)])
def test_a_mismatch_blocks_names_both_steps_and_the_line_and_is_repaired_by_code(other: Any, mode: Mode) -> None:
    env = environment(steps, mode=mode)
    run: Any = env.start(steps, instance_id="a")
    env.settle()
    env.deploy(sagas=[other])
    env.advance(HOUR)

    assert run.status == "Blocked"
    [blocked] = [e for e in run.history if e.kind == "Blocked"]
    assert "work.do" in blocked.expected
    assert "one" in blocked.expected
    assert ("uno" in blocked.found) or ("work.other" in blocked.found)
    assert blocked.task_id == 1
    assert "test_repair.py:" in blocked.location
    shown = env.get("a").blocked
    assert shown is not None
    assert (shown.expected, shown.found, shown.task_id) == (blocked.expected, blocked.found, 1)
    env.raise_event("a", "go", 3)
    env.settle()
    env.deploy(sagas=[steps])
    env.unblock("a")
    env.advance(HOUR)
    assert run.result == [10, 20, 3]
    assert run.kinds["Unblocked"] == 1


def test_another_input_of_a_step_is_no_mismatch(mode: Mode) -> None:
    @saga("steps")
    async def other(ctx: SagaContext) -> list[Any]:
        told = [await ctx.call(WORK, 999, label="one")]
        await ctx.sleep(5 * MINUTE)
        told.append(await ctx.call(WORK, 2, label="two"))
        told.append(await ctx.wait_for_event("go", int))
        return told

    env = environment(steps, mode=mode)
    run: Any = env.start(steps, instance_id="a")
    env.settle()
    env.deploy(sagas=[other])
    env.advance(HOUR)
    env.raise_event("a", "go", 3)
    env.settle()

    assert run.result == [10, 20, 3]


def test_a_removed_version_blocks_and_comes_back(mode: Mode) -> None:
    @saga("steps", version="2")
    async def newer(ctx: SagaContext) -> str:
        return "two"

    env = environment(steps, mode=mode)
    run: Any = env.start(steps, instance_id="a")
    env.settle()
    env.deploy(sagas=[newer])
    env.raise_event("a", "go", 5)
    env.advance(HOUR)
    assert run.status == "Blocked"
    assert "1" in str(env.get("a").reasons)
    env.deploy(sagas=[newer, steps])
    env.unblock("a")
    env.advance(HOUR)

    assert run.result == [10, 20, 5]


def test_versions_live_side_by_side_and_restarts_take_the_newest(mode: Mode) -> None:
    def version(number: str) -> Any:
        @saga("versioned", version=number)
        async def versioned(ctx: SagaContext) -> list[str]:
            await ctx.wait_for_event("go", int)
            return [number, ctx.version]

        return versioned

    env = environment(version("9"), mode=mode)
    old: Any = env.start("versioned", instance_id="old")
    env.settle()
    env.deploy(sagas=[version("9"), version("10")])
    new: Any = env.start("versioned", instance_id="new")
    env.settle()
    for id_ in ("old", "new"):
        env.raise_event(id_, "go", 1)
    env.settle()
    assert (old.result, new.result) == (["9", "9"], ["10", "10"])
    env.restart("old")
    env.settle()
    env.raise_event("old", "go", 1)
    env.settle()
    assert old.result == ["10", "10"]


def test_patched_keeps_old_instances_on_the_old_side(mode: Mode) -> None:
    @saga("patching")
    async def before(ctx: SagaContext) -> list[Any]:
        told = [await ctx.call(WORK, 1)]
        await ctx.sleep(MINUTE)
        return told

    @saga("patching")
    async def after(ctx: SagaContext) -> list[Any]:
        told = [await ctx.call(OTHER if ctx.patched("other") else WORK, 1)]
        await ctx.sleep(MINUTE)
        told.append(ctx.patched("other"))
        return told

    env = environment(before, mode=mode)
    old: Any = env.start(before, instance_id="old")
    env.settle()
    env.deploy(sagas=[after])
    new: Any = env.start(after, instance_id="new")
    env.advance(HOUR)

    assert new.result == [1, True]
    assert new.kinds["PatchMarked"] == 1
    assert old.result == [10, False]


def test_replay_of_a_saved_history_tells_a_mismatch() -> None:
    env = environment(steps)
    run: Any = env.start(steps, instance_id="a", event=("go", 3))
    env.advance(HOUR)
    replay([steps], run.history)
    with pytest.raises(DeterminismMismatch) as caught:
        replay([changed(label="uno")], run.history)

    assert "one" in caught.value.expected
    assert "uno" in caught.value.found
    assert caught.value.task_id == 1
    assert "test_repair.py:" in str(caught.value.location)
    damaged = [event for event in run.history if event.kind != "ActivityCompleted"]
    with pytest.raises((DeterminismMismatch, ValueError)):
        replay([steps], damaged)
