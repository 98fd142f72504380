from collections.abc import Iterator
from signal import SIGABRT, SIGKILL, SIGSEGV

import pytest

from durable import NonRetryable
from durable.errors import ProcessDied
from durable.worker.processes import Processes, preload
from tabular_worker.apart import run_apart
from tests.support.crashing import crash, succeed

preload("tabular_worker.warm")


@pytest.fixture
def processes() -> Iterator[Processes]:
    processes = Processes(1)
    yield processes
    processes.close()


@pytest.mark.parametrize("signal", [SIGSEGV, SIGABRT])
async def test_a_file_that_crashes_its_reader_fails_for_good(processes: Processes, signal: int) -> None:
    with pytest.raises(NonRetryable, match=rf"its reader crashed \(exit code -{signal}\): it is damaged"):
        await run_apart(processes, crash, signal)


async def test_a_reader_that_was_killed_may_be_tried_again(processes: Processes) -> None:
    with pytest.raises(ProcessDied) as caught:
        await run_apart(processes, crash, int(SIGKILL))

    assert caught.value.exit_code == -SIGKILL


async def test_a_crash_harms_no_later_file(processes: Processes) -> None:
    with pytest.raises(NonRetryable):
        await run_apart(processes, crash, int(SIGSEGV))

    assert await run_apart(processes, succeed, "whole") == "whole"
