"""Objects by way of files in a temporary folder: Parquet and ORC are read from their ends, other rows twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from errno import ENOSPC
from pathlib import Path

from durable import NonRetryable
from durable.errors import TransientError
from durable.objects import ObjectStore
from durable.worker.threads import Threads

CHUNK_BYTES = 1 << 20


async def fetch(objects: ObjectStore, name: str, file: Path, bytes_max: int | None = None) -> None:
    """Copy an object into a file, a chunk at a time.

    Raises:
        ObjectNotFound: there is none.
        NonRetryable: it is larger than `bytes_max`.
        TransientError: the disk is full, or the store did not answer.
    """
    size = 0
    try:
        with file.open("wb") as target:
            async for chunk in objects.stream(name):
                size += len(chunk)
                if bytes_max is not None and size > bytes_max:
                    raise NonRetryable(
                        f"expected an object of at most {bytes_max} bytes; found {name!r}, which is larger"
                    )
                target.write(chunk)
    except OSError as error:
        if error.errno != ENOSPC:
            raise
        raise TransientError(f"the disk is full after {size} bytes of {name!r}") from error


async def chunks(file: Path, threads: Threads) -> AsyncIterator[bytes]:
    """Give the bytes of a file, a chunk at a time."""
    with file.open("rb") as source:
        while chunk := await threads.run(source.read, CHUNK_BYTES):
            yield chunk
