"""What an owner makes of a request to rewind that it can't, or must not, do."""

from dataclasses import replace
from datetime import timedelta

from durable import SagaContext, saga
from durable.hooks import Happening, Hooks
from durable.requests import REWIND, OwnerRequest
from durable.status import Status
from orchestrator.host.watchdog import Watchdog
from tests.support.host_sagas import ADD_ONE, SAGAS, Number
from tests.support.host_world import HostWorld
from tests.unit.host.test_strays import dead_letters

LOOPS: list[str] = []


@saga("looping")
async def looping(ctx: SagaContext, start: Number) -> Number:
    while LOOPS:
        pass
    return await ctx.call(ADD_ONE, start)


def a_rewind(execution: int, id: str = "request") -> OwnerRequest:
    return OwnerRequest(id, "a", REWIND, "", {"execution": execution, "to": 1, "reason": "again"})


async def idle(world: HostWorld) -> None:
    await world.start("chain", {"value": 1}, id="neighbour")
    await world.ended("neighbour")


async def in_execution(world: HostWorld, execution: int) -> bool:
    head = await world.head()
    return head is not None and head.execution == execution and head.status is Status.COMPLETED


async def test_a_rewind_is_for_the_execution_that_was_judged_and_for_no_later_one() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.ended()
        await world.ask(a_rewind(1, "one"))
        await world.until(lambda: in_execution(world, 2))
        await world.ask(a_rewind(1, "two"))
        await idle(world)
        head = await world.head()

    assert head is not None
    assert head.execution == 2
    assert await dead_letters(world) == []


async def test_a_rewind_whose_code_goes_on_for_too_long_is_told_in_the_dead_letter_queue() -> None:
    world = HostWorld(sagas=(*SAGAS, looping))
    ports = replace(world.ports(), watchdog=Watchdog(timedelta(milliseconds=50)))
    async with world.working(), world.hosting(ports):
        await world.start("looping", {"value": 1})
        await world.ended()
        LOOPS.append("for ever")
        try:
            await world.ask(a_rewind(1))
            await idle(world)
        finally:
            LOOPS.clear()
        head = await world.head()

    assert head is not None
    assert (head.execution, head.status) == (1, Status.COMPLETED)
    (dead,) = await dead_letters(world)
    assert dead["DeadLetterReason"] == "RequestFailed"
    assert "a replay that went on for more than" in dead["DeadLetterErrorDescription"]


async def test_hooks_are_told_of_a_rewind_and_of_what_follows_it_alone() -> None:
    world, hooks = HostWorld(), Hooks()
    told: list[Happening] = []
    hooks.instance(told.append)
    async with world.working(), world.hosting(replace(world.ports(), hooks=(hooks,))):
        await world.start("chain", {"value": 1})
        await world.ended()
        told.clear()
        await world.ask(a_rewind(1))
        await world.until(lambda: in_execution(world, 2))

    assert (told[0].execution, told[0].event.kind) == (2, "Rewound")
    assert [one.event.kind for one in told].count("SagaCompleted") == 1
