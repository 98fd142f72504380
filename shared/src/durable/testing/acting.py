"""What runs the handlers of an environment: the attempts of the worker host, without its loops.

1. Commands run one after the other, each until it ends or waits: the order of effects is that of their sending.
2. An attempt that waits is told of at once, so that a cancel finds it; its heartbeats are told as they come.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import cast

from dishka import AsyncContainer

from durable.control import ActivityHeartbeat, CancelActivity
from durable.messages import INSTANCES, Command, InstanceMessage, Message, trace_of
from durable.ports import Broker
from durable.testing.handlers import PreparedHandlers
from durable.testing.loop import VirtualLoop
from durable.vault import sealed_message
from durable.worker.attempt import Attempts
from durable.worker.performer import Answer, Performer
from durable.worker.processes import Processes
from durable.worker.running import Run
from durable.worker.runs import Runs
from durable.worker.signals import Signal
from durable.worker.threads import Threads
from orchestrator.operations import Ports

REPLICA = "test"


class Actor:
    """Performs commands over one loop; answers and heartbeats go out through a broker."""

    def __init__(self, loop: VirtualLoop, broker: Broker, handlers: PreparedHandlers, ports: Ports) -> None:
        self._loop = loop
        self._broker = broker
        self._nonce = ports.nonce
        self._vault = ports.vault
        self._runs = Runs(self, loop.clock, Signal(), loop)
        attempts = Attempts(
            worker=REPLICA,
            replica=REPLICA,
            handlers=handlers,
            container=cast("AsyncContainer", None),  # No handler here takes anything that is injected.
            clock=loop.clock,
            threads=Threads(1),
            processes=Processes(1),
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._performer = Performer(attempts, self._runs, self._vault)

    def perform(self, message: Message) -> None:
        """Run a command until it ends or waits."""
        command, key = Command.from_message(message.body, message.properties), object()
        task = self._loop.create_task(self._performer.perform(key, command, 0, self._answer))
        self._tasks.add(task)  # A loop keeps no task alive that waits for something.
        task.add_done_callback(self._tasks.discard)
        self._loop.settle()
        if not task.done():
            run = self._runs.find(key)
            assert run is not None
            self.tell(run)
        elif not task.cancelled():
            task.result()

    def cancel(self, message: Message) -> None:
        """Let an attempt know that nobody waits for it any more."""
        self._runs.cancel(CancelActivity.from_body(message.body, trace_of(message.properties)))

    def start(self, run: Run) -> None:
        """A command is taken: what ends at once needs not be told of."""

    def tell(self, run: Run) -> None:
        """Say that a run is at work here, with its last detail."""
        command = run.command
        heartbeat = ActivityHeartbeat(
            id=self._nonce(),
            instance_id=command.instance_id,
            run=command.run,
            execution=command.execution,
            task_id=command.task_id,
            attempt=command.attempt,
            activity=command.activity,
            detail=run.detail,
            worker=REPLICA,
            control=REPLICA,
            trace=command.trace,
        )
        self._loop.create_task(self._broker.send(INSTANCES, [heartbeat.to_message(command.reply_session)]))

    def beat(self, run: Run) -> None:
        """A handler told a detail."""
        self.tell(run)

    def end(self, run: Run) -> None:
        """Its answer brings the last detail."""

    def _answer(self, answer: Answer) -> None:
        if answer.message is not None:
            self._loop.create_task(self._send(answer.run.command.reply_session, answer.message, answer.due))

    async def _send(self, session: str, answer: InstanceMessage, due: datetime | None) -> None:
        await self._broker.send(INSTANCES, [await sealed_message(self._vault, answer, session, due=due)])
