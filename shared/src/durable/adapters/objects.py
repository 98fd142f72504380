"""The object store port over obstore: a local folder and Azure Blob Storage by the same code.

1. An object appears when its last part is written: the local store renames a file, Azure commits a list of blocks.
2. A stream is gathered into parts of `PART_BYTES`; at most a few of them are in memory, however small or large the
   caller's chunks are. What fits one part is written with one request.
3. A stream that breaks or is cancelled is told to the writer as an error, for only that makes it clean up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import obstore
from azure.identity import DefaultAzureCredential
from obstore.auth.azure import AzureCredentialProvider
from obstore.exceptions import BaseError
from obstore.store import AzureStore, LocalStore

from durable.errors import InvalidName, ObjectNotFound, SettingsInvalid, TransientError
from durable.objects import ObjectInfo, ObjectStore, check_object_name
from durable.settings import is_place
from durable.stores import ObjectStores

if TYPE_CHECKING:
    from obstore import PutResult

PART_BYTES = 4 << 20
CHUNK_BYTES = 1 << 20
PARTS_AT_ONCE = 2
LISTED_AT_ONCE = 1000
# A part of the name is a file, the name is a folder, or it is longer than the file system takes.
_NO_SUCH_PATH = re.compile(r"\(os error (20|21|36)\)")


def objects_from(url: str, client_id: str = "", setting: str = "OBJECT_STORE_URL") -> ObjectStore:
    """Open the object store at `file:///folder` or `az://account/container`; the latter by identity.

    `setting` is where the address comes from.

    Raises:
        SettingsInvalid: the address is of neither form.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        folder = Path(unquote(parts.path))
        folder.mkdir(parents=True, exist_ok=True)
        return Objects(LocalStore(folder))
    container = parts.path.strip("/")
    if is_place(url, "az") and container and "/" not in container:
        credential = DefaultAzureCredential(managed_identity_client_id=client_id or None)
        provider = AzureCredentialProvider(credential)
        return Objects(AzureStore(container, account_name=parts.netloc, credential_provider=provider))
    # Not shown whole: behind the sign there may be a signature, and a connection string has a key.
    found = repr(url.partition("?")[0]) if "://" in url and ";" not in url else "no address"
    raise SettingsInvalid([f"{setting}: expected file:///folder or az://account/container; found {found}"])


def stores_from(main: str, others: Mapping[str, str], client_id: str = "") -> ObjectStores:
    """Open the stores of a deployment by their addresses; two names of one address are one store.

    Raises:
        SettingsInvalid: an address is of neither form.
    """
    opened = {main.rstrip("/"): objects_from(main, client_id)}
    for url in others.values():
        if url.rstrip("/") not in opened:
            opened[url.rstrip("/")] = objects_from(url, client_id, "OBJECT_STORES")
    named = {name: opened[url.rstrip("/")] for name, url in others.items()}
    return ObjectStores(opened[main.rstrip("/")], named)


