"""Programs made up from a seed: trees of steps as data, and the one saga that carries them out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from durable import (
    Activity,
    Cancelled,
    Handle,
    NonRetryable,
    RetryPolicy,
    SagaContext,
    SagaError,
    Timeouts,
    Tolerance,
    saga,
)
from durable.worker import ActivityContext

Step = list[Any]

DO = Activity("work.do", list[int], int)
UNDO = Activity("work.undo", int, type(None))
STUCK = Activity("work.stuck", int, type(None))
RETRY = RetryPolicy(max_attempts=3, first_delay=timedelta(seconds=5))
FEW = RetryPolicy(max_attempts=2, first_delay=timedelta(seconds=5))
DEPTH_MAX = 3


@saga("program")
async def program(ctx: SagaContext, steps: list[Any]) -> int:
    return await _carry_out(ctx, steps)


async def _carry_out(ctx: SagaContext, steps: list[Step]) -> int:
    done = 0
    for step in steps:
        await _STATEMENTS.get(step[0], _await)(ctx, step)
        done += 1
    return done


async def _await(ctx: SagaContext, step: Step) -> None:
    await _handle(ctx, step)


async def _try(ctx: SagaContext, step: Step) -> None:
    try:
        await _carry_out(ctx, step[1])
    except (SagaError, LookupError) as error:
        if isinstance(error, Cancelled):
            raise
        await ctx.call(DO, [0, 0])


async def _raise(ctx: SagaContext, step: Step) -> None:
    raise LookupError("as the program says")


async def _undo(ctx: SagaContext, step: Step) -> None:
    ctx.compensate(STUCK if step[1] == 0 else UNDO, step[1], retry=FEW)


async def _group(ctx: SagaContext, step: Step) -> None:
    async with ctx.compensation_group():
        for number in step[1]:
            ctx.compensate(UNDO, number)


async def _give_up(ctx: SagaContext, step: Step) -> None:
    _handle(ctx, step[1]).cancel()


async def _leave(ctx: SagaContext, step: Step) -> None:
    _handle(ctx, step[1])


async def _detached(ctx: SagaContext, step: Step) -> None:
    ctx.start_saga(program, step[1], on_parent_end=step[2])


async def _again(ctx: SagaContext, step: Step) -> None:
    ctx.continue_as_new(step[1])


async def _pivot(ctx: SagaContext, step: Step) -> None:
    ctx.pivot()


async def _status(ctx: SagaContext, step: Step) -> None:
    ctx.set_status(step[1])


async def _send(ctx: SagaContext, step: Step) -> None:
    ctx.send_event(ctx.root_id, step[1], step[2])


async def _shielded(ctx: SagaContext, step: Step) -> None:
    async with ctx.shield():
        await _carry_out(ctx, step[1])


async def _as_they_end(ctx: SagaContext, step: Step) -> None:
    async for handle in ctx.as_completed(*(_handle(ctx, one) for one in step[1])):
        await handle


async def _patched(ctx: SagaContext, step: Step) -> None:
    await _carry_out(ctx, step[2] if ctx.patched(step[1]) else [])


async def _bounded(ctx: SagaContext, step: Step) -> None:
    async with ctx.timeout(timedelta(seconds=step[1])):
        await _carry_out(ctx, step[2])


_STATEMENTS: dict[str, Callable[[SagaContext, Step], Any]] = {
    "try": _try,
    "raise": _raise,
    "undo": _undo,
    "group": _group,
    "give up": _give_up,
    "leave": _leave,
    "detached": _detached,
    "again": _again,
    "pivot": _pivot,
    "status": _status,
    "bounded": _bounded,
    "send": _send,
    "shielded": _shielded,
    "as they end": _as_they_end,
    "patched": _patched,
}


def _handle(ctx: SagaContext, step: Step) -> Handle[Any]:
    name, *given = step
    return _HANDLES[name](ctx, *given)


_HANDLES: dict[str, Callable[..., Handle[Any]]] = {
    "call": lambda ctx, number, failing: ctx.call(DO, [number, failing], retry=RETRY),
    "step": lambda ctx, number: ctx.call(DO, [number, 0], compensate_with=UNDO),
    "sleep": lambda ctx, seconds: ctx.sleep(timedelta(seconds=seconds)),
    "wait": lambda ctx, name, seconds: ctx.wait_for_event(name, int, timeout=timedelta(seconds=seconds)),
    "gather": lambda ctx, steps: ctx.gather(*(_handle(ctx, step) for step in steps)),
    "lenient": lambda ctx, steps: ctx.gather(*(_handle(ctx, step) for step in steps), return_exceptions=True),
    "first": lambda ctx, steps: ctx.first(*(_handle(ctx, step) for step in steps)),
    "map": lambda ctx, numbers, width: ctx.map(DO, [[n, 0] for n in numbers], max_concurrency=width),
    "spawn": lambda ctx, steps: ctx.spawn(_carry_out(ctx, steps)),
    "child": lambda ctx, steps: ctx.call_saga(program, steps),
    "tried child": lambda ctx, steps: ctx.call_saga(program, steps, retry=FEW, timeout=timedelta(minutes=5)),
    "children": lambda ctx, many: ctx.map(program, many, max_concurrency=2, tolerate=Tolerance(count=1)),
    "timed": lambda ctx, number, seconds: ctx.call(
        DO, [number, 0], retry=RETRY, timeouts=Timeouts(schedule_to_close=timedelta(seconds=seconds))
    ),
}


def handlers() -> dict[Activity[Any, Any], Callable[..., Any]]:
    """Handlers that know from their input alone how often they fail: they remember nothing."""

    def do(input: list[int], ctx: ActivityContext) -> int:
        number, failing = input
        if ctx.attempt <= failing:
            raise NonRetryable("never") if failing == 9 else OSError(f"attempt {ctx.attempt}")
        return number + 1

    def stuck(_: int) -> None:
        raise OSError("stuck")

    return {DO: do, UNDO: lambda _: None, STUCK: stuck}


def a_program(random: Random, depth: int = 0) -> list[Step]:
    """Make a program up."""
    most = 5 if depth == 0 else 3
    return [_a_step(random, depth) for _ in range(random.randint(depth == 0, most))]


def _a_step(random: Random, depth: int) -> Step:
    if depth >= DEPTH_MAX or random.random() < 0.55:
        return _simple(random)
    return random.choice(_COMPOUND)(random, depth + 1)


def _simple(random: Random) -> Step:
    return random.choices(_SIMPLE, _WEIGHTS)[0](random)


_SIMPLE: tuple[Callable[[Random], Step], ...] = (
    lambda random: ["call", random.randint(0, 9), random.choice((0, 0, 0, 1, 2, 3, 9))],
    lambda random: ["step", random.randint(0, 9)],
    lambda random: ["sleep", random.choice((-5, 0, 1, 20, 90, 600))],
    lambda random: ["wait", random.choice("xy"), random.choice((0, 10, 120))],
    lambda random: ["map", [random.randint(0, 9) for _ in range(random.randint(0, 4))], random.randint(1, 3)],
    lambda random: ["timed", random.randint(0, 9), random.choice((1, 30, 3600))],
)
_WEIGHTS = (5, 4, 2, 2, 1, 1)


def _several(random: Random, depth: int) -> list[Step]:
    return [_a_handle(random, depth) for _ in range(random.randint(1, 3))]


def _a_handle(random: Random, depth: int) -> Step:
    if depth >= DEPTH_MAX or random.random() < 0.7:
        return _simple(random)
    kind = random.choice(("gather", "lenient", "first", "spawn", "child", "tried child"))
    of_steps = kind in {"spawn", "child", "tried child"}
    return [kind, a_program(random, depth + 1) if of_steps else _several(random, depth + 1)]


_COMPOUND: tuple[Callable[[Random, int], Step], ...] = (
    lambda random, depth: ["gather", _several(random, depth)],
    lambda random, depth: ["lenient", _several(random, depth)],
    lambda random, depth: ["first", _several(random, depth)],
    lambda random, depth: ["spawn", a_program(random, depth)],
    lambda random, depth: ["child", a_program(random, depth)],
    lambda random, depth: ["child", a_program(random, depth)],
    lambda random, depth: ["tried child", a_program(random, depth)],
    lambda random, depth: ["children", [a_program(random, DEPTH_MAX) for _ in range(random.randint(0, 3))]],
    lambda random, depth: ["try", a_program(random, depth)],
    lambda random, depth: ["send", random.choice("xy"), random.randint(0, 9)],
    lambda random, depth: ["shielded", a_program(random, depth)],
    lambda random, depth: ["as they end", _several(random, depth)],
    lambda random, depth: ["patched", "a change", a_program(random, depth)],
    lambda random, depth: ["bounded", random.choice((0, 5, 60)), a_program(random, depth)],
    lambda random, depth: ["detached", a_program(random, depth), random.choice(("abandon", "cancel", "terminate"))],
    lambda random, depth: ["give up", _a_handle(random, depth)],
    lambda random, depth: ["leave", _a_handle(random, depth)],
    lambda random, depth: ["undo", random.randint(0, 5)],
    lambda random, depth: ["group", [random.randint(0, 5) for _ in range(random.randint(0, 3))]],
    lambda random, depth: ["raise"],
    lambda random, depth: ["pivot"],
    lambda random, depth: ["status", random.randint(0, 9)],
    lambda random, depth: ["again", a_program(random, DEPTH_MAX)],
)
