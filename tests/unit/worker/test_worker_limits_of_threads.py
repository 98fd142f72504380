import asyncio
import threading
from datetime import timedelta

from durable import Cancelled
from durable.adapters.memory.clock import START
from durable.failure import Failure
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import SHOUT, Text, a_command, a_world


def now() -> float:
    return asyncio.get_running_loop().time()


def kind_of(failure: Failure) -> object:
    assert failure.type == "durable.ActivityTimeout"
    assert isinstance(failure.details, dict)
    return failure.details["kind"]


async def test_a_thread_that_can_not_be_interrupted_is_answered_for_and_keeps_its_slot() -> None:
    release = threading.Event()
    worker = Worker("texts")

    @worker.handles(SHOUT)
    def block(text: Text) -> Text:
        if text.text == "block":
            release.wait(30)
        return text

    async with a_world(worker, concurrency=2, threads=2) as world:
        await world.send(*(a_command(input={"text": "block"}, start_to_close=5.0) for _ in range(2)))
        await world.completions(2)
        await world.send(a_command(input={"text": "next"}))
        await asyncio.sleep(600)
        assert world.host.has_left_threads
        assert len(await world.left_in_queue()) == 1

        release.set()
        assert (await world.completed()).output == {"text": "next"}


async def test_what_waits_for_a_thread_too_long_is_said_to_have_never_started() -> None:
    release = threading.Event()
    started = threading.Event()
    ran: list[str] = []
    worker = Worker("texts")

    @worker.handles(SHOUT)
    def block(text: Text) -> Text:
        ran.append(text.text)
        started.set()
        release.wait(30)
        return text

    async with a_world(worker, threads=1) as world:
        await world.send(a_command(input={"text": "first"}))
        await asyncio.get_running_loop().run_in_executor(None, started.wait, 30)
        start_by = START + timedelta(seconds=now() + 3600)
        await world.send(a_command(start_by=start_by, heartbeat=1.0, start_to_close=1.0))
        failure = await world.failure()
        assert START + timedelta(seconds=now()) >= start_by
        release.set()
        assert (await world.completed()).output == {"text": "first"}
        await world.stop()
        assert not world.host.has_left_threads

    assert (kind_of(failure), ran) == ("schedule_to_start", ["first"])


async def test_a_thread_whose_attempt_is_over_hears_of_it_at_its_next_heartbeat() -> None:
    heard: list[BaseException] = []
    over = threading.Event()
    worker = Worker("texts")

    @worker.handles(SHOUT)
    def go_on(text: Text, ctx: ActivityContext) -> Text:
        ctx.cancelled.wait_in_thread(timedelta(seconds=30))
        over.wait(30)
        try:
            ctx.heartbeat()
        except Cancelled as error:
            heard.append(error)
            raise
        return text

    async with a_world(worker) as world:
        await world.send(a_command(start_to_close=5.0))
        assert kind_of(await world.failure()) == "start_to_close"
        over.set()
        await asyncio.get_running_loop().run_in_executor(None, wait_for, heard)

    assert len(heard) == 1


def wait_for(heard: list[BaseException]) -> None:
    nobody = threading.Event()
    for _ in range(500):
        if heard:
            return
        nobody.wait(0.01)
