import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from durable.errors import SettingsInvalid
from ingestor.dependencies import Limits
from ingestor.settings import read_settings

LOCAL = "Endpoint=sb://127.0.0.1:1;SharedAccessKeyName=k;SharedAccessKey=a2V5;UseDevelopmentEmulator=true;"


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {"SERVICEBUS_CONNECTION_STRING": LOCAL, "OBJECT_STORE_URL": folder.as_uri(), "LOG_FORMAT": "text", **more}


@asynccontextmanager
async def running(settings: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    path = {"PATH": os.environ["PATH"]}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ingestor", env={**path, **settings}, stdout=-1, stderr=-1
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def test_settings_have_defaults(tmp_path: Path) -> None:
    settings = read_settings(environment(tmp_path))

    assert settings.limits == Limits()
    assert (settings.serving.host, settings.serving.port) == ("127.0.0.1", 8080)


def test_every_wrong_setting_is_named(tmp_path: Path) -> None:
    wrong = {"INGEST_BODY_BYTES_MAX": "1 MB", "UPLOAD_BYTES_MAX": "0", "PORT": "http", "LOG_LEVEL": "loud"}

    with pytest.raises(SettingsInvalid) as caught:
        read_settings(wrong)

    named = {fault.partition(":")[0] for fault in caught.value.faults}
    assert named == {*wrong, "SERVICEBUS_FULLY_QUALIFIED_NAMESPACE", "OBJECT_STORE_URL"}


async def test_the_process_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    async with running(environment(tmp_path, PORT="0")) as process:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None, line
        async with aiohttp.ClientSession() as session, session.put(f"{found[0]}/files/a", data=b"x") as response:
            assert response.status == 201

        process.send_signal(signal.SIGTERM)

        assert await asyncio.wait_for(process.wait(), 10) == 0


async def test_the_process_refuses_wrong_settings(tmp_path: Path) -> None:
    async with running({}) as process:
        _, said = await asyncio.wait_for(process.communicate(), 20)

    assert process.returncode == 2
    assert b"OBJECT_STORE_URL: expected a value; found none" in said
    assert b"Traceback" not in said
