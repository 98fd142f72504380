import asyncio

import pytest

from durable import SagaContext, saga
from durable.errors import BrokerUnavailable
from durable.messages import Command
from durable.status import Status
from orchestrator.host.dispatch import CHUNK_MAX
from tests.support.host_sagas import ADD_ONE, SAGAS, Number
from tests.support.host_world import HostWorld
from tests.support.ports_with_faults import FaultyBroker

BRANCHES = 10_000


@saga("wide-gather")
async def wide_gather(ctx: SagaContext, width: Number) -> Number:
    done = await ctx.gather(*(ctx.call(ADD_ONE, Number(value=n)) for n in range(width.value)))
    return Number(value=sum(one.value for one in done))


@saga("wide-map")
async def wide_map(ctx: SagaContext, width: Number) -> Number:
    done = await ctx.map(ADD_ONE, [Number(value=n) for n in range(width.value)])
    return Number(value=sum(one.value for one in done.outputs))


@pytest.mark.parametrize("name", ["wide-gather", "wide-map"])
async def test_ten_thousand_branches_run_to_their_end(name: str) -> None:
    world = HostWorld(sagas=(*SAGAS, wide_gather, wide_map))
    async with world.working(), world.hosting():
        await world.start(name, {"value": BRANCHES})
        head = await world.ended()

    assert (head.status, head.output) == (Status.COMPLETED, {"value": BRANCHES * (BRANCHES + 1) // 2})
    assert len(set(world.effects)) == len(world.effects) == BRANCHES
    assert [id for id in await world.records() if id.count("~") == 4] != []


async def test_commands_of_ten_thousand_branches_leave_in_order_and_in_chunks_though_the_broker_fails() -> None:
    world = HostWorld(sagas=(*SAGAS, wide_gather))
    broker = FaultyBroker(world.broker, [BrokerUnavailable("gone")], only="commands.steps")
    async with world.hosting(world.ports(broker=broker)):
        await world.start("wide-gather", {"value": BRANCHES})
        await asyncio.sleep(30)

    _, *chunks = [messages for destination, messages in broker.calls if destination == "commands.steps"]
    commands = [Command.from_message(message.body, message.properties) for chunk in chunks for message in chunk]
    assert max(len(chunk) for chunk in chunks) == CHUNK_MAX
    assert [command.task_id for command in commands] == list(range(1, BRANCHES + 1))
