"""How other commands find a stack by its folder: a lock for as long as anything of it lives, and a record.

1. The lock tells whether a stack runs. Every child inherits it, so it is free only once nothing of the stack lives.
2. The record says what runs. It may be stale; only a held lock gives it meaning.
"""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from stack.errors import FolderInUse

LOCK_NAME = "stack.lock"
RECORD_NAME = "stack.json"
LOCK_ATTEMPTS = 4
BETWEEN_LOOKS = timedelta(seconds=0.05)
LAUNCHER_GRACE = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Record:
    """A stack as others see it."""

    launcher: int
    state: Literal["starting", "ready", "stopping"]
    urls: Mapping[str, str] = field(default_factory=dict)
    pids: Mapping[str, int] = field(default_factory=dict)


def lock_folder(folder: Path) -> int:
    """Take the folder for one stack and return the lock's file descriptor; closing it gives the folder back.

    Raises:
        FolderInUse: a stack runs in this folder.
    """
    lock = os.open(folder / LOCK_NAME, os.O_CREAT | os.O_RDWR, 0o600)
    for _ in range(LOCK_ATTEMPTS):  # A command that only looks holds the lock too, for a moment.
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        time.sleep(BETWEEN_LOOKS.total_seconds())
    os.close(lock)
    raise FolderInUse(f"a stack runs in {folder} already: stop it with make down, or use another folder")


def is_running(folder: Path) -> bool:
    """Tell whether anything of the folder's stack lives."""
    if not (folder / LOCK_NAME).exists():
        return False
    with (folder / LOCK_NAME).open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def write_record(folder: Path, record: Record) -> None:
    """Put the record in place at once, so that no reader sees half of it."""
    draft = folder / f"{RECORD_NAME}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(record), indent=2) + "\n")
    draft.replace(folder / RECORD_NAME)


def read_record(folder: Path) -> Record | None:
    """Return the record, or None if there is none."""
    with contextlib.suppress(FileNotFoundError):
        return Record(**json.loads((folder / RECORD_NAME).read_text()))
    return None


def remove_record(folder: Path) -> None:
    """Remove the record of a stack that has ended."""
    (folder / RECORD_NAME).unlink(missing_ok=True)


def stop_recorded(folder: Path) -> bool:
    """Stop the stack that runs in the folder, from outside of it, and return whether there was one.

    The launcher stops its processes in order. If it is gone, or does not manage, they are killed.
    """
    record = read_record(folder)
    was_running = is_running(folder)
    if was_running and record:
        _signal(record.launcher, signal.SIGTERM)
        if not _ends_within(LAUNCHER_GRACE, folder, record.launcher):
            _signal(record.launcher, signal.SIGKILL)
            for group in (read_record(folder) or record).pids.values():
                _signal(-group, signal.SIGKILL)
            _ends_within(LAUNCHER_GRACE, folder, None)
    remove_record(folder)
    return was_running


def _ends_within(grace: timedelta, folder: Path, launcher: int | None) -> bool:
    until = time.monotonic() + grace.total_seconds()
    while is_running(folder):
        if time.monotonic() > until or (launcher and not _signal(launcher, 0)):
            return not is_running(folder)
        time.sleep(BETWEEN_LOOKS.total_seconds())
    return True


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
