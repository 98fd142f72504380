import asyncio
import sys
from pathlib import Path

import pytest

from durable.errors import SettingsInvalid, TransientError
from ingestor.sources.opened import SourceOptions, running_sources
from ingestor.sources.options import StorageQueueOptions, WatchOptions
from ingestor.sources.running import kept_going
from tests.support.ingestor_world import IngestorWorld


@pytest.mark.parametrize("error", [TransientError("away"), ValueError("a bug"), OSError("no such folder")])
async def test_a_source_that_fails_is_begun_again(error: Exception) -> None:
    runs: list[int] = []
    again = asyncio.Event()

    async def run() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise error
        again.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(kept_going("a source", run, pause=0))
    await asyncio.wait_for(again.wait(), 10)
    task.cancel()
    await asyncio.wait([task])

    assert len(runs) == 2


async def test_sources_run_until_they_are_told_to_stop(tmp_path: Path) -> None:
    options = SourceOptions(None, None, WatchOptions(tmp_path), "file:///objects")

    async with running_sources(options, IngestorWorld().ingestion()) as names:
        tasks = [task for task in asyncio.all_tasks() if task.get_name() in names]
        assert len(tasks) == 1

    assert all(task.done() for task in tasks)


async def test_a_source_whose_package_is_missing_is_told_as_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "azure.storage.queue", None)
    monkeypatch.delitem(sys.modules, "ingestor.sources.azure_queue", raising=False)
    options = SourceOptions(StorageQueueOptions("https://a.queue.core.windows.net/q"), None, None, "file:///objects")

    with pytest.raises(SettingsInvalid, match="expected the extra `azure` of this package"):
        async with running_sources(options, IngestorWorld().ingestion()):
            pass
