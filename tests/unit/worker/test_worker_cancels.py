import asyncio
import threading
from datetime import timedelta

import pytest

from durable import Cancelled
from durable.control import CONTROL
from durable.errors import BrokerUnavailable, LockLost
from durable.messages import Message
from durable.ports import Receiver, SessionReceiver
from durable.worker import ActivityContext, Signal, Worker
from tests.support.worker_world import LOCK, SHOUT, PassingBroker, Text, WorkerWorld, a_command, a_world


class Listener:
    """A handler that waits for a signal, half an hour at most, and then does what the test says."""

    def __init__(self, *, signal: str = "cancelled", raises: BaseException | None = None) -> None:
        self.contexts: list[ActivityContext] = []
        self.heard: list[float] = []
        self._signal = signal
        self._raises = raises
        self.worker = Worker("texts")
        self.worker.handles(SHOUT)(self.listen)

    async def listen(self, text: Text, ctx: ActivityContext) -> Text:
        self.contexts.append(ctx)
        signal: Signal = getattr(ctx, self._signal)
        try:
            async with asyncio.timeout(1800):
                await signal
        except TimeoutError:
            return Text(text="nobody called")
        self.heard.append(asyncio.get_running_loop().time())
        if self._raises is not None:
            raise self._raises
        return Text(text="cleaned up")


async def control_of(world: WorkerWorld) -> str:
    return (await world.heartbeat()).control


@pytest.mark.parametrize("error", [Cancelled(), asyncio.CancelledError()])
async def test_a_handler_that_gives_up_when_it_is_cancelled_fails_as_cancelled(error: BaseException) -> None:
    listener = Listener(raises=error)
    async with a_world(listener.worker) as world:
        command = a_command()
        await world.send(command)
        await world.cancel(command, await control_of(world), reason="too late")
        failure = await world.failure()
        await world.stop()
        assert await world.left_in_queue() == []

    assert (failure.type, failure.retryable) == ("durable.Cancelled", False)
    assert "too late" in failure.message


async def test_a_handler_that_returns_although_it_is_cancelled_completes() -> None:
    listener = Listener()
    async with a_world(listener.worker) as world:
        command = a_command()
        await world.send(command)
        await world.cancel(command, await control_of(world), attempt=1)

        assert (await world.completed()).output == {"text": "cleaned up"}

    assert bool(listener.contexts[0].cancelled)


async def test_an_error_in_the_clean_up_is_told_as_it_is() -> None:
    listener = Listener(raises=ValueError("the clean-up failed"))
    async with a_world(listener.worker) as world:
        command = a_command()
        await world.send(command)
        await world.cancel(command, await control_of(world))

        assert (await world.failure()).type == "ValueError"


async def test_giving_up_unasked_is_a_failure_like_any_other() -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def give_up(text: Text) -> Text:
        raise Cancelled("I like it not")

    async with a_world(worker) as world:
        await world.send(a_command())
        failure = await world.failure()

    assert failure.matches("Cancelled")
    assert failure.type != "durable.Cancelled"


@pytest.mark.parametrize("changes", [{"attempt": 2}, {"task_id": 9}, {"run": "f" * 16}, {"instance_id": "other"}])
async def test_a_cancel_of_another_attempt_or_task_is_dropped(changes: dict[str, object]) -> None:
    listener = Listener()
    async with a_world(listener.worker, grace=timedelta(hours=1)) as world:
        command = a_command(attempt=1)
        await world.send(command)
        await world.cancel(command, await control_of(world), **changes)

        assert (await world.completed()).output == {"text": "nobody called"}


