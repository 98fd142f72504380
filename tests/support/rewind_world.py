"""Rewinds and forks in a partition, and what is stored of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from durable import SagaContext, saga
from durable.events import HistoryEvent
from durable.requests import FORK, REWIND, OwnerRequest
from durable.saga import Saga
from durable.status import Status
from orchestrator.records import decode_turn, history_of, turn_range
from tests.support.host_sagas import ADD_ONE, FAIL, SAGAS, Number
from tests.support.host_world import PARTITION, HostWorld


@saga("toppling")
async def toppling(ctx: SagaContext, start: Number) -> Number:
    done = await ctx.call(ADD_ONE, start)
    return await ctx.call(FAIL, done)


@saga("toppling")
async def mended(ctx: SagaContext, start: Number) -> Number:
    done = await ctx.call(ADD_ONE, start)
    return await ctx.call(ADD_ONE, done)


@saga("toppling")
async def unlike(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(FAIL, start)


def a_world(*sagas: Saga[Any, Any]) -> HostWorld:
    return HostWorld(sagas=(*SAGAS, *sagas))


def deployed(world: HostWorld, *sagas: Saga[Any, Any]) -> HostWorld:
    """Give the same world with other code."""
    later = replace(world, sagas=(*SAGAS, *sagas))
    later.clock, later.store, later.broker, later.objects = world.clock, world.store, world.broker, world.objects
    return later


async def rewind(world: HostWorld, to: int | None, execution: int = 1, id: str = "request", run: str = "") -> None:
    head = await world.head()
    assert head is not None
    data = {"execution": execution, "to": to, "reason": "again"}
    await world.ask(OwnerRequest(id, "a", REWIND, run or head.run, data), broker_id=f"{id}-{next(world.numbers)}")


async def fork(world: HostWorld, to: int, new_id: str = "b", source: str = "a") -> None:
    head = await world.head("a")
    assert head is not None
    data = {"instance_id": source, "run": head.run, "execution": 1, "to": to, "reason": "what if"}
    await world.ask(OwnerRequest("request", new_id, FORK, "", data), broker_id=f"fork-{next(world.numbers)}")


async def history(world: HostWorld, id: str, execution: int) -> Sequence[HistoryEvent]:
    stored = [one async for one in world.store.scan(PARTITION, *turn_range(id, execution))]
    return history_of([decode_turn(one.record) for one in stored])


async def in_execution(world: HostWorld, execution: int, status: Status, id: str = "a") -> None:
    async def is_there() -> bool:
        head = await world.head(id)
        return head is not None and (head.execution, head.status) == (execution, status)

    await world.until(is_there)


async def idle(world: HostWorld) -> None:
    """Wait until all that was sent so far was handled."""
    await world.start("chain", {"value": 1}, id="neighbour")
    await world.ended("neighbour")
