"""One running child process that cannot outlive its launcher.

1. A child leads a session of its own: Ctrl-C reaches the launcher alone, which stops its children in order.
2. The kernel kills it when the launcher dies (Linux). Elsewhere the lock that it inherits shows that it still runs.
3. Whatever is left of its group is killed once it has ended.
"""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack.process import Process

SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2).
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
NOT_FOR_CHILDREN = ("SERVICEBUS_", "COSMOS_", "OBJECT_STORE_", "AZURE_", "APPLICATIONINSIGHTS_", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class Child:
    """A started process; its group has the number of its pid."""

    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        """The process id, which another process may bear once this one has ended."""
        return self.process.pid

    async def ended(self) -> int:
        """Wait for the end and return the exit code, negative for a signal; what is left of its group is killed."""
        code = await self.process.wait()
        self.signal_group(signal.SIGKILL)
        return code

    def terminate(self) -> None:
        """Ask the process, not its group, to stop: it knows best in which order its own children should."""
        if self.process.returncode is None:
            self.process.terminate()

    def kill(self) -> None:
        """Kill the process with all of its group, now."""
        if self.process.returncode is None:
            self.signal_group(signal.SIGKILL)

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to whoever is left in the group, if anyone is."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


async def start_child(process: Process, log: Path, lock: int) -> Child:
    """Start a process with its output appended to its log; it inherits the lock of its stack's folder."""
    with log.open("ab") as output:
        started = await asyncio.create_subprocess_exec(
            *process.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_inherited_environment() | dict(process.env),
            start_new_session=True,
            pass_fds=(lock,),
            preexec_fn=_dying_with(os.getpid()),
        )
    return Child(started)


def _inherited_environment() -> dict[str, str]:
    # A developer's cloud settings must not lead a local stack to the cloud, and services see their own packages only.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_FOR_CHILDREN)}
    return kept | {"PYTHONUNBUFFERED": "1"}


def _dying_with(launcher: int) -> Callable[[], None] | None:
    libc = LIBC
    if libc is None:
        return None

    def arrange() -> None:
        libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != launcher:  # It died before the line above.
            os.kill(os.getpid(), signal.SIGKILL)

    return arrange
