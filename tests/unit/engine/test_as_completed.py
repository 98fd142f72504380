from datetime import timedelta

from durable import ActivityError, DeadlineExceeded, Handle, SagaContext, saga
from tests.support.plays import Play, completed, failed, fired
from tests.support.tables import ADD

HOUR = timedelta(hours=1)


def test_handles_come_in_the_order_in_which_they_end() -> None:
    @saga("ordered")
    async def ordered(ctx: SagaContext) -> list[object]:
        told: list[object] = []
        calls = [ctx.call(ADD, number) for number in range(4)]
        await calls[2]
        async for call in ctx.as_completed(*calls):
            try:
                told.append(await call)
            except ActivityError as error:
                told.append(error.failure.type)
        return told

    play = Play(ordered)
    play.turn(completed(4, 40), completed(3, 30))
    play.turn(failed(1))
    play.turn(completed(2, 20))

    assert play.instance.output == [40, 30, "E", 20]


def test_of_nothing_nothing_comes() -> None:
    @saga("empty")
    async def empty(ctx: SagaContext) -> list[int]:
        nothing: list[Handle[int]] = []
        return [await call async for call in ctx.as_completed(*nothing)]

    assert Play(empty).instance.output == []


def test_a_look_that_is_given_up_loses_no_handle() -> None:
    @saga("impatient")
    async def impatient(ctx: SagaContext) -> list[int]:
        coming = ctx.as_completed(ctx.call(ADD, 1), ctx.call(ADD, 2))
        told: list[int] = []
        try:
            async with ctx.timeout(HOUR):
                async for call in coming:
                    told.append(await call)
        except DeadlineExceeded:
            told.append(-1)
        async for call in coming:
            told.append(await call)
        return told

    play = Play(impatient)
    play.turn(completed(2, 20))
    play.turn(fired(3, HOUR))
    play.turn(completed(1, 10))

    assert play.instance.output == [20, -1, 10]


def test_two_branches_may_share_what_comes() -> None:
    @saga("shared")
    async def shared(ctx: SagaContext) -> list[list[int]]:
        coming = ctx.as_completed(*(ctx.call(ADD, number) for number in range(3)))

        async def take() -> list[int]:
            return [await call async for call in coming]

        return await ctx.gather(ctx.spawn(take()), ctx.spawn(take()))

    play = Play(shared)
    for task in (3, 1, 2):
        play.turn(completed(task, task))

    assert play.instance.output == [[3, 2], [1]]


def test_what_would_have_come_to_an_interrupted_look_comes_to_the_next() -> None:
    @saga("handed-on")
    async def handed_on(ctx: SagaContext) -> list[int]:
        coming = ctx.as_completed(ctx.call(ADD, 1))

        async def take() -> list[int]:
            return [await call async for call in coming]

        branch = ctx.spawn(take())
        await ctx.call(ADD, 2)
        branch.cancel()
        return await take()

    play = Play(handed_on)
    play.turn(completed(2))
    play.turn(completed(1, 10))

    assert play.instance.output == [10]


def test_what_came_to_a_look_that_is_interrupted_before_it_goes_on_comes_to_the_next() -> None:
    @saga("just-then")
    async def just_then(ctx: SagaContext) -> list[int]:
        call = ctx.call(ADD, 1)

        async def take() -> list[int]:
            return [await call async for call in coming]

        async def drop() -> None:
            await call
            branch.cancel()

        dropping = ctx.spawn(drop())
        await ctx.call(ADD, 2)
        coming = ctx.as_completed(call)
        branch = ctx.spawn(take())
        await dropping
        return await take()

    play = Play(just_then)
    play.turn(completed(2))
    play.turn(completed(1, 10))

    assert play.instance.output == [10]