class Objects:
    """Objects in whatever store obstore reaches."""

    def __init__(self, store: LocalStore | AzureStore) -> None:
        self._store = store

    async def put(self, name: str, data: bytes | AsyncIterable[bytes]) -> ObjectInfo:
        check_object_name(name)
        with _writing(name):
            if isinstance(data, bytes):
                await obstore.put_async(self._store, name, data, max_concurrency=PARTS_AT_ONCE)
                return ObjectInfo(name, len(data))
            return ObjectInfo(name, await self._put_stream(name, data))

    async def get(self, name: str) -> bytes:
        check_object_name(name)
        with _reading(name):
            found = await obstore.get_async(self._store, name)
            return bytes(await found.bytes_async())

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        check_object_name(name)
        with _reading(name):
            found = await obstore.get_async(self._store, name)
            async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)

    async def info(self, name: str) -> ObjectInfo:
        check_object_name(name)
        with _reading(name):
            found = await obstore.head_async(self._store, name)
            return ObjectInfo(name, found["size"])

    async def delete(self, name: str) -> None:
        check_object_name(name)
        try:
            with _reading(name):
                await obstore.delete_async(self._store, name)
        except ObjectNotFound:
            return

    async def list(self, prefix: str) -> AsyncIterator[ObjectInfo]:
        check_object_name(prefix)
        with _reading(prefix):
            found = [
                ObjectInfo(meta["path"], meta["size"])
                async for batch in obstore.list(self._store, prefix, chunk_size=1000)
                for meta in batch
            ]
        for info in sorted(found, key=_by_name):
            yield info

    async def page(self, prefix: str, after: str, size: int) -> Sequence[ObjectInfo]:
        under = check_object_name(prefix) if prefix else None
        found: Sequence[ObjectInfo] = ()
        with _reading(prefix):
            async for batch in obstore.list(
                self._store, under, offset=after or None, chunk_size=min(size, LISTED_AT_ONCE)
            ):
                found = [*found, *(ObjectInfo(meta["path"], meta["size"]) for meta in batch)]
                if isinstance(self._store, AzureStore):
                    if len(found) >= size:
                        break
                else:
                    # A folder comes in the order of its directories: what may still be of this page is kept.
                    found = sorted(found, key=_by_name)[:size]
        return sorted(found, key=_by_name)[:size]

    async def _put_stream(self, name: str, data: AsyncIterable[bytes]) -> int:
        parts = _gathered(data)
        first = await anext(parts, b"")
        if len(first) < PART_BYTES:
            await obstore.put_async(self._store, name, first, use_multipart=False)
            return len(first)
        feed = _Feed()
        written = obstore.put_async(
            self._store, name, feed.parts(), chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
        )
        writing = asyncio.ensure_future(written)
        try:
            size = await feed.fill(first, parts, writing)
            await asyncio.shield(writing)
        except BaseException:
            await feed.break_off(writing)
            raise
        return size


class _BrokenOff(Exception):
    """Tells the writer that the rest will not come."""


class _Feed:
    """Hands parts to the writer, one at a time."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | _BrokenOff | None] = asyncio.Queue(maxsize=1)

    async def parts(self) -> AsyncIterator[bytes]:
        while (part := await self._queue.get()) is not None:
            if isinstance(part, _BrokenOff):
                raise part
            yield part

    async def fill(self, first: bytes, rest: AsyncIterator[bytes], writing: asyncio.Future[PutResult]) -> int:
        size = len(first)
        await self._give(first, writing)
        async for part in rest:
            size += len(part)
            await self._give(part, writing)
        await self._give(None, writing)
        return size

    async def break_off(self, writing: asyncio.Future[PutResult]) -> None:
        """Make the writer stop and clean up, and wait until it has."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(_BrokenOff())
        await asyncio.wait([writing])
        if not writing.cancelled():
            writing.exception()

    async def _give(self, part: bytes | None, writing: asyncio.Future[PutResult]) -> None:
        giving = asyncio.ensure_future(self._queue.put(part))
        waited: list[asyncio.Future[Any]] = [giving, writing]
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            giving.cancel()
        if writing.done():
            writing.result()


async def _gathered(data: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    gathered = bytearray()
    async for chunk in data:
        gathered += chunk
        if len(gathered) >= PART_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectNotFound(f"there is no object {name!r}") from error
    except BaseError as error:
        if _NO_SUCH_PATH.search(str(error)):
            raise ObjectNotFound(f"there is no object {name!r}") from error
        raise TransientError(f"the object store failed on {name!r}: {_head(error)}") from error


@contextmanager
def _writing(name: str) -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        if _NO_SUCH_PATH.search(str(error)):
            raise InvalidName(
                f"expected a name whose folders are no objects and that is no folder, each part at most 255 bytes; "
                f"found {name!r}: {_head(error)}"
            ) from error
        raise TransientError(f"the object store failed on {name!r}: {_head(error)}") from error
    except FileNotFoundError as error:
        raise TransientError(f"the object store failed on {name!r}, as its container is not there") from error


def _by_name(info: ObjectInfo) -> str:
    return info.name


def _head(error: BaseError) -> str:
    return str(error).split("\n", 1)[0][:300]
