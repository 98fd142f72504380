"""Keep one process running: start it, see it become ready, start it again when it dies.

1. A process that dies is started again after a pause, which doubles until the process has been ready for a while.
2. A process that ends several times without ever having been ready is given up: its settings or its code are at fault.
3. After `stop` nothing is started any more.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from stack.child import Child, start_child
from stack.errors import StartFailed
from stack.process import Process
from stack.readiness import BETWEEN_CHECKS, why_not_ready

PAUSE_FIRST = timedelta(seconds=0.2)
PAUSE_MAX = timedelta(seconds=5)
STEADY_AFTER = timedelta(seconds=10)
STARTS_MAX_UNREADY = 3
LOG_LINES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the processes of a stack share: the folder of their logs, the lock they inherit, who hears of changes."""

    logs: Path
    lock: int
    say: Callable[[str], None]
    changed: Callable[[], None]


class Keeper:
    """One process of a stack, over all its starts."""

    def __init__(self, process: Process, surroundings: Surroundings) -> None:
        self.process = process
        self.log = surroundings.logs / f"{process.name}.log"
        self._surroundings = surroundings
        self._child: Child | None = None
        self._ready = asyncio.Event()
        self._was_ready = False
        self._unready_because = "it was not started yet"
        self._given_up = asyncio.Event()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id, or None while the process does not run."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Begin to keep the process running, with an empty log."""
        self.log.write_bytes(b"")
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.process.name}")

    async def until_ready(self, timeout: timedelta) -> None:
        """Wait until the process is ready, which it may already be.

        Raises:
            StartFailed: it was not within the timeout, or it keeps ending.
        """
        waits = [asyncio.create_task(event.wait()) for event in (self._ready, self._given_up)]
        try:
            await asyncio.wait(waits, timeout=timeout.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        if self._given_up.is_set() or not self._ready.is_set():
            raise StartFailed(self._report(timeout))

    async def stop(self, grace: timedelta) -> None:
        """Stop the process: SIGTERM, and SIGKILL after the grace; repeating it does no harm."""
        self._stopping.set()
        if self._child:
            self._child.terminate()
        if self._task:
            _, late = await asyncio.wait([self._task], timeout=grace.total_seconds())
            if late:
                self._surroundings.say(f"{self.process.name} did not stop within {grace.total_seconds():g} s: killed")
                self.kill()
            await self._task

    def kill(self) -> None:
        """Kill the process with SIGKILL; unless the stack is stopping, it is started again."""
        self._ready.clear()
        if self._child:
            self._child.kill()

    async def _keep(self) -> None:
        try:
            await self._live_again_and_again()
        except OSError as error:
            self._unready_because = f"it cannot be started: {error}"
            self._given_up.set()

    async def _live_again_and_again(self) -> None:
        pause = PAUSE_FIRST
        starts_unready = 0
        while not self._stopping.is_set():
            steady, code = await self._live_once()
            starts_unready = 0 if self._was_ready else starts_unready + 1
            if self._stopping.is_set():
                return
            if starts_unready == STARTS_MAX_UNREADY:
                self._given_up.set()
                return
            pause = PAUSE_FIRST if steady else pause
            self._surroundings.say(
                f"{self.process.name} {how_it_ended(code)}; starting it again in {pause.total_seconds():g} s"
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause.total_seconds())
            pause = min(pause * 2, PAUSE_MAX)

    async def _live_once(self) -> tuple[bool, int]:
        child = self._child = await start_child(self.process, self.log, self._surroundings.lock)
        if self._stopping.is_set():  # `stop` was called while the process was being started.
            child.terminate()
        self._surroundings.changed()
        watch = asyncio.create_task(self._watch())
        code = await child.ended()
        steady = watch.done()
        watch.cancel()
        self._child = None
        self._ready.clear()
        self._unready_because = f"it {how_it_ended(code)}"
        self._surroundings.changed()
        return steady, code

    async def _watch(self) -> bool:
        while (reason := await why_not_ready(self.process.ready)) is not None:
            self._unready_because = reason
            await asyncio.sleep(BETWEEN_CHECKS.total_seconds())
        self._was_ready = True
        self._ready.set()
        self._surroundings.changed()
        await asyncio.sleep(STEADY_AFTER.total_seconds())
        return True

    def _report(self, timeout: timedelta) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        trouble = "it was given up" if self._given_up.is_set() else f"not within {timeout.total_seconds():g} s"
        shown = "\n".join(f"    {line}" for line in lines) or "    (empty)"
        return (
            f"{self.process.name} did not become ready: {trouble}; {self._unready_because}.\n"
            f"The last lines of {self.log}:\n{shown}"
        )


def how_it_ended(code: int) -> str:
    """Say in words how a process with this exit code ended."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exited with code {code}"
