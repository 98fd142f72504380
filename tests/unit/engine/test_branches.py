from datetime import timedelta

from durable import ActivityError, Cancelled, NotDurable, SagaContext, Status, Tolerance, saga
from durable.events import ActivityScheduled
from tests.support.plays import Play, completed, failed
from tests.support.tables import ADD, UNDO_ADD

HOUR = timedelta(hours=1)


def test_branches_go_on_side_by_side() -> None:
    @saga("two-lines")
    async def two_lines(ctx: SagaContext) -> list[int]:
        async def line(number: int) -> int:
            return await ctx.call(ADD, await ctx.call(ADD, number))

        return await ctx.gather(ctx.spawn(line(1)), ctx.spawn(line(2)))

    play = Play(two_lines)
    assert [event.input for event in play.of(ActivityScheduled)] == [1, 2]
    play.turn(completed(2, 20))
    play.turn(completed(3, 200), completed(1, 10))
    assert [event.input for event in play.of(ActivityScheduled)] == [1, 2, 20, 10]
    play.turn(completed(4, 100))

    assert play.instance.output == [100, 200]


def test_a_branch_fails_where_it_is_awaited() -> None:
    @saga("failing-branch")
    async def failing_branch(ctx: SagaContext) -> str:
        async def line() -> None:
            await ctx.call(ADD, 1)

        branch = ctx.spawn(line())
        await ctx.call(ADD, 2)
        try:
            await branch
        except ActivityError as error:
            return error.failure.message
        return ""

    play = Play(failing_branch)
    play.turn(failed(2))
    assert play.instance.status is Status.RUNNING
    play.turn(completed(1))

    assert play.instance.output == "no"


def test_a_cancelled_branch_raises_at_once_and_may_clean_up() -> None:
    @saga("cleaning")
    async def cleaning(ctx: SagaContext) -> str:
        async def line() -> None:
            try:
                await ctx.sleep(HOUR)
            finally:
                await ctx.call(ADD, 1, label="clean")
                await ctx.call(ADD, 2, label="cleaner")

        branch = ctx.spawn(line())
        await ctx.call(ADD, 3)
        branch.cancel()
        branch.cancel()
        try:
            await branch
        except Cancelled:
            await ctx.call(ADD, 4)
            return "over"
        return ""

    play = Play(cleaning)

    assert play.kinds(completed(1)) == ["ActivityCompleted", "ActivityScheduled", "ActivityScheduled"]
    assert play.kinds(completed(4)) == ["ActivityCompleted", "ActivityScheduled"]
    play.turn(completed(3))
    assert play.instance.output == "over"
    assert [event.label for event in play.of(ActivityScheduled)] == [None, None, "clean", "cleaner"]


def test_a_branch_cancelled_before_it_began_never_runs() -> None:
    @saga("unborn")
    async def unborn(ctx: SagaContext) -> str:
        async def line() -> None:
            ctx.set_status("never")

        branch = ctx.spawn(line())
        branch.cancel()
        await ctx.call(ADD, 1)
        return "over"

    play = Play(unborn)
    play.turn(completed(1))

    assert (play.instance.output, play.instance.custom_status) == ("over", None)


def test_a_branch_that_is_still_open_when_the_saga_returns_is_dropped() -> None:
    told: list[str] = []

    @saga("returning")
    async def returning(ctx: SagaContext) -> str:
        async def line() -> None:
            try:
                await ctx.sleep(HOUR)
            finally:
                told.append("dropped")
                ctx.call(ADD, 1)

        ctx.spawn(line())
        await ctx.call(ADD, 2)
        return "over"

    play = Play(returning)

    assert play.kinds(completed(1)) == ["ActivityCompleted", "SagaCompleted"]
    assert told


def test_a_branch_of_a_branch_outlives_it() -> None:
    @saga("nested")
    async def nested(ctx: SagaContext) -> list[int]:
        told: list[int] = []

        async def inner() -> None:
            told.append(await ctx.call(ADD, 1))

        async def outer() -> None:
            ctx.spawn(inner())

        await ctx.spawn(outer())
        await ctx.call(ADD, 2)
        return told

    play = Play(nested)
    play.turn(completed(1, 10), completed(2))

    assert play.instance.output == [10]


def test_only_a_coroutine_can_be_spawned() -> None:
    @saga("misled")
    async def misled(ctx: SagaContext) -> None:
        ctx.spawn(7)  # type: ignore[arg-type]

    play = Play(misled)

    assert play.instance.failure is not None
    assert play.instance.failure.message.startswith("expected a coroutine, such as `branch(ctx)`")


def test_a_coroutine_that_is_running_or_over_fails_as_a_branch() -> None:
    @saga("reused")
    async def reused(ctx: SagaContext) -> str:
        async def line() -> int:
            return 1

        coroutine = line()
        assert await ctx.spawn(coroutine) == 1
        try:
            await ctx.spawn(coroutine)
        except RuntimeError as error:
            return str(error)
        return ""

    assert Play(reused).instance.output == "cannot reuse already awaited coroutine"


def test_a_branch_that_awaits_something_foreign_is_told_so() -> None:
    class Foreign:
        def __await__(self):  # type: ignore[no-untyped-def]
            yield "something"

    @saga("foreign")
    async def foreign(ctx: SagaContext) -> str:
        async def line() -> None:
            await Foreign()

        try:
            await ctx.spawn(line())
        except NotDurable as error:
            return str(error)
        return ""

    assert "found str ('something')" in str(Play(foreign).instance.output)


def test_two_branches_that_wait_for_one_another_wait_for_ever_and_the_instance_can_be_ended() -> None:
    @saga("knot")
    async def knot(ctx: SagaContext) -> None:
        async def wait() -> None:
            await second

        second = ctx.spawn(wait())
        await second

    play = Play(knot)

    assert (play.instance.status, play.instance.waiting) == (Status.RUNNING, [])


def test_a_saga_that_raised_starts_no_more_items_of_a_map_that_still_ran() -> None:
    @saga("mapping-on")
    async def mapping_on(ctx: SagaContext) -> None:
        async def item(number: int) -> None:
            await ctx.call(ADD, number, compensate_with=UNDO_ADD)

        ctx.map(item, range(10), max_concurrency=1, tolerate=Tolerance(count=9))
        await ctx.call(ADD, 99)

    play = Play(mapping_on)
    play.turn(failed(1))
    assert play.instance.status is Status.COMPENSATING

    assert play.kinds(completed(2)) == ["ActivityCompleted", "CompensationRegistered", "ActivityScheduled"]
    assert play.kinds(completed(4)) == ["ActivityCompleted", "SagaCompensated"]


def test_a_branch_that_was_to_go_on_when_the_saga_raised_does_not() -> None:
    @saga("woken")
    async def woken(ctx: SagaContext) -> None:
        async def item(_: int) -> None:
            await ctx.gather(call, return_exceptions=True)
            ctx.set_status("never")

        call = ctx.call(ADD, 1)
        ctx.compensate(UNDO_ADD, 1)
        ctx.map(item, range(9), max_concurrency=1, tolerate=Tolerance(count=9))
        await call

    play = Play(woken)

    assert play.kinds(failed(1)) == ["ActivityFailed", "CompensationStarted", "ActivityScheduled"]
    assert play.kinds(completed(3)) == ["ActivityCompleted", "SagaCompensated"]
