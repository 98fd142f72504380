"""A bounded pool of processes for handlers that compute: each runs one at a time and can be killed.

1. A process that dies takes only the attempt with it that it runs; the next one gets a fresh process.
2. Nothing but values crosses: what a handler raises travels as a `Failure`.
3. Processes are started when they are needed, and kept.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar, cast

from durable.adapters.telemetry import current_trace
from durable.errors import AuthorError, ProcessDied
from durable.failure import Failure
from durable.telemetry.context import context_of
from durable.worker.outcome import FailedElsewhere, failure_of_handler

_Job = tuple[Callable[[Any], object], object, Mapping[str, str]]
In = TypeVar("In")
Out = TypeVar("Out")
# This process has threads and must not be forked; the server has none, and imports what handlers need once for all.
_FORKS = multiprocessing.get_context("forkserver")
_preloaded = [__name__]


def preload(module: str) -> None:
    """Let the server import a module, so that processes have it at once; of use before the first one is started."""
    if module not in _preloaded:
        _preloaded.append(module)
    _FORKS.set_forkserver_preload(_preloaded)


def start_server(module: str) -> None:
    """Start the server with a module at once, and go on while it imports."""
    preload(module)
    forkserver.ensure_running()


def wait_for_server() -> None:
    """Wait until the server has imported all it is to: no attempt then waits for that."""
    process = _FORKS.Process(target=_nothing, daemon=True)
    process.start()
    process.join()


def _nothing() -> None:
    """Begin without telling anyone."""


class Processes:
    """Runs plain functions in processes, so many at a time; an `async` handler may ask for it by annotation."""

    def __init__(self, limit: int) -> None:
        self._free = asyncio.Semaphore(limit)
        self._waiters = ThreadPoolExecutor(limit, thread_name_prefix="process")
        self._idle: list[_Child] = []
        self._children: set[_Child] = set()

    async def run(self, function: Callable[[In], Out], value: In, begin: Callable[[], None] = _nothing) -> Out:
        """Give what the function returns; `begin` is called, in some thread, when a process has started on it.

        Cancelled while it runs, its process is killed.

        Raises:
            FailedElsewhere: it raised.
            ProcessDied: its process ended before it did.
            AuthorError: its input or its result can't be pickled.
        """
        async with self._free:
            child = self._idle.pop() if self._idle else _Child()
            self._children.add(child)
            future = self._waiters.submit(partial(child.call, (function, value, current_trace()), begin))
            try:
                result = await asyncio.wrap_future(future)
            except BaseException as error:
                if not isinstance(error, FailedElsewhere):
                    child.kill()
                    self._children.discard(child)
                    raise
                self._idle.append(child)
                raise
            self._idle.append(child)
            return cast("Out", result)

    def close(self) -> None:
        """Kill every process and start no more. Idempotent."""
        for child in self._children:
            child.kill()
        self._children.clear()
        self._idle.clear()
        self._waiters.shutdown(wait=False, cancel_futures=True)


class _Child:
    """One process. `call` blocks a thread; `kill` may come meanwhile."""

    def __init__(self) -> None:
        self._is_killed = False
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def call(self, job: _Job, begin: Callable[[], None]) -> object:
        function, *_ = job
        try:
            written = pickle.dumps(job)
        except Exception as error:  # Pickling is the code of whoever wrote the types of the value.
            raise AuthorError(f"expected an input that can be pickled, to go to a process; {error}") from error
        try:
            connection = self._started(function.__module__)
            begin()
            connection.send_bytes(written)
            result, failure = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError) as error:
            told = f"the process of the handler ended before the handler did; {self._end()}"
            raise ProcessDied(told, None if self._process is None else self._process.exitcode) from error
        if failure is not None:
            raise FailedElsewhere(failure)
        return result

    def kill(self) -> None:
        # Never waits for a start that is under way: whoever starts the process looks here afterwards.
        self._is_killed = True
        if self._process is not None and self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _started(self, module: str) -> Connection:
        if self._connection is None:
            preload(module)
            ours, theirs = _FORKS.Pipe()
            process = _FORKS.Process(target=_serve, args=(theirs,), daemon=True, name="handler")
            process.start()
            self._process = process
            if self._is_killed:
                process.kill()
            theirs.close()
            ours.recv_bytes()
            self._connection = ours
        return self._connection

    def _end(self) -> str:
        if self._process is None:
            return "it was not needed any more"
        self._process.join(1)
        return f"its exit code is {self._process.exitcode}"


def _serve(connection: Connection) -> None:
    """Run what comes until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Whoever started this process decides when it ends.
    connection.send_bytes(b"ready")
    while True:
        try:
            job = connection.recv_bytes()
        except EOFError:
            return
        connection.send_bytes(_answer(job))


def _within(trace: Mapping[str, str]) -> AbstractContextManager[None]:
    """Make the span that `trace` names the current one of OpenTelemetry; nothing takes spans in here."""
    context = context_of(trace)
    if context is None:
        return nullcontext()
    from durable.adapters.telemetry.current import Entered

    return Entered(context, trace, {})


def _answer(job: bytes) -> bytes:
    result, failure = _outcome(job)
    try:
        return pickle.dumps((result, failure))
    except Exception as error:  # Pickling is the code of whoever wrote the types of the value.
        told = AuthorError(f"expected a result that can be pickled, to come from a process; {error}")
        return pickle.dumps((None, failure_of_handler(told)))


def _outcome(job: bytes) -> tuple[object, Failure | None]:
    try:
        function, value, trace = pickle.loads(job)
        with _within(trace):
            return function(value), None
    except BaseException as error:
        return None, failure_of_handler(error)