async def test_a_thread_waits_for_a_cancel_too() -> None:
    worker = Worker("texts")
    waits = threading.Event()

    @worker.handles(SHOUT)
    def listen(text: Text, ctx: ActivityContext) -> Text:
        assert not ctx.cancelled.wait_in_thread(timedelta(milliseconds=1))
        ctx.heartbeat()
        waits.set()
        assert ctx.cancelled.wait_in_thread(timedelta(seconds=30))
        assert ctx.cancelled.is_set()
        raise Cancelled

    async with a_world(worker) as world:
        command = a_command()
        await world.send(command)
        await asyncio.get_running_loop().run_in_executor(None, waits.wait, 30)
        await world.cancel(command, await control_of(world))

        assert (await world.failure()).type == "durable.Cancelled"


async def test_a_handler_hears_that_its_worker_shuts_down() -> None:
    listener = Listener(signal="shutting_down")
    async with a_world(listener.worker) as world:
        await world.send(a_command())
        await asyncio.sleep(5)
        await world.stop()

        assert (await world.completed()).output == {"text": "cleaned up"}

    assert listener.heard == [pytest.approx(5, abs=1.1)]


async def test_a_handler_hears_that_its_lock_is_lost() -> None:
    listener = Listener(signal="lock_lost")
    broker = LosingBroker()
    async with a_world(listener.worker, before=broker) as world:
        await world.send(a_command())

        assert (await world.completed()).output == {"text": "cleaned up"}

    assert listener.heard[0] == pytest.approx(LOCK.total_seconds() / 3, abs=0.1)


class LosingBroker(PassingBroker):
    """Loses each lock at its first renewal."""

    async def receiver(self, source: str) -> Receiver:
        receiver = await self.behind.receiver(source)

        async def renew(_: object) -> None:
            raise LockLost("lost")

        receiver.renew = renew  # type: ignore[method-assign,assignment]
        return receiver


class ControlBroker(PassingBroker):
    """Notes which control sessions are taken, and fails these calls as it is told."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(*errors)
        self.taken: list[str] = []

    async def session(self, queue: str, session: str) -> SessionReceiver:
        if queue == CONTROL:
            self.taken.append(session)
            self.fail()
        return await super().session(queue, session)


async def test_a_worker_of_short_activities_never_takes_a_control_session() -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text) -> Text:
        return text

    broker = ControlBroker()
    async with a_world(worker, before=broker) as world:
        await world.send(*(a_command() for _ in range(10)))
        await world.completions(10)
        await asyncio.sleep(60)

    assert broker.taken == []


async def test_the_control_session_is_this_process_own_and_kept() -> None:
    listener = Listener()
    broker = ControlBroker()
    async with a_world(listener.worker, before=broker) as world:
        await world.send(a_command())
        control = await control_of(world)
        await world.completed()
        await asyncio.sleep(1800)
        command = a_command()
        await world.send(command)
        await world.heartbeat()
        await world.cancel(command, control)
        assert (await world.completed()).output == {"text": "cleaned up"}
        await world.kill()
        await world.send(a_command())
        await asyncio.sleep(5)

    assert len(broker.taken) == 2
    assert control == broker.taken[0] != broker.taken[1]
    assert control.startswith("texts@here-")


async def test_a_cancel_is_heard_after_the_broker_was_away() -> None:
    listener = Listener()
    broker = ControlBroker(BrokerUnavailable("away"), BrokerUnavailable("away"))
    async with a_world(listener.worker, before=broker) as world:
        command = a_command()
        await world.send(command)
        await world.cancel(command, await control_of(world))

        assert (await world.completed()).output == {"text": "cleaned up"}

    assert len(broker.taken) == 3


async def test_what_is_no_cancel_is_dead_lettered_and_the_next_one_heard() -> None:
    listener = Listener()
    async with a_world(listener.worker) as world:
        command = a_command()
        await world.send(command)
        control = await control_of(world)
        await world.broker.send(CONTROL, [Message(b"[]", "bad", control)])
        await world.cancel(command, control)
        assert (await world.completed()).output == {"text": "cleaned up"}
        dead = await (await world.broker.receiver(f"{CONTROL}/$deadletter")).receive(10, timedelta(seconds=1))

    assert [delivery.properties["DeadLetterReason"] for delivery in dead] == ["Undecodable"]
