import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack.record import Record, is_running, read_record, stop_recorded, write_record
from tests.support.tiny_stack import is_alive, journal_of, wait_until

ROOT = Path(__file__).parents[3]
LAUNCHER = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from stack import Stack
from stack.interrupts import interruptible
from tests.support.tiny_stack import Tiny, tiny_services

async def main():
    stack = Stack(Path(sys.argv[1]), services=tiny_services(Tiny("one"), Tiny("two", depends_on=("one",))))
    await interruptible(hold(stack), if_interrupted=None, at_second=stack.kill_all)

async def hold(stack):
    await stack.start()
    try:
        await asyncio.Event().wait()
    finally:
        await stack.stop()

asyncio.run(main())
"""


@contextmanager
def launched(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Record]]:
    launcher = subprocess.Popen((sys.executable, "-c", LAUNCHER, str(folder), str(ROOT / "tools"), str(ROOT)))
    try:
        yield launcher, ready_record(folder, launcher)
    finally:
        launcher.kill()
        launcher.wait()


def ready_record(folder: Path, launcher: subprocess.Popen[bytes]) -> Record:
    while launcher.poll() is None:
        record = read_record(folder)
        if record and (record.launcher, record.state) == (launcher.pid, "ready"):
            return record
        time.sleep(0.01)
    raise AssertionError("the launcher ended before its stack was ready")


def wait_until_gone(record: Record) -> None:
    wait_until(lambda: not any(is_alive(pid) for pid in record.pids.values()))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux alone tells children of their parent's death")
def test_nothing_outlives_a_launcher_that_was_killed(tmp_path: Path) -> None:
    with launched(tmp_path) as (launcher, record):
        launcher.kill()

        wait_until_gone(record)

    assert not is_running(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_launcher_that_is_asked_to_end_stops_its_processes_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with launched(tmp_path) as (launcher, _):
        launcher.send_signal(number)
        assert launcher.wait() == 0

    assert journal_of(tmp_path)[-2:] == ["two stopped", "one stopped"]


def test_another_command_stops_a_stack_by_its_folder(tmp_path: Path) -> None:
    with launched(tmp_path) as (launcher, record):
        assert stop_recorded(tmp_path)
        assert launcher.wait() == 0

    assert [is_alive(pid) for pid in record.pids.values()] == [False, False]
    assert read_record(tmp_path) is None


def test_the_record_of_a_stack_that_is_gone_is_removed_and_no_process_is_touched(tmp_path: Path) -> None:
    with subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE) as stranger:
        write_record(tmp_path, Record(launcher=stranger.pid, state="ready", pids={"one": stranger.pid}))

        was_running = stop_recorded(tmp_path)

        assert (was_running, read_record(tmp_path), stranger.poll()) == (False, None, None)
        stranger.communicate(b"\n")
        assert stranger.returncode == 0


def test_a_stack_that_was_killed_can_be_started_again_in_its_folder(tmp_path: Path) -> None:
    with launched(tmp_path) as (launcher, record):
        launcher.kill()
        wait_until_gone(record)

    with launched(tmp_path) as (_, again):
        assert again.launcher != record.launcher
