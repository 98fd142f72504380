import asyncio
from collections.abc import Sequence
from datetime import timedelta

from durable.messages import Message
from durable.ports import Delivery, Receiver
from durable.worker import Worker
from tests.support.worker_world import QUEUE, SHOUT, PassingBroker, Text, a_command, a_world


class CountingBroker(PassingBroker):
    """Notes how many messages each call brings."""

    def __init__(self) -> None:
        super().__init__()
        self.sends: list[int] = []
        self.settlements: list[int] = []

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        self.sends.append(len(messages))
        await self.behind.send(destination, messages)

    async def receiver(self, source: str) -> Receiver:
        receiver = await self.behind.receiver(source)
        settle = receiver.complete

        async def complete(deliveries: Sequence[Delivery]) -> None:
            self.settlements.append(len(deliveries))
            await settle(deliveries)

        receiver.complete = complete  # type: ignore[method-assign]
        return receiver


class Doorway:
    """A handler that lets nobody out until it is opened."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.opened = asyncio.Event()
        self.worker = Worker("texts")
        self.worker.handles(SHOUT)(self.pass_through)

    async def pass_through(self, text: Text) -> Text:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.opened.wait()
        self.inside -= 1
        return text


async def test_completions_that_are_ready_together_go_out_in_one_call() -> None:
    doorway = Doorway()
    broker = CountingBroker()
    async with a_world(doorway.worker, before=broker) as world:
        await world.send(*(a_command() for _ in range(20)))
        await asyncio.sleep(0.1)
        doorway.opened.set()
        await world.completions(20)
        await world.stop()

    assert broker.sends == [20]
    assert broker.settlements == [20]


async def test_no_more_handlers_run_at_once_than_allowed() -> None:
    doorway = Doorway()
    async with a_world(doorway.worker, concurrency=3) as world:
        await world.send(*(a_command() for _ in range(10)))
        await asyncio.sleep(30)
        most = doorway.most
        doorway.opened.set()
        await world.completions(10)

    assert (most, doorway.most) == (3, 3)


async def test_commands_beyond_the_free_slots_are_left_to_other_replicas() -> None:
    doorway = Doorway()
    async with a_world(doorway.worker, concurrency=3) as world:
        await world.send(*(a_command() for _ in range(10)))
        await asyncio.sleep(1)
        other = await world.broker.receiver(QUEUE)
        free = await other.receive(100, timedelta(seconds=1))
        for delivery in free:
            await other.abandon(delivery)
        doorway.opened.set()
        await world.completions(10)

    assert len(free) == 7
