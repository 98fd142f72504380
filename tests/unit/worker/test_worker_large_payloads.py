"""Large inputs and results in a worker: values for the handler, references on the broker."""

import asyncio
from collections.abc import AsyncIterable
from datetime import timedelta

from durable.adapters.memory import MemoryObjects
from durable.errors import TransientError
from durable.events import ActivityCompleted
from durable.objects import ObjectInfo
from durable.payload import PAYLOAD_INLINE_BYTES_MAX
from durable.sealed import PayloadRef
from durable.vault import Place, Vault
from durable.worker import Worker
from tests.support.worker_world import COUNT, SHOUT, Text, a_command, a_world

LARGE = "x" * (3 * PAYLOAD_INLINE_BYTES_MAX)


class Shut(MemoryObjects):
    """Is away until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()

    async def put(self, name: str, data: bytes | AsyncIterable[bytes]) -> ObjectInfo:
        if not self.open.is_set():
            raise TransientError("away")
        return await super().put(name, data)


def a_worker() -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text) -> Text:
        return Text(text=text.text.upper())

    @worker.handles(COUNT)
    async def count(text: Text) -> int:
        return len(text.text)

    return worker


async def test_a_large_input_reaches_the_handler_and_a_large_result_leaves_by_reference() -> None:
    vault = Vault(MemoryObjects())
    async with a_world(a_worker(), vault=vault) as world:
        ref = await vault.seal({"text": LARGE}, Place("instance", "0123456789abcdef"))
        await world.send(a_command(SHOUT, ref, instance_id="instance"))
        event = await world.completed()

    assert isinstance(event.output, PayloadRef)
    assert event.output.object.startswith("payloads/instance/0123456789abcdef/")
    assert await vault.open(event.output) == {"text": LARGE.upper()}


async def test_an_input_that_is_gone_fails_the_attempt_which_may_be_tried_again() -> None:
    vault = Vault(MemoryObjects())
    ref = await Vault(MemoryObjects()).seal({"text": LARGE}, Place("instance", "run"))
    async with a_world(a_worker(), vault=vault) as world:
        await world.send(a_command(COUNT, ref))
        failure = await world.failure()

    assert (failure.type, failure.retryable) == ("durable.PayloadUnreadable", True)
    assert "'texts.count' can't be read: expected 196619 bytes in object" in failure.message


async def test_a_large_result_waits_for_the_object_store_and_holds_up_no_small_one() -> None:
    objects = Shut()
    async with a_world(a_worker(), vault=Vault(objects)) as world:
        await world.send(a_command(SHOUT, {"text": LARGE}), a_command(COUNT, {"text": "abc"}))
        first = (await world.completion()).event
        await asyncio.sleep(timedelta(minutes=10).total_seconds())
        objects.open.set()
        second = (await world.completion()).event

    assert isinstance(first, ActivityCompleted)
    assert first.output == 3
    assert isinstance(second, ActivityCompleted)
    assert isinstance(second.output, PayloadRef)


async def test_a_worker_that_stops_while_the_object_store_is_away_gives_the_command_back() -> None:
    async with a_world(a_worker(), vault=Vault(Shut()), grace=timedelta(seconds=5)) as world:
        await world.send(a_command(SHOUT, {"text": LARGE}))
        await asyncio.sleep(3)
        await world.stop()
        left = await world.left_in_queue()

    assert len(left) == 1
