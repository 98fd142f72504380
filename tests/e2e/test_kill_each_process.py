import asyncio
import gc
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import aiohttp
import orjson
import pytest
import pytest_asyncio

from durable.cloudevent import CONTENT_TYPE, CloudEvent
from durable.ids import digest, instance_id_for
from durable.status import Status
from tests.support.e2e_checks import check, nothing_waits
from tests.support.e2e_stack import INGESTOR, ORCHESTRATORS, WORKER, services_of
from tests.support.e2e_world import POLL_SECONDS, SHAPES, SLOW, SOURCE, Asked, Shape, World, running_world

# The SDK leaves the socket of a connection that broke while it was being opened to the garbage collector.
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
RECEIVED = Shape("received", 5, Status.COMPLETED, {"value": 7}, {"add-one": 2})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    parts = (*ORCHESTRATORS, WORKER, INGESTOR)
    async with running_world(tmp_path_factory.mktemp("kills"), services_of(parts)) as world:
        yield world
    gc.collect()  # Here, where it is known whose sockets they are.


@pytest.mark.parametrize("name", ["servicebus", "cosmos", "worker", "ingestor", "orchestrator-1"])
async def test_a_process_is_killed_while_sagas_run_and_each_ends_as_if_nothing_had_happened(
    world: World, name: str
) -> None:
    asked = [world.ask(shape) for shape in (*SHAPES, SLOW, SLOW, SLOW) for _ in range(3)]
    received = [a_received_document(f"{name}-{n}") for n in range(20)]
    posting = asyncio.create_task(post(world, received))
    effects_before = sum(1 for _ in world.effects)

    await world.start(asked)
    await world.until(lambda: sum(1 for _ in world.effects) > effects_before + len(asked))
    others = pids_beside(world, name)
    assert not posting.done()
    assert not all(map(world.has_ended, asked))
    world.stack.kill(name)
    late = [world.ask(shape) for shape in SHAPES]
    await world.start(late)
    await asyncio.wait_for(posting, 30)
    await world.ended([*asked, *late, *received], timedelta(seconds=40))

    await world.stack.until_ready(name)
    await world.until(lambda: nothing_waits(world))
    await check(world, [*asked, *late, *received])
    assert pids_beside(world, name) == others, "another process ended as well"


def pids_beside(world: World, name: str) -> dict[str, int]:
    return {other: pid for other, pid in world.stack.pids.items() if other != name}


def a_received_document(name: str) -> Asked:
    data = {"object": "uploads/a", "name": "a.txt", "media_type": "text/plain", "size": RECEIVED.value}
    event = CloudEvent(name, SOURCE, "document.received", data)
    return Asked(instance_id_for(RECEIVED.saga, digest(SOURCE, name)), RECEIVED, event)


async def post(world: World, asked: list[Asked]) -> None:
    """Post events one by one as a sender does that repeats whatever was not accepted."""
    url = f"{world.stack.urls['ingestor']}/events"
    async with aiohttp.ClientSession(headers={"Content-Type": CONTENT_TYPE}) as session:
        for one in asked:
            await world.until(partial(is_accepted, session, url, one))
            await asyncio.sleep(POLL_SECONDS)


async def is_accepted(session: aiohttp.ClientSession, url: str, asked: Asked) -> bool:
    try:
        async with session.post(url, data=asked.event.to_json()) as answer:
            assert answer.status in {202, 503}, orjson.loads(await answer.read())
            return answer.status == 202
    except aiohttp.ClientConnectionError:
        return False
