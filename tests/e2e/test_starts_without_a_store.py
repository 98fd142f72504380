"""The orchestrator as a process, started while its store is away."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emulators.cosmos import DEVELOPMENT_KEY, CosmosEndpoint
from tests.support.cosmos_endpoint import TOPOLOGY

BROKER = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;"
SECONDS = 60


@pytest.fixture
async def orchestrator(tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    settings = {
        "PATH": os.environ["PATH"],
        "SERVICEBUS_CONNECTION_STRING": BROKER,
        "COSMOS_ENDPOINT": f"http://127.0.0.1:{unused_tcp_port}",
        "COSMOS_KEY": DEVELOPMENT_KEY,
        "OBJECT_STORE_URL": tmp_path.as_uri(),
        "LOG_FORMAT": "text",
        "PORT": "0",
    }
    command = (sys.executable, "-m", "orchestrator")
    process = await asyncio.create_subprocess_exec(*command, env=settings, stdout=-1, stderr=asyncio.subprocess.STDOUT)
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def until_told(process: asyncio.subprocess.Process, text: str) -> None:
    """Read what a process tells up to a line with a text."""
    assert process.stdout is not None
    async with asyncio.timeout(SECONDS):
        while text not in (line := (await process.stdout.readline()).decode()):
            assert line, f"ended without {text!r}"


async def test_a_store_that_is_away_at_the_start_is_waited_for(
    orchestrator: asyncio.subprocess.Process, unused_tcp_port: int
) -> None:
    await until_told(orchestrator, "asked again")

    async with CosmosEndpoint(TOPOLOGY, port=unused_tcp_port):
        await until_told(orchestrator, " serves ")


async def test_a_start_that_waits_for_its_store_can_be_stopped(orchestrator: asyncio.subprocess.Process) -> None:
    await until_told(orchestrator, "asked again")

    orchestrator.terminate()

    assert await asyncio.wait_for(orchestrator.wait(), SECONDS) == 0
