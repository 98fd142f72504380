import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any

from dishka import Provider
from pydantic import BaseModel

from durable import Activity
from durable.adapters.memory import LoopClock, MemoryBroker, MemoryObjects, QueueDescription
from durable.control import CONTROL, HEARTBEAT, ActivityHeartbeat, CancelActivity
from durable.events import ActivityCompleted, ActivityFailed
from durable.failure import Failure
from durable.health import Health
from durable.ids import idempotency_key
from durable.messages import INSTANCES, Command, InstanceMessage, Message, read_envelope, trace_of
from durable.ports import Broker, Delivery, Receiver, SessionReceiver
from durable.telemetry.metrics import Metrics
from durable.telemetry.tracing import Tracing
from durable.vault import Vault
from durable.worker import HostOptions, Worker, WorkerHost
from durable.worker.processes import preload

# One server forks the processes of all tests of a run: what is costly to import, it imports once.
preload("tabular_worker.warm")
LOCK = timedelta(seconds=60)
CONTROL_LOCK = timedelta(seconds=30)
SESSION = "000"
QUEUE = "commands.texts"
_numbers = count(1)


class Text(BaseModel):
    text: str


SHOUT = Activity("texts.shout", Text, Text)
COUNT = Activity("texts.count", Text, int)


def a_memory_broker(queue: str = QUEUE) -> MemoryBroker:
    queues = [
        QueueDescription(INSTANCES, timedelta(hours=10), sessions=True, duplicate_window=timedelta(minutes=10)),
        QueueDescription(CONTROL, CONTROL_LOCK, sessions=True, duplicate_window=timedelta(minutes=10)),
        QueueDescription(queue, LOCK, duplicate_window=timedelta(minutes=10)),
    ]
    return MemoryBroker(queues, LoopClock())


def a_command(activity: Activity[Any, Any] | str = SHOUT, input: object = None, **changes: Any) -> Command:
    number = next(_numbers)
    fields: dict[str, Any] = {
        "instance_id": f"instance-{number}",
        "run": "0123456789abcdef",
        "execution": 1,
        "task_id": 1,
        "attempt": 1,
        "activity": activity if isinstance(activity, str) else activity.name,
        "input": {"text": "a"} if input is None else input,
        **changes,
    }
    key = idempotency_key(fields["instance_id"], fields["run"], fields["execution"], fields["task_id"])
    return Command(**{"idempotency_key": key, "reply_session": SESSION, **fields})


class PassingBroker:
    """A memory broker that tests put something before."""

    def __init__(self, *errors: Exception) -> None:
        self.behind = a_memory_broker()
        self.errors = list(errors)

    def fail(self) -> None:
        """Raise the next error that the test has given, if any is left."""
        if self.errors:
            raise self.errors.pop(0)

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        await self.behind.send(destination, messages)

    async def receiver(self, source: str) -> Receiver:
        return await self.behind.receiver(source)

    async def session(self, queue: str, session: str) -> SessionReceiver:
        return await self.behind.session(queue, session)

    async def close(self) -> None:
        await self.behind.close()


@dataclass
class WorkerWorld:
    broker: Broker
    host: WorkerHost
    health: Health
    running: "asyncio.Task[None]"
    instances: SessionReceiver
    another_host: Callable[[], WorkerHost]
    queue: str
    heartbeats: list[tuple[float, ActivityHeartbeat]] = field(default_factory=list)

    async def kill(self) -> None:
        """End the host as a SIGKILL would: nothing is settled or given back. Another one takes its place."""
        self.running.cancel()
        await asyncio.wait([self.running])
        self.host = self.another_host()
        self.running = asyncio.create_task(self.host.run())

    async def send(self, *commands: Command) -> None:
        await self.broker.send(self.queue, [command.to_message(f"command-{next(_numbers)}") for command in commands])

    async def send_body(self, body: bytes) -> None:
        await self.broker.send(self.queue, [Message(body, f"command-{next(_numbers)}")])

    async def completions(self, number: int) -> list[InstanceMessage]:
        """Wait for so many completions."""
        taken: list[InstanceMessage] = []
        while len(taken) < number:
            batch = await self.instances.receive(number - len(taken), timedelta(hours=4))
            assert batch, f"expected {number} completions; only {len(taken)} came"
            taken += self._read(batch)
            await self.instances.complete(batch)
        return taken

    def _read(self, batch: Sequence[Delivery]) -> list[InstanceMessage]:
        completions: list[InstanceMessage] = []
        for each in batch:
            record = read_envelope(each.body)
            if record["kind"] == HEARTBEAT:
                heartbeat = ActivityHeartbeat.from_envelope(record, trace_of(each.properties))
                self.heartbeats.append((asyncio.get_running_loop().time(), heartbeat))
            else:
                completions.append(InstanceMessage.from_envelope(record, trace_of(each.properties)))
        return completions

    async def heartbeat(self) -> ActivityHeartbeat:
        """Wait for one more heartbeat."""
        known = len(self.heartbeats)
        while len(self.heartbeats) == known:
            batch = await self.instances.receive(1, timedelta(hours=4))
            assert batch, "expected a heartbeat; none came"
            assert self._read(batch) == []
            await self.instances.complete(batch)
        return self.heartbeats[-1][1]

    async def cancel(self, command: Command, control: str, **changes: Any) -> None:
        """Ask the replica with that control session to give a command up."""
        fields = {"id": f"cancel-{next(_numbers)}", "attempt": None, "reason": "", **changes}
        task = {name: getattr(command, name) for name in ("instance_id", "run", "execution", "task_id")}
        await self.broker.send(CONTROL, [CancelActivity(**{**task, **fields}).to_message(control)])

    async def completion(self) -> InstanceMessage:
        (message,) = await self.completions(1)
        return message

    async def completed(self) -> ActivityCompleted:
        event = (await self.completion()).event
        assert isinstance(event, ActivityCompleted), event
        return event

    async def failure(self) -> Failure:
        event = (await self.completion()).event
        assert isinstance(event, ActivityFailed), event
        return event.failure

    async def stop(self) -> None:
        self.host.stop()
        await self.running

    async def left_in_queue(self) -> Sequence[Delivery]:
        """Give what the host has settled neither way, once every lock has run out."""
        receiver = await self.broker.receiver(self.queue)
        return await receiver.receive(100, LOCK * 2)

    async def dead_letters(self) -> Receiver:
        return await self.broker.receiver(f"{self.queue}/$deadletter")


@asynccontextmanager
async def a_world(
    worker: Worker,
    *providers: Provider,
    before: PassingBroker | None = None,
    vault: Vault | None = None,
    tracing: Tracing | None = None,
    metrics: Metrics | None = None,
    **options: Any,
) -> AsyncIterator[WorkerWorld]:
    """Run a worker over a broker in memory, or over what stands before one."""
    memory = before.behind if before else a_memory_broker(worker.queue)
    health = Health()
    another_host = partial(
        WorkerHost,
        worker,
        before or memory,
        HostOptions(lock=LOCK, replica="texts@here", **options),
        clock=LoopClock(),
        vault=vault or Vault(MemoryObjects()),
        providers=providers,
        health=health,
        random=Random(7),
        tracing=tracing,
        metrics=metrics,
    )
    host = another_host()
    instances = await memory.session(INSTANCES, SESSION)
    running = asyncio.create_task(host.run())
    world = WorkerWorld(memory, host, health, running, instances, another_host, worker.queue)
    try:
        yield world
        await asyncio.wait([world.running], timeout=0)
        if world.running.done():
            world.running.result()
    finally:
        world.host.stop()
        await asyncio.wait([world.running])
