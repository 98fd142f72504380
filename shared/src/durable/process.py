"""A service as a process: how it starts, is asked to stop, and says how it ended."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from durable.errors import AuthorError, SettingsInvalid

STOPPED = 0
TO_BE_MENDED = 2


def run_service(name: str, prepare: Callable[[], Coroutine[Any, Any, None]], *faults: type[Exception]) -> int:
    """Run a service to its end and give the exit code.

    `prepare` reads what the service is told and gives what serves it. The code is 0 after a stop that was asked for,
    and 2, with the reason on standard error, for what must be mended before a start can succeed: settings, the code of
    an author, and `faults`. Any other error passes through, and ends the process with 1.
    """
    to_mend: tuple[type[Exception], ...] = (SettingsInvalid, AuthorError, *faults)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(prepare())
    except to_mend as error:
        sys.stderr.write(f"{name} can't start: {error}\n")
        return TO_BE_MENDED
    return STOPPED


def on_stop_signals(stop: Callable[[], None]) -> None:
    """Call `stop` in the running event loop at each SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
