"""What a saga knows of itself, of time and of chance, and what it tells of itself."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from durable import Activity, SagaContext, saga
from durable.testing import Mode, SagaEnvironment

WORK = Activity("work.do", int, int)
MINUTE = timedelta(minutes=1)


@saga("knowing", version="3")
async def knowing(ctx: SagaContext) -> dict[str, Any]:
    began = ctx.now
    facts: dict[str, Any] = {
        "id": ctx.instance_id,
        "execution": ctx.execution,
        "version": ctx.version,
        "parent": ctx.parent_id,
        "root": ctx.root_id,
        "uuid": [str(ctx.uuid()), str(ctx.uuid())],
        "random": [ctx.random.random(), ctx.random.randint(1, 100)],
        "tags": dict(ctx.tags),
        "aware": began.utcoffset() == timedelta(0),
        "length": [ctx.history_length],
        "replaying": ctx.is_replaying,
    }
    await ctx.call(WORK, 1)
    facts["length"].append(ctx.history_length)
    await ctx.sleep(MINUTE)
    facts["passed"] = (ctx.now - began).total_seconds()
    facts["replaying at the end"] = ctx.is_replaying
    return facts


def known(mode: Mode) -> dict[str, Any]:
    env = SagaEnvironment(sagas=[knowing], handlers={WORK: lambda n: n}, mode=mode, seed=7)
    run: Any = env.start(knowing, instance_id="a", tags={"size": 2, "color": "red"})
    env.advance(10 * MINUTE)
    return dict(run.result)


def test_facts_are_the_same_in_every_mode(mode: Mode) -> None:
    facts = known(mode)
    length = facts.pop("length")
    replaying = facts.pop("replaying")
    expected = known(Mode.LIVE)
    del expected["length"], expected["replaying"]

    assert facts == expected
    assert length[0] >= 1
    assert length[1] >= 3
    assert replaying is (mode is Mode.COLD)
    assert facts["replaying at the end"] is False
    assert (facts["id"], facts["execution"], facts["version"]) == ("a", 1, "3")
    assert (facts["parent"], facts["root"]) == (None, "a")
    assert facts["tags"] == {"size": 2, "color": "red"}
    assert len(set(facts["uuid"])) == 2
    assert facts["passed"] == 60
    assert facts["aware"]


def test_log_lines_come_once(mode: Mode, caplog: pytest.LogCaptureFixture) -> None:
    @saga("logging")
    async def logs(ctx: SagaContext) -> None:
        ctx.log.info("before %s", 1)
        await ctx.call(WORK, 1)
        ctx.log.warning("after")

    env = SagaEnvironment(sagas=[logs], handlers={WORK: lambda n: n}, mode=mode)
    with caplog.at_level(logging.INFO):
        env.start(logs)
        env.settle()

    told = [record.getMessage() for record in caplog.records]
    assert told.count("before 1") == 1
    assert told.count("after") == 1


@saga("tagging")
async def tagging(ctx: SagaContext) -> dict[str, Any]:
    ctx.set_status({"step": 1})
    ctx.set_tags({"text": "x", "number": 1.5, "yes": True, "at": ctx.now, "gone": None})
    ctx.set_tags({"text": None})
    await ctx.wait_for_event("go", str)
    ctx.set_status(None)
    return {name: str(value) for name, value in ctx.tags.items()}


def test_status_and_tags_show_outside(mode: Mode) -> None:
    env = SagaEnvironment(sagas=[tagging], handlers={}, mode=mode)
    run: Any = env.start(tagging, instance_id="a", tags={"gone": "soon", "kept": "y"})
    env.settle()

    assert run.custom_status == {"step": 1}
    assert run.tags == {"kept": "y", "number": 1.5, "yes": True, "at": env.now}
    assert env.get("a").custom_status == {"step": 1}
    assert run.kinds["StatusSet"] == 1
    assert run.kinds["TagsSet"] == 2
    env.raise_event("a", "go", "x")
    env.settle()
    assert run.custom_status is None
    assert set(run.result) == {"kept", "number", "yes", "at"}


@pytest.mark.parametrize("value", [[1], {"a": 1}, object(), b"x", datetime(2026, 1, 1)])  # noqa: DTZ001
def test_a_tag_is_text_number_bool_or_aware_datetime(value: Any) -> None:
    @saga("wrong-tag")
    async def wrong_tag(ctx: SagaContext) -> str:
        try:
            ctx.set_tags({"x": value})
        except TypeError:
            return "TypeError"
        return ""

    env = SagaEnvironment(sagas=[wrong_tag], handlers={})
    run: Any = env.start(wrong_tag)
    env.settle()
    assert run.result == "TypeError"
    with pytest.raises(TypeError):
        env.start(wrong_tag, tags={"x": value})


def test_children_continue_as_new_and_restart_inherit_tags(mode: Mode) -> None:
    @saga("leaf")
    async def leaf(ctx: SagaContext) -> dict[str, Any]:
        return dict(ctx.tags)

    @saga("top")
    async def top(ctx: SagaContext, n: int) -> list[Any]:
        if n == 0:
            ctx.continue_as_new(1)
        inherited = await ctx.call_saga(leaf)
        given = await ctx.call_saga(leaf, tags={"own": 1})
        return [dict(ctx.tags), inherited, given]

    env = SagaEnvironment(sagas=[top, leaf], handlers={}, mode=mode)
    run: Any = env.start(top, 0, instance_id="a", tags={"t": "x"})
    env.settle()
    assert run.result == [{"t": "x"}, {"t": "x"}, {"own": 1}]
    again = env.restart("a", new_id="b")
    env.settle()
    assert again.result[0] == {"t": "x"}


def test_a_clock_that_jumps_forward_fires_what_is_due_in_order(mode: Mode) -> None:
    @saga("jumping")
    async def jumping(ctx: SagaContext) -> list[float]:
        began = ctx.now
        told = []
        for _ in range(3):
            await ctx.sleep(timedelta(days=10))
            told.append((ctx.now - began).total_seconds() / 86_400)
        return told

    env = SagaEnvironment(sagas=[jumping], handlers={}, mode=mode)
    run: Any = env.start(jumping)
    env.advance(timedelta(days=365))

    assert run.result == [10, 20, 30]
    assert env.now > datetime(2000, 1, 1, tzinfo=UTC)
