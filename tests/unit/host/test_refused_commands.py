import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from durable.errors import DurableError, MessageTooLarge, UnknownDestination
from durable.messages import Message
from durable.status import Status
from tests.support.host_sagas import chain
from tests.support.host_world import HostWorld
from tests.support.ports_with_faults import FaultyBroker


@dataclass
class Refusing(FaultyBroker):
    """Refuses commands, and lets it be known."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        if destination == self.only:
            self.asked.set()
        await super().send(destination, messages)


@pytest.mark.parametrize("error", [MessageTooLarge("too much"), UnknownDestination("no such queue")])
async def test_a_command_that_was_refused_fails_its_task_though_its_host_stops_right_then(error: DurableError) -> None:
    world = HostWorld()
    broker = Refusing(world.broker, [error], only="commands.steps")
    async with world.hosting(world.ports(broker)) as host:
        await world.start(chain, {"value": 1})
        await broker.asked.wait()
        host.stop()
    async with world.hosting():
        head = await world.ended()

    assert head.status is Status.FAILED
    assert head.failure is not None
    assert str(error) in head.failure.message
    await world.check()
