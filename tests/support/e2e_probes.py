"""Measures how long partitions are not served: a probe a moment into each, and how long each took to end."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from durable.events import SagaStarted
from durable.ids import message_id, partition_of
from durable.messages import INSTANCES, InstanceMessage
from tests.support.e2e_world import PROBE, World

EVERY_SECONDS = 0.1


@dataclass
class Probes:
    """Sagas of one turn each, and when they were asked for, by instance."""

    world: World
    asked_at: dict[str, float] = field(default_factory=dict)

    async def send(self) -> None:
        """Start one saga in each partition, past the router: straight into the session."""
        messages = []
        for partition in self.world.partitions:
            asked = self.world.ask(PROBE, partition=partition)
            started = SagaStarted(saga=PROBE.saga, input=asked.event.data)
            id_ = message_id(asked.instance_id, "", "SagaStarted", "probe")
            messages.append(InstanceMessage(id_, asked.instance_id, started).to_message(partition))
            self.asked_at[asked.instance_id] = time.monotonic()
        await self.world.broker.send(INSTANCES, messages)

    def are_answered(self, until: float = math.inf) -> bool:
        """Tell whether all that were asked for before have ended."""
        return all(id_ in self.world.ended_at for id_, at in self.asked_at.items() if at <= until)

    def gaps(self, since: float, until: float = math.inf) -> dict[str, float]:
        """Tell how long the slowest probe took that was asked for between, by partition."""
        gaps = dict.fromkeys(self.world.partitions, 0.0)
        for id_, at in self.asked_at.items():
            if since <= at <= until:
                partition = partition_of(id_, len(self.world.partitions))
                gaps[partition] = max(gaps[partition], self.world.ended_at[id_] - at)
        return gaps


@asynccontextmanager
async def probing(world: World) -> AsyncIterator[Probes]:
    """Send probes until the block ends, then wait for the last to be answered."""
    probes = Probes(world)

    async def send() -> None:
        while True:
            await probes.send()
            await asyncio.sleep(EVERY_SECONDS)

    sending = asyncio.create_task(send())
    try:
        yield probes
    finally:
        sending.cancel()
        await asyncio.wait([sending])
    await world.until(probes.are_answered)
