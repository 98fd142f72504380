import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from durable import SagaContext, saga
from durable.status import Status
from orchestrator.engine import Registry, Setup
from orchestrator.host.host_ports import HostLimits
from orchestrator.host.watchdog import TurnTooLong, Watchdog
from tests.support.host_sagas import ADD_ONE, SAGAS, Number
from tests.support.host_world import HostWorld

SHORT = HostLimits(turn=timedelta(seconds=2))


@saga("endless")
async def endless(ctx: SagaContext, start: Number) -> Number:
    await ctx.call(ADD_ONE, start)
    while True:
        start.value += 1


@saga("stubborn")
async def stubborn(ctx: SagaContext, start: Number) -> Number:
    count = start.value
    while True:
        try:
            while True:
                count += 1
        except BaseException:
            count = 0


@saga("chain")
async def chain_that_loops(ctx: SagaContext, start: Number) -> Number:
    while True:
        start.value += 1


async def status_of(world: HostWorld, status: Status) -> bool:
    head = await world.head()
    return head is not None and head.status is status


@pytest.mark.parametrize(("name", "lines"), [("endless", range(21, 24)), ("stubborn", range(28, 35))])
async def test_a_saga_that_loops_is_interrupted_and_blocked_and_its_neighbours_go_on(name: str, lines: range) -> None:
    world = HostWorld(sagas=(*SAGAS, endless, stubborn), limits=SHORT)
    async with world.working(), world.hosting():
        await world.start(name, {"value": 1})
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
        await world.until(lambda: status_of(world, Status.BLOCKED))
        head = await world.head()

    assert head is not None
    found = dict(head.reasons)["found"]
    assert "a turn that went on for more than 2 s without awaiting" in found
    assert int(found.rpartition(", at " + __file__ + ":")[2]) in lines
    assert neighbour.output == {"value": 6}


async def test_a_saga_that_loops_in_its_replay_blocks_its_instance_and_goes_on_once_repaired() -> None:
    world = HostWorld(limits=SHORT)
    repaired = world.setup
    async with world.hosting():
        await world.start("chain", {"value": 1})
        await world.until(world.turns)
    world.setup = Setup(Registry([chain_that_loops]), repaired.destinations)
    async with world.working(), world.hosting():
        await world.until(lambda: status_of(world, Status.BLOCKED))
        head = await world.head()
    world.setup = repaired
    async with world.working(), world.hosting():
        await world.raise_event("anything", None)
        ended = await world.ended()

    assert head is not None
    assert "a replay that went on for more than 4 s" in dict(head.reasons)["found"]
    assert ended.output == {"value": 6}
    await world.check()


def spin(seconds: float) -> Callable[[], str]:
    def run() -> str:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass
        return "done"

    return run


def test_a_turn_within_its_time_is_left_alone() -> None:
    watchdog = Watchdog(timedelta(seconds=0.2))

    assert [watchdog.run(spin(0.01)) for _ in range(30)] == ["done"] * 30
    assert watchdog.run(spin(0.3), allowed=2) == "done"


def test_the_limit_is_that_of_one_turn_and_holds_again_for_the_next() -> None:
    watchdog = Watchdog(timedelta(seconds=0.05))

    for _ in range(2):
        with pytest.raises(TurnTooLong):
            watchdog.run(spin(5))
        assert watchdog.run(spin(0.001)) == "done"


def test_an_interrupt_never_strikes_outside_a_turn() -> None:
    watchdog = Watchdog(timedelta(seconds=0.002))
    interrupted = 0
    for number in range(150):
        try:
            watchdog.run(spin(0.0001 * number))
        except TurnTooLong:
            interrupted += 1
        assert sum(range(2000)) == 1999000

    assert interrupted > 0


def test_what_a_turn_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        Watchdog(timedelta(seconds=2)).run(lambda: 1 // 0)
