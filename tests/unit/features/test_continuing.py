from datetime import timedelta

from durable import SagaContext, Status, saga
from durable.events import ActivityScheduled, ContinuedAsNew
from durable.testing import SagaEnvironment
from tests.support.modes import ECHO, UNDO, everywhere, of

HOUR = timedelta(hours=1)


@saga("counter")
async def counter(ctx: SagaContext, total: int) -> int:
    number = await ctx.wait_for_event("add", int)
    if number:
        ctx.continue_as_new(total + number)
    return total


def test_no_event_is_lost_between_executions() -> None:
    def script(env: SagaEnvironment) -> None:
        for number in (1, 2, 3):
            env.raise_event("a", "add", number)
        env.settle()
        for number in (4, 5, 0):
            env.raise_event("a", "add", number)

    run = everywhere([counter], 0, script)

    assert run.result == 15
    assert len(of(run, ContinuedAsNew)) == 5


@saga("looping")
async def looping(ctx: SagaContext, round: int) -> list[object]:
    if round < 3:
        ctx.compensate(UNDO, round)
        await ctx.call(ECHO, round)
        await ctx.sleep(HOUR)
        ctx.continue_as_new(round + 1)
    if round == 3:
        raise ValueError("as planned")
    return []


def test_registered_undos_go_along_and_run_last_first() -> None:
    run = everywhere([looping], 1, lambda env: env.advance(9 * HOUR))

    assert run.status is Status.COMPENSATED
    undone = [event.input for event in of(run, ActivityScheduled) if event.compensates]
    assert undone == [2, 1]


@saga("aging", version="1")
async def old(ctx: SagaContext, round: int) -> str:
    await ctx.wait_for_event("go", int)
    if round == 0:
        ctx.continue_as_new(1)
    return "1"


@saga("aging", version="2")
async def new(ctx: SagaContext, round: int) -> str:
    return f"2 in execution {ctx.execution}"


def test_the_next_execution_takes_the_newest_version() -> None:
    def script(env: SagaEnvironment) -> None:
        env.deploy([old, new])
        env.raise_event("a", "go", 1)

    assert everywhere([old], 0, script).result == "2 in execution 2"


@saga("tagged")
async def tagged(ctx: SagaContext, round: int) -> list[object]:
    if round == 0:
        ctx.set_tags({"a": 1})
        ctx.continue_as_new(1)
    if round == 1:
        ctx.continue_as_new(2, tags={"b": 2})
    return [dict(ctx.tags)]


def test_tags_are_inherited_unless_given() -> None:
    assert everywhere([tagged], 0).result == [{"b": 2}]
