"""The stack of `make up`: started by one command, left running in the background, stopped by another."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from stack.errors import StackError
from stack.record import is_running, read_record, remove_record

UP_TIMEOUT = timedelta(seconds=90)
BETWEEN_LOOKS = timedelta(seconds=0.1)
LAUNCHER_LOG = Path("logs") / "launcher.log"
LOG_LINES_SHOWN = 30


def start_detached(folder: Path) -> Mapping[str, str]:
    """Start the folder's stack in a session of its own and return its URLs once it is ready.

    Raises:
        StackError: it ended before that; the message holds what it said.
    """
    log = folder / LAUNCHER_LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    remove_record(folder)  # A stack that was killed has left one behind.
    with log.open("wb") as output:
        launcher = subprocess.Popen(
            (sys.executable, "-m", "stack", "serve", "--folder", str(folder)),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[1]), "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    try:
        return _await_ready(folder, lambda: launcher.poll() is not None)
    except BaseException:
        launcher.terminate()
        launcher.wait()
        raise


def join_detached(folder: Path) -> Mapping[str, str]:
    """Wait until the stack that runs in the folder is ready, which it may already be, and return its URLs.

    Raises:
        StackError: it ended, or is not ready in time.
    """
    return _await_ready(folder, lambda: not is_running(folder))


def _await_ready(folder: Path, ended: Callable[[], bool]) -> Mapping[str, str]:
    until = time.monotonic() + UP_TIMEOUT.total_seconds()
    while time.monotonic() < until:
        record = read_record(folder)
        if record and record.state == "ready":
            return record.urls
        if ended():
            lines = (folder / LAUNCHER_LOG).read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
            raise StackError("\n".join(lines) or "the launcher ended without a word")
        time.sleep(BETWEEN_LOOKS.total_seconds())
    raise StackError(f"the stack in {folder} was not ready within {UP_TIMEOUT.total_seconds():g} s")
