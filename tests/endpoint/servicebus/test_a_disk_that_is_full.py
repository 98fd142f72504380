import errno
import gc
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusReceiveMode
from azure.servicebus.exceptions import ServiceBusError

from emulators.redo import log
from emulators.servicebus.endpoint import ServiceBusEndpoint
from tests.support.service_bus import Links, bodies, namespace

DELETE: dict[str, Any] = {"receive_mode": ServiceBusReceiveMode.RECEIVE_AND_DELETE}
PLAN = namespace({"orders": {}})


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_nothing_is_acknowledged_once_the_disk_is_full_and_what_was_is_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with ServiceBusEndpoint(PLAN, tmp_path) as endpoint, Links(endpoint.connection_string) as links:
        await links.send("orders", "before")
        with monkeypatch.context() as patch:
            patch.setattr(log, "_force", full)
            with pytest.raises(ServiceBusError):
                await links.send("orders", "refused")
            assert endpoint.failed.is_set()

    async with ServiceBusEndpoint(PLAN, tmp_path) as endpoint, Links(endpoint.connection_string) as links:
        assert bodies(await links.receive("orders", 1, **DELETE)) == ["before"]
    gc.collect()
    assert "No space left on device" in caplog.text
