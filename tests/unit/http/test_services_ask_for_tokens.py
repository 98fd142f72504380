"""The services themselves, put together as they run, ask for tokens."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from durable.settings import ServingSettings
from durable.topology import topology_from
from emulators.tenant.endpoint import TenantEndpoint
from emulators.testing import tenant_endpoint
from orchestrator.service import Outside, Replica, serve
from tests.support.api_world import ApiWorld
from tests.support.guarded import AUDIENCE, settings_for

LOCAL = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;"


@pytest.fixture
async def entra() -> AsyncIterator[TenantEndpoint]:
    async with tenant_endpoint() as endpoint:
        yield endpoint


async def statuses(url: str, path: str, entra: TenantEndpoint, role: str) -> list[int]:
    """What is answered without a token, with one that lacks the role, and with the role; and by health without one."""
    tokens = ["", entra.tenant.token(AUDIENCE, ["another"]), entra.tenant.token(AUDIENCE, [role])]
    found = []
    async with aiohttp.ClientSession(url) as session:
        for token in tokens:
            async with session.get(path, headers={"Authorization": f"Bearer {token}"} if token else {}) as answer:
                found.append(answer.status)
        async with session.get("/health/live") as answer:
            found.append(answer.status)
    return found


async def test_the_process_of_the_ingestor_does_where_others_reach_it(entra: TenantEndpoint, tmp_path: Path) -> None:
    settings = {
        "PATH": os.environ["PATH"],
        "SERVICEBUS_CONNECTION_STRING": LOCAL,
        "OBJECT_STORE_URL": tmp_path.as_uri(),
        "LOG_FORMAT": "text",
        "HOST": "0.0.0.0",
        "PORT": "0",
        "AUTH_TENANT_ID": entra.tenant.id,
        "AUTH_AUDIENCE": AUDIENCE,
        "AUTH_AUTHORITY": entra.authority,
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ingestor", env=settings, stdout=-1, stderr=-1)
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        port = re.search(r"listening on http://0\.0\.0\.0:(\d+)", line)
        assert port is not None, line

        assert await statuses(f"http://127.0.0.1:{port[1]}", "/catalogue", entra, "read") == [401, 403, 200, 200]
    finally:
        process.kill()
        await process.communicate()


async def test_the_orchestrator_does(entra: TenantEndpoint, unused_tcp_port: int) -> None:
    world = ApiWorld()
    outside = Outside(world.store, world.broker, world.clock, topology_from("", "contracts"), world.ports().vault)
    serving = ServingSettings("127.0.0.1", unused_tcp_port, "INFO", "text", "a")
    stop = asyncio.Event()
    replica = Replica(world.sagas, 4, serving, entrance=settings_for(entra))
    running = asyncio.create_task(serve(replica, outside, stop))
    url = f"http://127.0.0.1:{unused_tcp_port}"
    try:
        async with asyncio.timeout(20):
            await until_it_listens(url)
        assert await statuses(url, "/sagas", entra, "operate") == [401, 403, 200, 200]
    finally:
        stop.set()
        await running


async def until_it_listens(url: str) -> None:
    async with aiohttp.ClientSession(url) as session:
        while True:
            try:
                async with session.get("/health/live"):
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)
