"""Work on files in a process of its own: what a damaged file does to a reader written in C++ harms nothing else.

The functions run there take one value, and give one, that can be pickled. Cancelled, the process is killed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from signal import SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV
from typing import TypeVar

import pyarrow as pa

from durable import NonRetryable
from durable.errors import ProcessDied
from durable.worker.processes import Processes
from tabular_worker.conversion import Converted, Job, convert_file
from tabular_worker.parquet import Table, convert, read_back

_CRASHES = frozenset(-signal for signal in (SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL))
In = TypeVar("In")
Out = TypeVar("Out")


def converted_file(files: tuple[Job, Path, Path]) -> Converted:
    """Convert one file into another; see `convert_file`."""
    return convert_file(*files)


def converted_rows(files: tuple[Path, Path, pa.Schema | None]) -> Table:
    """Write JSON lines as Parquet; see `convert`."""
    return convert(*files)


def checked_table(file: Path) -> Table:
    """Read a Parquet file; see `read_back`."""
    return read_back(file)


async def run_apart(processes: Processes, function: Callable[[In], Out], value: In) -> Out:
    """Run one of these in a process.

    Raises:
        NonRetryable: the process crashed: the next one would too.
        ProcessDied: it ended otherwise, such as for want of memory.
        FailedElsewhere: the function raised.
    """
    try:
        return await processes.run(function, value)
    except ProcessDied as error:
        if error.exit_code in _CRASHES:
            raise NonRetryable(
                f"expected a file that can be read; its reader crashed (exit code {error.exit_code}): it is damaged"
            ) from error
        raise
