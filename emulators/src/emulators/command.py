"""What the commands have in common: help, greeting, waiting for the end, exit codes.

1. Standard output has one line, the connection string, written once the endpoint listens: a script reads that line and
   knows where to connect. Everything that is for people goes to standard error.
2. Exit code 0 after Ctrl+C or SIGTERM, 1 if what was acknowledged can't be stored any more, 2 if it can't start.
"""

import argparse
import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

_COLLECT_SELDOM = (50_000, 20, 20)
PORT_MAX = 65_535
CAN_NOT_STORE = 1
CAN_NOT_START = 2
EXIT_CODES = "exit codes: 0 stopped by Ctrl+C or SIGTERM, 1 storing failed, 2 can't start (one line says why)"
_PACKAGE = "durable-orchestrator-emulators"


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Defaults behind each option that has one; the description keeps its lines."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        unspoken = not action.default or "default:" in (action.help or "")
        return action.help if unspoken else super()._get_help_string(action)


def new_parser(program: str, description: str) -> argparse.ArgumentParser:
    """A parser that knows `--help`, `--version` and the exit codes."""
    parser = argparse.ArgumentParser(
        prog=program, description=description, epilog=EXIT_CODES, formatter_class=_Help, allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"{program} {version()}")
    return parser


def add_data_option(group: Any) -> None:
    """Add `--data`, which means the same to all commands."""
    text = "folder that keeps everything, made if missing; without it everything is forgotten at the end"
    group.add_argument("--data", type=Path, metavar="FOLDER", help=text)


def port_number(text: str) -> int:
    """A port as an option gives it; sockets take larger numbers and silently listen elsewhere."""
    if not text.isascii() or not text.isdigit() or not 0 <= int(text[:6]) <= PORT_MAX:
        raise argparse.ArgumentTypeError(f"a port from 0 to {PORT_MAX} was expected, found {text!r}")
    return int(text)


def add_faults_option(group: Any) -> None:
    """Add `--faults`, which means the same to both commands."""
    text = "JSON file with faults that are set from the start"
    group.add_argument("--faults", type=Path, metavar="FILE", help=text)


def version() -> str:
    """The version of the installed package."""
    try:
        return metadata.version(_PACKAGE)
    except metadata.PackageNotFoundError:
        return "(not installed)"


def run(serve: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run an endpoint in an event loop, uvloop's where there is one; gives its exit code."""
    # Nothing that waits in an endpoint is part of a cycle. With the default thresholds the collector takes as much time
    # as the broker does when a million messages wait.
    gc.set_threshold(*_COLLECT_SELDOM)
    _allow_many_sockets()
    try:
        import uvloop
    except ImportError:
        start: Callable[[Coroutine[Any, Any, int]], int] = asyncio.run
    else:
        start = uvloop.run
    try:
        return start(serve())
    except KeyboardInterrupt:
        return 0


def _allow_many_sockets() -> None:
    """Raise the number of open files to what the system allows: shells set 1,024, which is a thousand connections."""
    try:
        import resource
    except ImportError:  # Windows has no such limit.
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):  # macOS says "unlimited" and refuses it.
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Stop:
    """The wish to stop, by Ctrl+C or SIGTERM; make it before anybody can be told that the endpoint is ready."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C is a KeyboardInterrupt there.
                asyncio.get_running_loop().add_signal_handler(number, self._told.set)

    async def wait(self, *failures: asyncio.Event) -> int:
        """Wait until told, or for a failure; gives the exit code."""
        waits = [asyncio.create_task(event.wait()) for event in (self._told, *failures)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return CAN_NOT_STORE if any(failure.is_set() for failure in failures) else 0


def greet(title: str, facts: Iterable[tuple[str, str]], connection_string: str) -> None:
    """Tell a person what runs and where, and a script the connection string."""
    lines = [f"{title} {version()}", "", *(f"  {name:<9} {text}" for name, text in facts), "", "Connection string:"]
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()
    sys.stdout.write(f"{connection_string}\n")
    sys.stdout.flush()


def kept_in(data: Path | None) -> str:
    """Where the data is, as a person wants to know it."""
    return f"{data.absolute()}" if data else "in memory only, gone when it stops; --data FOLDER keeps it"


def counted(number: int, thing: str) -> str:
    """A number and what it counts, such as "1 queue" or "2 queues"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def fail(text: str) -> int:
    """Say in one line why the endpoint can't start; gives the exit code."""
    sys.stderr.write(f"{text}\n")
    return CAN_NOT_START
