"""The object store port in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence

from durable.errors import ObjectNotFound
from durable.objects import ObjectInfo, check_object_name

CHUNK_BYTES = 1 << 20


class MemoryObjects:
    """Objects in a dictionary."""

    def __init__(self) -> None:
        self._objects: dict[str, bytes] = {}

    async def put(self, name: str, data: bytes | AsyncIterable[bytes]) -> ObjectInfo:
        check_object_name(name)
        await asyncio.sleep(0)
        content = data if isinstance(data, bytes) else b"".join([chunk async for chunk in data])
        self._objects[name] = content
        return ObjectInfo(name, len(content))

    async def get(self, name: str) -> bytes:
        await asyncio.sleep(0)
        return self._find(name)

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        content = await self.get(name)
        for start in range(0, len(content), CHUNK_BYTES):
            yield content[start : start + CHUNK_BYTES]

    async def info(self, name: str) -> ObjectInfo:
        return ObjectInfo(name, len(await self.get(name)))

    async def delete(self, name: str) -> None:
        check_object_name(name)
        await asyncio.sleep(0)
        self._objects.pop(name, None)

    async def list(self, prefix: str) -> AsyncIterator[ObjectInfo]:
        check_object_name(prefix)
        await asyncio.sleep(0)
        for name in sorted(self._objects):
            if name.startswith(f"{prefix}/") and name in self._objects:
                yield ObjectInfo(name, len(self._objects[name]))

    async def page(self, prefix: str, after: str, size: int) -> Sequence[ObjectInfo]:
        under = f"{check_object_name(prefix)}/" if prefix else ""
        await asyncio.sleep(0)
        names = sorted(name for name in self._objects if name.startswith(under) and name > after)
        return [ObjectInfo(name, len(self._objects[name])) for name in names[:size]]

    def _find(self, name: str) -> bytes:
        if check_object_name(name) not in self._objects:
            raise ObjectNotFound(f"there is no object {name!r}")
        return self._objects[name]
