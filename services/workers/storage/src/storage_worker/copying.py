"""What passes through: objects streamed and counted on their way, and told apart when they are not there."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from contracts.locations import Location
from contracts.storage import StoredObject
from durable import NonRetryable
from durable.errors import ObjectNotFound
from durable.objects import ObjectStore
from durable.stores import ObjectStores


class Passing:
    """The chunks of an object, with their size and hash so far; `progress` is told the size after each."""

    def __init__(self, stream: AsyncIterator[bytes], progress: Callable[[int], None]) -> None:
        self._stream = stream
        self._progress = progress
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The hash of what has passed, in hexadecimal."""
        return self._hash.hexdigest()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._hash.update(chunk)
            self.size += len(chunk)
            self._progress(self.size)
            yield chunk


async def copy_object(
    stores: ObjectStores, source: Location, target: Location, progress: Callable[[int], None]
) -> StoredObject:
    """Copy an object, chunk by chunk; the target appears whole or not at all.

    Raises:
        NonRetryable: there is no source, or source and target are one object.
        TransientError: a store did not answer.
    """
    from_store, to_store = stores[source.store], stores[target.store]
    if from_store is to_store and source.name == target.name:
        raise NonRetryable(f"expected a target other than the source; found {_place(source)} for both")
    with telling_gone(source):
        passing = Passing(from_store.stream(source.name), progress)
        written = await to_store.put(target.name, passing)
    if written.size != passing.size:
        raise AssertionError(f"{passing.size} bytes were read and {written.size} written")
    return StoredObject(object=target, size=passing.size, sha256=passing.sha256)


async def read_through(stores: ObjectStores, source: Location, progress: Callable[[int], None]) -> Passing:
    """Read an object to its end and keep nothing but its size and hash.

    Raises:
        NonRetryable: there is none.
        TransientError: its store did not answer.
    """
    passing = Passing(stores[source.store].stream(source.name), progress)
    with telling_gone(source):
        async for _ in passing:
            pass
    return passing


async def read_bounded(store: ObjectStore, source: Location, bytes_max: int) -> bytes:
    """Read an object that is not larger than this.

    Raises:
        NonRetryable: there is none, or it is larger.
        TransientError: its store did not answer.
    """
    content = b""
    with telling_gone(source):
        size = (await store.info(source.name)).size
        if size <= bytes_max:
            async for chunk in store.stream(source.name):
                content += chunk
                size = len(content)
                if size > bytes_max:
                    break
    if size > bytes_max:
        raise NonRetryable(
            f"expected {_place(source)} to hold at most {bytes_max} bytes, as text in a history must be short; "
            f"found {size} or more. Give its name to an activity that streams it"
        )
    return content


@contextmanager
def telling_gone(source: Location) -> Iterator[None]:
    """Turn the absence of an object into a final failure that says where it was expected.

    Raises:
        NonRetryable: what is inside asked for an object that is not there.
    """
    try:
        yield
    except ObjectNotFound as error:
        raise NonRetryable(
            f"expected {_place(source)}; there is none: it was deleted since it was named, or never written"
        ) from error


def _place(location: Location) -> str:
    return f"object {location.name!r} in store {location.store!r}"
