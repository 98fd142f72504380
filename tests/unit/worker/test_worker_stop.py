import asyncio
import threading
from datetime import timedelta

from durable.worker import ActivityContext, Worker
from tests.support.worker_world import QUEUE, SHOUT, Text, a_command, a_world


class Sleeper:
    """A handler that sleeps as long as its input says, in seconds."""

    def __init__(self) -> None:
        self.runs: list[ActivityContext] = []
        self.cancelled = 0
        self._starts: asyncio.Queue[None] = asyncio.Queue()
        self.worker = Worker("texts")
        self.worker.handles(SHOUT)(self.sleep)

    async def sleep(self, text: Text, ctx: ActivityContext) -> Text:
        self.runs.append(ctx)
        self._starts.put_nowait(None)
        try:
            await asyncio.sleep(float(text.text))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return text

    async def started(self, number: int) -> None:
        """Wait for so many more runs to start."""
        for _ in range(number):
            await self._starts.get()


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_stop_lets_running_handlers_end_and_sends_their_completions() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        await world.send(a_command(input={"text": "15"}))
        await sleeper.started(1)
        await world.stop()

        assert 15 <= now() < 17
        assert (await world.completed()).output == {"text": "15"}
        assert await world.left_in_queue() == []


async def test_a_stop_gives_back_at_once_what_outlasts_the_grace_period() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker, grace=timedelta(seconds=5)) as world:
        await world.send(a_command(input={"text": "1"}), a_command(input={"text": "500"}))
        await sleeper.started(2)
        await world.stop()
        receiver = await world.broker.receiver(QUEUE)
        given_back = await receiver.receive(10, timedelta(seconds=0))

    assert now() < 7
    assert [delivery.deliveries for delivery in given_back] == [1]
    assert sleeper.cancelled == 1


async def test_a_stop_takes_nothing_more() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        await world.send(a_command(input={"text": "10"}))
        await sleeper.started(1)
        world.host.stop()
        await world.send(a_command(input={"text": "0"}))
        await world.running

        assert len(sleeper.runs) == 1
        assert len(await world.left_in_queue()) == 1


async def test_an_idle_worker_stops_within_a_second() -> None:
    async with a_world(Sleeper().worker) as world:
        await asyncio.sleep(5.5)
        await world.stop()

    assert now() <= 6.5


async def test_a_full_worker_notices_the_stop() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker, concurrency=1, grace=timedelta(seconds=2)) as world:
        await world.send(a_command(input={"text": "500"}))
        await sleeper.started(1)
        await world.stop()

    assert now() < 4


async def test_a_thread_that_outlasts_the_grace_period_is_left_behind() -> None:
    release = threading.Event()
    worker = Worker("texts")

    @worker.handles(SHOUT)
    def block(text: Text) -> Text:
        release.wait(30)
        return text

    async with a_world(worker, grace=timedelta(seconds=2)) as world:
        await world.send(a_command())
        await asyncio.sleep(0.5)
        await world.stop()

        assert world.host.has_left_threads
        assert len(await world.left_in_queue()) == 1
        release.set()


async def test_a_command_whose_worker_died_runs_again_with_the_same_key() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        await world.send(a_command(input={"text": "30"}, attempt=2))
        await sleeper.started(1)
        await world.kill()
        await sleeper.started(1)
        message = await world.completion()

    first, second = sleeper.runs
    assert first.idempotency_key == second.idempotency_key
    assert (first.attempt, second.attempt) == (2, 2)
    assert (first.delivery_count, second.delivery_count) == (1, 2)
    assert message.event.attempt == 2  # type: ignore[attr-defined]


async def test_a_body_that_is_no_command_is_dead_lettered_with_the_reason() -> None:
    sleeper = Sleeper()
    async with a_world(sleeper.worker) as world:
        for body in (b"\xff\x00", b"[]", b'{"v": 9}', b'{"v": 1, "instance_id": 5}'):
            await world.send_body(body)
        await world.send(a_command(input={"text": "0"}))
        await world.completed()
        dead = await (await world.dead_letters()).receive(10, timedelta(seconds=1))
        await world.stop()
        assert await world.left_in_queue() == []

    reasons = [delivery.properties["DeadLetterReason"] for delivery in dead]
    descriptions = [delivery.properties["DeadLetterErrorDescription"] for delivery in dead]
    assert reasons == ["Undecodable"] * 4
    assert ["are no JSON" in descriptions[0], "found list" in descriptions[1]] == [True, True]
    assert ["found 9" in descriptions[2], "instance_id: expected str" in descriptions[3]] == [True, True]
