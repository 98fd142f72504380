import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.rows import ROWS_TO_PARQUET
from durable.adapters.objects import objects_from
from durable.adapters.servicebus import broker_from
from durable.events import ActivityCompleted, HistoryEvent
from durable.messages import INSTANCES, InstanceMessage
from durable.ports import SessionReceiver
from durable.requests import read_for_instance
from durable.settings import ServiceBusSettings
from stack.local import TOPOLOGY
from tests.support.samples import sample
from tests.support.worker_world import a_command


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[str]:
    """The local Service Bus endpoint with the queues of the application."""
    arguments = ["--topology", str(TOPOLOGY), "--data", str(tmp_path / "bus"), "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "emulators.servicebus", *arguments], stdout=subprocess.PIPE, text=True
    ) as endpoint:
        assert endpoint.stdout is not None
        yield endpoint.stdout.readline().strip()
        endpoint.terminate()


async def completion(instances: SessionReceiver) -> HistoryEvent:
    while True:
        (delivery,) = await instances.receive(1, timedelta(seconds=30))
        await instances.complete([delivery])
        message = read_for_instance(delivery.body, {})
        if isinstance(message, InstanceMessage):  # What else comes is a heartbeat: the machine is busy.
            return message.event


async def test_a_worker_service_answers_a_command_and_ends_with_0_when_it_is_terminated(
    tmp_path: Path, connection: str
) -> None:
    store = (tmp_path / "objects").as_uri()
    await objects_from(store).put("in/rows.jsonl", sample("landings-1.jsonl"))
    environment = {
        **os.environ,
        "SERVICEBUS_CONNECTION_STRING": connection,
        "OBJECT_STORE_URL": store,
        "PORT": "0",
    }
    command = a_command(ROWS_TO_PARQUET, {"source": "in/rows.jsonl", "target": "out/rows.parquet"})
    broker = broker_from(ServiceBusSettings("", connection))
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tabular_worker", env=environment, stdout=subprocess.DEVNULL
    )
    try:
        instances = await broker.session(INSTANCES, command.reply_session)
        await broker.send("commands.tabular", [command.to_message("command")])
        event = await completion(instances)
        service.terminate()
        code = await asyncio.wait_for(service.wait(), 15)
    finally:
        if service.returncode is None:
            service.kill()
        await broker.close()

    assert isinstance(event, ActivityCompleted)
    assert event.output["rows"] == 200  # type: ignore[index]
    assert code == 0
    assert (await objects_from(store).info("out/rows.parquet")).size > 0
