from collections.abc import Callable, Generator
from typing import Any

import pytest

from durable import Saga, SagaContext, Status, saga
from durable.events import (
    SagaStarted,
)
from orchestrator.engine import Instance
from tests.support.drive import IDENTITY
from tests.support.fitting_sagas import at_second_step, fitting
from tests.support.tables import ADD, UNDO_ADD, numbered, replayed, setup_of


def test_a_removed_version_blocks_what_still_runs_on_it() -> None:
    @saga("chain", version="2")
    async def newer(ctx: SagaContext) -> list[int]:
        return []

    instance = replayed(newer, at_second_step())

    assert instance.status is Status.BLOCKED
    assert instance.mismatch is not None
    assert instance.mismatch.found == "no code for version '1' of saga 'chain'"


def _asks_more() -> Saga[Any, Any]:
    @saga("chain")
    async def code(ctx: SagaContext) -> list[int]:
        ctx.call(ADD, 1)
        await ctx.call(ADD, 1)
        return []

    return code


def _asks_less() -> Saga[Any, Any]:
    @saga("chain")
    async def code(ctx: SagaContext) -> list[int]:
        await ctx.wait_for_event("go", int)
        return []

    return code


def _ends() -> Saga[Any, Any]:
    @saga("chain")
    async def code(ctx: SagaContext) -> list[int]:
        await ctx.call(ADD, 1)
        raise ValueError("early")

    return code


def _gives_up() -> Saga[Any, Any]:
    @saga("chain")
    async def code(ctx: SagaContext) -> list[int]:
        ctx.call(ADD, 1).cancel()
        await ctx.wait_for_event("go", int)
        return []

    return code


def _wants_input() -> Saga[Any, Any]:
    @saga("chain")
    async def code(ctx: SagaContext, number: int) -> list[int]:
        return []

    return code


@pytest.mark.parametrize(
    ("code", "expected", "found", "line"),
    [
        (_asks_more(), "no decision", "ActivityScheduled 'math.add'", 3),
        (_asks_less(), "ActivityScheduled 'math.add'", "no decision", 2),
        (_ends(), "ActivityScheduled 'math.add' (label 'second')", "SagaFailed (ValueError: early)", 3),
        (_gives_up(), "ActivityScheduled 'math.add' (label 'second')", "no decision", 3),
        (
            _wants_input(),
            "ActivityScheduled 'math.add'",
            "SagaRejected ((whole): Input should be a valid integer)",
            None,
        ),
    ],
    ids=["asks more", "asks less", "ends early", "gives up", "wants input"],
)
def test_a_mismatch_tells_expected_found_and_line(
    code: Saga[Any, Any], expected: str, found: str, line: int | None
) -> None:
    mismatch = replayed(code, at_second_step()).mismatch

    assert mismatch is not None
    assert (mismatch.expected, mismatch.found) == (expected, found)
    place = None if line is None else f"{__file__}:{code.function.__code__.co_firstlineno + line}"
    assert mismatch.location == place
    assert "'a'" in str(mismatch)


def test_the_line_is_that_of_a_helper_if_the_helper_decided() -> None:
    async def helper(ctx: SagaContext) -> None:
        await ctx.call(UNDO_ADD, 1)

    @saga("chain")
    async def code(ctx: SagaContext) -> None:
        await helper(ctx)

    mismatch = replayed(code, at_second_step()).mismatch

    assert mismatch is not None
    assert mismatch.location == f"{__file__}:{helper.__code__.co_firstlineno + 1}"


def test_a_history_with_a_hole_is_told_to_be_damaged() -> None:
    history = at_second_step()
    del history[2]

    instance = replayed(fitting, history)

    assert instance.status is Status.BLOCKED
    assert instance.mismatch is not None
    assert "damaged" in instance.mismatch.found or "no decision" in instance.mismatch.expected


@pytest.mark.parametrize("position", range(4))
def test_a_history_with_an_event_twice_blocks_its_instance(position: int) -> None:
    history = at_second_step()
    history.insert(position, history[position])

    instance = Instance.replay(IDENTITY, setup_of(fitting), numbered(*history))

    assert instance.status is Status.BLOCKED


class Foreign:
    def __await__(self) -> Generator[Any, None, None]:
        yield self


async def _return(ctx: SagaContext) -> None:
    return


async def _call(ctx: SagaContext) -> None:
    await ctx.call(ADD, 1)


async def _await_foreign(ctx: SagaContext) -> None:
    await Foreign()


async def _raise(ctx: SagaContext) -> None:
    raise LookupError


@pytest.mark.parametrize("then", [_return, _call, _await_foreign, _raise])
def test_whatever_a_saga_does_after_a_mismatch_counts_for_nothing(then: Callable[[SagaContext], Any]) -> None:
    swallowed: list[BaseException] = []

    @saga("chain")
    async def stubborn(ctx: SagaContext) -> list[int]:
        try:
            await ctx.call(UNDO_ADD, 1)
        except BaseException as error:
            swallowed.append(error)
            await then(ctx)
        return []

    instance = replayed(stubborn, at_second_step())

    assert len(swallowed) == 1
    assert instance.status is Status.BLOCKED
    assert instance.mismatch is not None
    assert instance.mismatch.found == "ActivityScheduled 'math.undo-add'"
    assert instance.event_count == len(at_second_step())


def test_a_decision_of_the_engine_itself_has_no_line() -> None:
    @saga("chain")
    async def undoing(ctx: SagaContext) -> list[int]:
        await ctx.call(ADD, 1, compensate_with=UNDO_ADD)
        return []

    mismatch = replayed(undoing, at_second_step()).mismatch

    assert mismatch is not None
    assert mismatch.found == "CompensationRegistered 'math.undo-add'"
    assert mismatch.location is None


def test_a_second_start_in_a_history_is_a_mismatch() -> None:
    start = SagaStarted(saga="chain", version="1")

    instance = replayed(_asks_less(), numbered(start, start))

    assert instance.mismatch is not None
    assert instance.mismatch.expected == "SagaStarted"
