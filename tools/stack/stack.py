"""One stack: the processes of one folder, from the first that starts to the last that stops.

1. A process starts once all that it depends on is ready, and everything that may start at the same time does.
2. Stopping goes the other way round: dependents first, and what they depend on once they have ended.
3. A start that fails stops what it started and says why; a stack is either running whole or not at all.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal, TypeAlias

from stack.errors import StackError
from stack.keeper import Keeper, Surroundings
from stack.local import local_services
from stack.ports import FreePorts, Ports
from stack.process import Process
from stack.record import Record, lock_folder, remove_record, write_record

START_TIMEOUT = timedelta(seconds=60)
STOP_GRACE = timedelta(seconds=10)

Services: TypeAlias = Callable[[Path, Ports], tuple[Process, ...]]


class Stack:
    """The processes that `services` describes for a folder and its ports.

    A folder holds one stack at a time; its logs lie in `<folder>/logs/<name>.log` and begin anew with each start.
    """

    def __init__(
        self,
        folder: Path,
        ports: Ports | None = None,
        services: Services = local_services,
        *,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder.resolve()
        self.processes: Mapping[str, Process] = {}
        self._ports = ports or FreePorts()
        self._services = services
        self._say = say
        self._keepers: dict[str, Keeper] = {}
        self._lock: int | None = None
        self._state: Literal["starting", "ready", "stopping"] = "starting"

    @property
    def urls(self) -> Mapping[str, str]:
        """Where each process is reached; the same through all its restarts."""
        return {name: process.url for name, process in self.processes.items()}

    @property
    def pids(self) -> Mapping[str, int]:
        """The process id of each process that runs at this moment."""
        return {name: keeper.pid for name, keeper in self._keepers.items() if keeper.pid is not None}

    def log(self, name: str) -> Path:
        """Return the file that holds the output of a process, over all its restarts."""
        return self._keepers[name].log

    async def start(self) -> None:
        """Start every process and return once all are ready.

        Raises:
            StackError: the folder or a port is in use, or a process did not become ready; nothing is left running.
        """
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        self._lock = lock_folder(self.folder)
        remove_record(self.folder)  # A stack that was killed has left one behind.
        try:
            processes = self._services(self.folder, self._ports)
            self.processes = {process.name: process for process in processes}
            around = Surroundings(self.folder / "logs", self._lock, self._say, self._write_record)
            self._keepers = {process.name: Keeper(process, around) for process in processes}
            await self._start_in_order()
            self._state = "ready"
            self._write_record()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop every process, dependents first, with SIGTERM and after ten seconds SIGKILL; may be repeated."""
        if self._lock is None:
            return
        self._state = "stopping"
        for wave in reversed(waves(self.processes)):
            await asyncio.gather(*(self._keepers[name].stop(STOP_GRACE) for name in wave))
        remove_record(self.folder)
        self._ports.release()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def kill(self, name: str) -> None:
        """Kill one process with SIGKILL; it is started again after a pause (`until_ready` says when it is back)."""
        self._keepers[name].kill()

    def kill_all(self) -> None:
        """Kill every process with SIGKILL; meant for a stop that shall not wait any longer."""
        for keeper in self._keepers.values():
            keeper.kill()

    async def until_ready(self, name: str) -> None:
        """Wait until a process is ready, which it may already be.

        Raises:
            StartFailed: it does not become ready.
        """
        await self._keepers[name].until_ready(START_TIMEOUT)

    async def _start_in_order(self) -> None:
        try:
            async with asyncio.TaskGroup() as starts:
                tasks: dict[str, asyncio.Task[None]] = {}
                for process in (self.processes[name] for wave in waves(self.processes) for name in wave):
                    needs = [tasks[name] for name in process.depends_on]
                    tasks[process.name] = starts.create_task(self._start_one(process, needs))
        except* StackError as failures:
            raise failures.exceptions[0] from None

    async def _start_one(self, process: Process, needs: Sequence[asyncio.Task[None]]) -> None:
        await asyncio.gather(*needs)
        self._keepers[process.name].start()
        await self.until_ready(process.name)
        self._say(f"{process.name} is ready at {process.url}")

    def _write_record(self) -> None:
        write_record(self.folder, Record(os.getpid(), self._state, dict(self.urls), dict(self.pids)))


def waves(processes: Mapping[str, Process]) -> list[tuple[str, ...]]:
    """Group processes so that each one depends on earlier groups only."""
    sorter = TopologicalSorter({name: process.depends_on for name, process in processes.items()})
    sorter.prepare()
    found: list[tuple[str, ...]] = []
    while sorter.is_active():
        found.append(sorter.get_ready())
        sorter.done(*found[-1])
    return found


@asynccontextmanager
async def running_stack(
    folder: Path,
    ports: Ports | None = None,
    services: Services = local_services,
) -> AsyncIterator[Stack]:
    """Run a stack for the length of a block; ports are free ones unless given. It is stopped however the block ends."""
    stack = Stack(folder, ports, services)
    await stack.start()
    try:
        yield stack
    finally:
        await stack.stop()
