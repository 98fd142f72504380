import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from durable.adapters.clock import SystemClock
from durable.adapters.memory import MemoryBroker, MemoryObjects
from durable.adapters.telemetry.current import Entered
from durable.errors import AuthorError
from durable.events import ActivityCompleted, ActivityFailed
from durable.failure import Failure
from durable.messages import INSTANCES, Command
from durable.ports import SessionReceiver
from durable.requests import read_for_instance
from durable.telemetry.context import TraceContext, context_of
from durable.telemetry.span import Kind, Span
from durable.telemetry.tracing import Tracing
from durable.vault import Vault
from durable.worker import ActivityContext, HostOptions, Worker, WorkerHost
from tests.support.process_handlers import COMPUTE, Job, worker
from tests.support.worker_world import LOCK, QUEUE, SESSION, SHOUT, Text, a_command, a_memory_broker


class Computing:
    """A host with a pool of processes, in real time."""

    def __init__(self, broker: MemoryBroker, host: WorkerHost, instances: SessionReceiver) -> None:
        self.broker = broker
        self.host = host
        self._instances = instances

    async def send(self, *commands: Command) -> None:
        await self.broker.send(QUEUE, [command.to_message("") for command in commands])

    async def answers(self, number: int) -> list[ActivityCompleted | ActivityFailed]:
        events: list[ActivityCompleted | ActivityFailed] = []
        while len(events) < number:
            batch = await self._instances.receive(1, timedelta(seconds=60))
            assert batch, "no answer came within a minute"
            message = read_for_instance(batch[0].body, {})
            await self._instances.complete(batch)
            event = getattr(message, "event", None)
            if isinstance(event, ActivityCompleted | ActivityFailed):
                events.append(event)
        return events

    async def failure(self, command: Command) -> Failure:
        await self.send(command)
        (event,) = await self.answers(1)
        assert isinstance(event, ActivityFailed)
        return event.failure

    async def process(self, do: str = "tell") -> int:
        """Run a handler and give the id of its process."""
        await self.send(a_job(do))
        (event,) = await self.answers(1)
        assert isinstance(event, ActivityCompleted), event
        return int(event.output["text"])  # type: ignore[index]


def a_job(do: str, folder: Path | str = "", **changes: object) -> Command:
    return a_command(COMPUTE, {"do": do, "folder": str(folder)}, **changes)


@asynccontextmanager
async def computing(
    processes: int = 1, grace: timedelta = timedelta(seconds=20), tracing: Tracing | None = None
) -> AsyncIterator[Computing]:
    broker = a_memory_broker()
    host = WorkerHost(
        worker,
        broker,
        HostOptions(LOCK, processes=processes, grace=grace),
        clock=SystemClock(),
        vault=Vault(MemoryObjects()),
        tracing=tracing,
    )
    running = asyncio.create_task(host.run())
    try:
        yield Computing(broker, host, await broker.session(INSTANCES, SESSION))
    finally:
        host.stop()
        await running


async def test_a_handler_runs_in_a_process_of_its_own_that_is_kept_for_the_next() -> None:
    async with computing() as pool:
        first, second = await pool.process(), await pool.process()

    assert first == second != os.getpid()
    assert not is_alive(first)


async def test_what_a_handler_passes_on_from_its_process_names_its_attempt() -> None:
    spans: list[Span] = []
    tracing = Tracing(spans.append, "bus", lambda _: True, Entered)
    async with computing(tracing=tracing) as pool:
        await pool.send(a_job("headers", trace={"traceparent": TraceContext(0xA, 0xB).traceparent}))
        (event,) = await pool.answers(1)

    assert isinstance(event, ActivityCompleted)
    (attempt,) = [span for span in spans if span.kind is Kind.CONSUMER]
    assert context_of({"traceparent": event.output["text"]}) == attempt.context  # type: ignore[index]


async def test_what_a_handler_raises_in_its_process_is_told_as_ever() -> None:
    async with computing() as pool:
        first = await pool.process()
        refused = await pool.failure(a_job("refuse"))
        later = await pool.failure(a_job("later"))
        panicked = await pool.failure(a_job("panic"))
        left = await pool.failure(a_job("exit"))
        unreadable = await pool.failure(a_job("lambda"))

        assert await pool.process() == first

    assert (refused.retryable, refused.details) == (False, {"page": 9})
    assert "raise RAISES" in refused.stack
    assert (later.retryable, later.retry_after) == (True, 9.0)
    assert (panicked.matches("Unpicklable"), panicked.retryable) == (True, True)
    assert left.type == "SystemExit"
    assert (unreadable.retryable, "result that can be pickled" in unreadable.message) == (False, True)


async def test_a_process_that_dies_takes_its_own_attempt_with_it_and_no_other(tmp_path: Path) -> None:
    async with computing(processes=2) as pool:
        await pool.send(a_job("sleep", tmp_path, start_to_close=30.0))
        await until_somebody_leaves_word(tmp_path)
        died = await pool.failure(a_job("die"))
        sleeper = who_left_word(tmp_path)
        assert is_alive(sleeper)

        assert await pool.process() not in {sleeper, os.getpid()}
        os.kill(sleeper, 9)
        await pool.answers(1)

    assert (died.matches("ProcessDied"), died.retryable) == (True, True)
    assert "exit code is 3" in died.message


async def test_a_process_is_killed_when_the_time_of_its_attempt_is_over(tmp_path: Path) -> None:
    async with computing() as pool:
        failure = await pool.failure(a_job("sleep", tmp_path, start_to_close=0.3))
        sleeper = who_left_word(tmp_path)

        assert await pool.process() != sleeper
        assert not is_alive(sleeper)

    assert (failure.type, failure.details) == ("durable.ActivityTimeout", {"kind": "start_to_close"})


async def test_a_stop_kills_the_process_of_what_outlasts_the_grace_period(tmp_path: Path) -> None:
    async with computing(grace=timedelta(0)) as pool:
        await pool.send(a_job("sleep", tmp_path))
        await until_somebody_leaves_word(tmp_path)

    assert not is_alive(who_left_word(tmp_path))
    assert not pool.host.has_left_threads


async def test_what_a_process_can_not_give_a_handler_is_told_before_the_first_command() -> None:
    def local(job: Job) -> Text:
        raise AssertionError

    wanting = Worker("texts")
    wanting.handles(COMPUTE, run_in="process")(local)
    wanting.handles(SHOUT, run_in="process")(with_context)
    host = WorkerHost(wanting, a_memory_broker(), HostOptions(LOCK), clock=SystemClock(), vault=Vault(MemoryObjects()))

    with pytest.raises(AuthorError) as raised:
        await host.run()

    assert "local of texts.compute: expected a function of a module" in str(raised.value)
    assert "with_context of texts.shout, parameter 'ctx': expected the input alone" in str(raised.value)


def test_an_async_handler_cannot_run_in_a_process() -> None:
    async def shout(text: Text) -> Text:
        return text

    with pytest.raises(AuthorError, match="shout is async"):
        Worker("texts").handles(SHOUT, run_in="process")(shout)


def with_context(text: Text, ctx: ActivityContext) -> Text:
    return text


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def who_left_word(folder: Path) -> int:
    return int(next(folder.iterdir()).name)


async def until_somebody_leaves_word(folder: Path) -> None:
    await asyncio.get_running_loop().run_in_executor(None, wait_for_word, folder)


def wait_for_word(folder: Path) -> None:
    for _ in range(3000):
        if list(folder.iterdir()):
            return
        time.sleep(0.02)
    raise AssertionError("nobody left word within a minute")
