import threading
from collections.abc import Sequence

import pytest

from durable.events import ActivityCompleted
from durable.messages import Command, Message
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import COUNT, SHOUT, PassingBroker, Text, a_command, a_world

TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=1"}


class Remembering(PassingBroker):
    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    async def send(self, destination: str, messages: Sequence[Message]) -> None:
        self.sent += [message.id for message in messages]
        await super().send(destination, messages)


async def shout(text: Text) -> Text:
    return Text(text=text.text.upper())


def a_worker() -> Worker:
    worker = Worker("texts")
    worker.handles(SHOUT)(shout)
    return worker


async def test_a_command_is_answered_with_the_result_of_its_handler() -> None:
    async with a_world(a_worker()) as world:
        command = a_command(input={"text": "hello"}, task_id=7, attempt=3, execution=2)
        await world.send(command)

        message = await world.completion()

    assert isinstance(message.event, ActivityCompleted)
    assert message.event.output == {"text": "HELLO"}
    assert (message.event.task_id, message.event.name, message.event.attempt) == (7, SHOUT.name, 3)
    assert (message.instance_id, message.run, message.execution) == (command.instance_id, command.run, 2)


async def test_a_completion_says_which_process_ran_it_and_when() -> None:
    async with a_world(a_worker()) as world:
        await world.send(a_command())

        completed = await world.completed()

    assert completed.worker == "texts@here"
    assert completed.started_at is not None
    assert completed.ended_at is not None
    assert completed.started_at <= completed.ended_at


async def test_an_answered_command_is_settled() -> None:
    async with a_world(a_worker()) as world:
        await world.send(a_command(), a_command())
        await world.completions(2)
        await world.stop()

        assert await world.left_in_queue() == []


async def test_the_same_attempt_answered_twice_has_the_same_id_and_another_attempt_another() -> None:
    broker = Remembering()
    async with a_world(a_worker(), before=broker) as world:
        for attempt in (1, 1, 2):
            await world.send(a_command(instance_id="a", attempt=attempt))
        await world.completions(2)

    assert len(broker.sent) == 3
    assert len(set(broker.sent)) == 2


async def test_the_trace_goes_from_the_command_through_the_handler_to_the_completion() -> None:
    seen: list[dict[str, str]] = []
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def note(text: Text, ctx: ActivityContext) -> Text:
        seen.append(dict(ctx.trace))
        return text

    async with a_world(worker) as world:
        await world.send(a_command(trace=TRACE))

        message = await world.completion()

    assert seen == [TRACE]
    assert message.trace == TRACE


@pytest.mark.parametrize(("resent", "expected"), [(False, 1), (True, 2)])
async def test_a_handler_knows_its_attempt(*, resent: bool, expected: int) -> None:
    seen: list[ActivityContext] = []
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def note(text: Text, ctx: ActivityContext) -> Text:
        seen.append(ctx)
        ctx.log.info("seen")
        return text

    async with a_world(worker) as world:
        command: Command = a_command(attempt=2, task_id=5, resent=resent)
        await world.send(command)
        await world.completed()

    (context,) = seen
    assert (context.instance_id, context.task_id, context.activity) == (command.instance_id, 5, SHOUT.name)
    assert (context.attempt, context.delivery_count) == (2, expected)
    assert context.idempotency_key == command.idempotency_key


async def test_a_plain_function_runs_in_a_thread() -> None:
    threads: list[str] = []
    worker = Worker("texts")

    @worker.handles(COUNT)
    def count(text: Text) -> int:
        threads.append(threading.current_thread().name)
        return len(text.text)

    async with a_world(worker) as world:
        await world.send(a_command(COUNT, {"text": "four"}))

        assert (await world.completed()).output == 4

    assert threads[0].startswith("handler")


async def test_a_quick_plain_function_may_run_in_the_loop() -> None:
    threads: list[threading.Thread] = []
    worker = Worker("texts")

    @worker.handles(COUNT, run_in="loop")
    def count(text: Text) -> int:
        threads.append(threading.current_thread())
        return len(text.text)

    async with a_world(worker) as world:
        await world.send(a_command(COUNT))
        await world.completed()

    assert threads == [threading.main_thread()]


async def test_the_same_task_of_a_later_execution_is_answered_by_another_message() -> None:
    async with a_world(a_worker()) as world:
        ids = []
        for execution in (1, 2):
            await world.send(a_command(input={"text": "hello"}, execution=execution))
            ids.append((await world.completion()).id)

    assert ids[0] != ids[1]
