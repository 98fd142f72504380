import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pytest
from azure.eventhub import TransportType
from azure.eventhub.aio import EventHubProducerClient

from durable.adapters.memory import ManualClock
from durable.adapters.servicebus import broker_from
from durable.cloudevent import CloudEvent
from durable.settings import ServiceBusSettings
from emulators.servicebus.endpoint import ServiceBusEndpoint
from tests.docs.sending.send_events import main as send_from_python
from tests.docs.sending.send_to_hub import send_to_hub
from tests.docs.sending.send_to_queue import send_to_queue
from tests.support.event_hub_stub import event_hub_stub
from tests.support.http_get import get
from tests.support.hurried_sdk import hurry_event_hub_sdk
from tests.support.served import served
from tests.support.storage_queue_stub import ACCOUNT, KEY, QUEUE, StorageQueueStub

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "how-to" / "send-events.md").read_text()
BLOCK = re.compile(r"^```(?:python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def an_event(id: str, **attributes: object) -> dict[str, object]:
    data = {"objects": ["a"]}
    return {"specversion": "1.0", "id": id, "source": "/shop", "type": "rows.received", "data": data} | attributes


class Ingestor:
    """An ingestor as a process, with a queue and a folder, and what it has published."""

    def __init__(
        self, url: str, queue_url: str, folder: Path, published: Callable[[], Awaitable[list[CloudEvent]]]
    ) -> None:
        self.url = url
        self.queue_url = queue_url
        self.folder = folder
        self._published = published

    async def published(self, count: int) -> list[CloudEvent]:
        events: list[CloudEvent] = []
        async with asyncio.timeout(30):
            while len(events) < count:
                events += await self._published()
        return events


@pytest.fixture
async def ingestor(tmp_path: Path) -> AsyncIterator[Ingestor]:
    topology = Path(str(files("contracts"))) / "topology.json"
    async with ServiceBusEndpoint(topology) as endpoint, served(StorageQueueStub(ManualClock()).app()) as stub:
        broker = broker_from(ServiceBusSettings("", endpoint.connection_string))
        receiver = await broker.receiver("events/orchestrator")
        queue_url, folder = f"{stub}/{ACCOUNT}/{QUEUE}", tmp_path / "inbox"
        settings = {
            "SERVICEBUS_CONNECTION_STRING": endpoint.connection_string,
            "OBJECT_STORE_URL": (tmp_path / "objects").as_uri(),
            "STORAGE_QUEUE_URL": queue_url,
            "STORAGE_QUEUE_KEY": KEY,
            "WATCH_FOLDER": str(folder),
            "LOG_FORMAT": "text",
            "PORT": "0",
            "PATH": os.environ["PATH"],
        }
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ingestor", env=settings, stdout=-1)
        try:
            assert process.stdout is not None
            line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found is not None, line

            async def published() -> list[CloudEvent]:
                deliveries = await receiver.receive(100, timedelta(seconds=0.2))
                await receiver.complete(deliveries)
                return [CloudEvent.from_json(delivery.body) for delivery in deliveries]

            yield Ingestor(found[0], queue_url, folder, published)
        finally:
            process.terminate()
            await process.communicate()
            await broker.close()


@pytest.mark.parametrize("name", ["send.sh", "send_events.py", "send_to_queue.py", "send_to_hub.py"])
def test_the_page_shows_the_files_that_are_run_here(name: str) -> None:
    assert (HERE / "sending" / name).read_text() in BLOCK.findall(PAGE)


async def test_every_way_of_the_page_leads_to_the_topic(ingestor: Ingestor) -> None:
    if shutil.which("curl"):
        script = await asyncio.create_subprocess_exec(
            "sh", "-e", str(HERE / "sending" / "send.sh"), env={**os.environ, "INGESTOR": ingestor.url}, stdout=-1
        )
        said, _ = await script.communicate()
        assert script.returncode == 0, said
        assert b'"validationResponse":"512d38b6"' in said
        # The second is the first in binary mode, a repeat; that without objects is rejected.
        assert [event.id for event in await ingestor.published(3)] == ["rows-1", "rows-2", "grid-1"]

    await send_from_python(ingestor.url)
    assert [event.id for event in await ingestor.published(3)] == ["python-0", "python-1", "python-2"]

    credential = {"account_name": ACCOUNT, "account_key": KEY}
    await send_to_queue(ingestor.queue_url, credential, an_event("queue-1"))
    assert [event.id for event in await ingestor.published(1)] == ["queue-1"]

    await asyncio.to_thread((ingestor.folder / "a.pdf").write_bytes, b"%PDF")
    (event,) = await ingestor.published(1)
    assert (event.type, event.source) == ("document.received", "/ingestor/watched-folder")

    await send_to_queue(ingestor.queue_url, credential, an_event("queue-2", type="order.placed"))
    letters: Any = []
    async with asyncio.timeout(30):
        while not letters:
            letters = orjson.loads((await get(f"{ingestor.url}/dead-letters", {})).body)["dead_letters"]
    assert [letter["reason"] for letter in letters] == ["unknown-type"]


async def test_the_events_for_a_hub_stand_there_as_the_page_sends_them() -> None:
    with pytest.MonkeyPatch.context() as patch:
        hurry_event_hub_sdk(patch)
        async with event_hub_stub(patch) as stub:
            producer = EventHubProducerClient.from_connection_string(
                stub.connection_string, eventhub_name="orders", transport_type=TransportType.Amqp
            )
            async with producer:
                await send_to_hub(producer, "/shop", [an_event("1"), an_event("2")])

    held = stub.partitions["0"]
    assert [orjson.loads(event[event.index(b"{") :])["id"] for event in held] == ["1", "2"]
