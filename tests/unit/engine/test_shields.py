from datetime import timedelta

from durable import Cancelled, SagaContext, Status, saga
from durable.events import CancelRequested
from tests.support.plays import Play, completed, raised
from tests.support.tables import ADD

HOUR = timedelta(hours=1)
ENOUGH = CancelRequested(reason="enough")


def test_a_cancel_waits_until_the_shield_is_left() -> None:
    @saga("shielded")
    async def shielded(ctx: SagaContext) -> list[object]:
        told: list[object] = []
        try:
            async with ctx.shield():
                told.append(await ctx.call(ADD, 1))
                told.append(await ctx.call(ADD, 2))
            told.append("never")
        except Cancelled as error:
            told.append(error.reason)
        return told

    play = Play(shielded)
    assert play.kinds(ENOUGH) == ["CancelRequested"]
    assert play.kinds(completed(1, 1)) == ["ActivityCompleted", "ActivityScheduled"]
    play.turn(completed(2, 2))

    assert play.instance.output == [1, 2, "enough"]


def test_a_shield_within_a_shield_holds_until_the_outer_one_is_left() -> None:
    @saga("nested")
    async def nested(ctx: SagaContext) -> None:
        async with ctx.shield():
            async with ctx.shield():
                await ctx.call(ADD, 1)
            await ctx.call(ADD, 2)

    play = Play(nested)
    play.turn(ENOUGH)

    assert play.kinds(completed(1)) == ["ActivityCompleted", "ActivityScheduled"]
    assert play.kinds(completed(2)) == ["ActivityCompleted", "SagaCancelled"]


def test_a_shield_of_a_branch_holds_the_cancel_of_the_instance_up() -> None:
    @saga("branch-shield")
    async def branch_shield(ctx: SagaContext) -> None:
        async def line() -> None:
            async with ctx.shield():
                await ctx.call(ADD, 1)

        ctx.spawn(line())
        await ctx.sleep(HOUR)

    play = Play(branch_shield)

    assert play.kinds(ENOUGH) == ["CancelRequested"]
    assert play.kinds(completed(2)) == ["ActivityCompleted", "SagaCancelled"]


def test_a_second_cancel_within_a_shield_changes_nothing() -> None:
    @saga("twice")
    async def twice(ctx: SagaContext) -> str:
        try:
            async with ctx.shield():
                await ctx.call(ADD, 1)
        except Cancelled as error:
            return error.reason
        return ""

    play = Play(twice)
    play.turn(ENOUGH, CancelRequested(reason="really"))
    play.turn(completed(1))

    assert play.instance.output == "enough"


def test_a_saga_that_returns_out_of_its_shield_is_cancelled_at_its_end() -> None:
    @saga("returning")
    async def returning(ctx: SagaContext) -> int:
        async with ctx.shield():
            return await ctx.call(ADD, 1)

    play = Play(returning)
    play.turn(ENOUGH)
    play.turn(completed(1, 7))

    assert play.instance.status is Status.CANCELLED


def test_without_a_cancel_a_shield_changes_nothing() -> None:
    @saga("quiet")
    async def quiet(ctx: SagaContext) -> int:
        async with ctx.shield():
            return await ctx.call(ADD, 1)

    play = Play(quiet)
    play.turn(completed(1, 7))

    assert play.instance.output == 7


def test_a_failure_within_a_shield_comes_first_and_the_cancel_at_the_next_await() -> None:
    @saga("failing")
    async def failing(ctx: SagaContext) -> list[str]:
        told: list[str] = []
        try:
            async with ctx.shield():
                await ctx.call(ADD, 1)
                raise LookupError("first")
        except LookupError as error:
            told.append(str(error))
        try:
            await ctx.sleep(HOUR)
        except Cancelled as error:
            told.append(error.reason)
        return told

    play = Play(failing)
    play.turn(ENOUGH)
    play.turn(completed(1))

    assert play.instance.output == ["first", "enough"]


def test_a_saga_that_ends_while_a_branch_is_shielded_has_ended() -> None:
    @saga("left")
    async def left(ctx: SagaContext) -> int:
        async def line() -> None:
            async with ctx.shield():
                await ctx.sleep(HOUR)

        ctx.spawn(line())
        return await ctx.wait_for_event("e", int)

    play = Play(left)
    play.turn(ENOUGH)
    play.turn(raised("e", 3))

    assert (play.instance.status, play.instance.output) == (Status.COMPLETED, 3)
