import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from durable.adapters.clock import SystemClock
from durable.adapters.memory import MemoryObjects
from durable.errors import ActivityError, TransientError
from durable.objects import ObjectStore
from durable.stores import ObjectStores
from durable.testing import WorkerEnvironment
from durable.worker import ActivityContext, BaseActivities, Outputs, Signal, Worker, handles
from durable.worker.running import Run
from durable.worker.runs import Runs
from tests.support.worker_world import SHOUT, Text, a_command

Write = Callable[[Outputs], Awaitable[object]]


def a_worker_that(write: Write) -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text, outputs: Outputs) -> Text:
        await write(outputs)
        return text

    return worker


async def write_and_fail(outputs: Outputs) -> None:
    await outputs.put("out/1", b"1")
    await outputs.put("out/2", b"2", store="archive")
    raise OSError("the disk is on fire")


async def names(store: ObjectStore) -> list[str]:
    return [info.name async for info in store.list("out")]


async def test_what_a_handler_wrote_stays() -> None:
    async def write(outputs: Outputs) -> None:
        await outputs.put("out/1", b"1")

    async with WorkerEnvironment(a_worker_that(write)) as env:
        await env.run(SHOUT, Text(text="a"))

        assert await env.objects.get("out/1") == b"1"


async def test_what_a_run_that_raises_wrote_is_removed_from_every_store() -> None:
    async with WorkerEnvironment(a_worker_that(write_and_fail), stores=["archive"]) as env:
        with pytest.raises(ActivityError, match="the disk is on fire"):
            await env.run(SHOUT, Text(text="a"))

        assert await names(env.objects) == await names(env.stores["archive"]) == []


async def test_a_run_that_is_delivered_again_removes_nothing() -> None:
    async with WorkerEnvironment(a_worker_that(write_and_fail), stores=["archive"]) as env:
        with pytest.raises(ActivityError):
            await env.run(SHOUT, Text(text="a"), delivery_count=2)

        assert await names(env.objects) == ["out/1"]


async def test_a_run_whose_time_is_over_removes_what_it_wrote() -> None:
    async def write(outputs: Outputs) -> None:
        await outputs.put("out/1", b"1")
        await asyncio.sleep(60)

    async with WorkerEnvironment(a_worker_that(write)) as env:
        with pytest.raises(ActivityError, match="start_to_close"):
            await env.run(SHOUT, Text(text="a"), start_to_close=timedelta(milliseconds=20))

        assert await names(env.objects) == []


async def test_an_output_that_cannot_be_removed_hides_nothing_of_the_failure() -> None:
    async def write(outputs: Outputs) -> None:
        await outputs.put("out/1", b"1")
        raise OSError("the disk is on fire")

    async with WorkerEnvironment(a_worker_that(write)) as env:

        async def away(name: str) -> None:
            raise TransientError("no answer")

        env.objects.delete = away  # type: ignore[method-assign]  # The store goes away in between.
        with pytest.raises(ActivityError, match="the disk is on fire"):
            await env.run(SHOUT, Text(text="a"))


@pytest.mark.parametrize("change", [lambda run: run.lock_lost.set(), lambda run: setattr(run, "is_answered", True)])
async def test_a_run_beside_which_another_may_write_removes_nothing(change: Callable[[Run], None]) -> None:
    runs = Runs(WorkerEnvironment(Worker("texts")), SystemClock(), Signal(), asyncio.get_running_loop())
    run = Run(a_command(), 1, runs.surroundings)
    objects = MemoryObjects()
    outputs = Outputs(ObjectStores(objects, {}), ActivityContext(run))
    await outputs.put("out/1", b"1")

    change(run)
    await outputs.remove()

    assert await names(objects) == ["out/1"]


@dataclass
class Copying(BaseActivities):
    @handles(SHOUT)
    async def shout(self, text: Text) -> Text:
        self.refuse(f"{word!r} is no word" for word in text.text.split() if not word.isalpha())
        content = await self.read(text.text, bytes_max=10)
        self.log.info("copying")
        await self.write("out/copy", chunks(content))
        return Text(text=self.ctx.activity)


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


def a_copying_worker() -> Worker:
    worker = Worker("texts")
    worker.include(Copying, per="activity")
    return worker


async def test_the_base_class_reads_and_writes_objects() -> None:
    async with WorkerEnvironment(a_copying_worker()) as env:
        await env.objects.put("source", b"abc")

        assert await env.run(SHOUT, Text(text="source")) == Text(text="texts.shout")
        assert await env.objects.get("out/copy") == b"abc"


async def test_the_base_class_tells_every_fault_of_an_input_for_good() -> None:
    async with WorkerEnvironment(a_copying_worker()) as env:
        with pytest.raises(ActivityError) as caught:
            await env.run(SHOUT, Text(text="a 1 b 2"))

    assert caught.value.failure.message == "'1' is no word; '2' is no word"
    assert not caught.value.failure.retryable


async def test_the_base_class_reads_no_object_that_is_too_large() -> None:
    async with WorkerEnvironment(a_copying_worker()) as env:
        await env.objects.put("source", b"a" * 11)

        with pytest.raises(ActivityError, match="expected object 'source' to have at most 10 bytes; found more"):
            await env.run(SHOUT, Text(text="source"))
