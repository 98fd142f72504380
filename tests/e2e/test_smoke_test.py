"""`tools/smoke_test.py`, which whoever has deployed runs against Azure, against the services of this machine."""

import asyncio
import sys
from pathlib import Path

import pytest

from stack import Ports, Process, Stack
from stack.local import local_services

ROOT = Path(__file__).resolve().parents[2]
NEEDED = frozenset({"servicebus", "cosmos", "ingestor", "orchestrator-1", "worker-language", "worker-storage"})


def some_services(folder: Path, ports: Ports) -> tuple[Process, ...]:
    return tuple(process for process in local_services(folder, ports) if process.name in NEEDED)


@pytest.mark.timeout(180)
async def test_the_smoke_test_publishes_an_event_and_sees_its_instance_complete(tmp_path: Path) -> None:
    stack = Stack(tmp_path, services=some_services)
    await stack.start()
    try:
        urls = (stack.urls["ingestor"], stack.urls["orchestrator-1"])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "tools/smoke_test.py", *urls, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
    finally:
        await stack.stop()

    assert process.returncode == 0
    assert said.decode().splitlines()[-1].startswith('completed: {"object": {"store": "main", "name": "smoke-test/')
