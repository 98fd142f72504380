"""Seals one payload and opens it again: by the codecs of this process, and in the object store if it is large.

1. An object is written before anybody can learn its name. It is named by its bytes, so that to write it twice changes
   nothing; what is known to be written is not written again.
2. What is opened is checked against the hash that the reference states.
3. An object store that is away is waited for; a payload that is not there, or not what it should be, is
   `PayloadUnreadable` at once.
"""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeVar

import orjson

from durable.codecs import Codecs, PayloadContext
from durable.errors import ObjectNotFound, PayloadUnreadable
from durable.objects import ObjectStore
from durable.payload import PAYLOAD_BYTES_MAX, PAYLOAD_INLINE_BYTES_MAX
from durable.sealed import EncodedPayload, PayloadRef, Sealed, folder_of
from durable.vault.waiting import until_there

T = TypeVar("T")
OBJECT_BYTES_MAX: Final = PAYLOAD_BYTES_MAX + PAYLOAD_BYTES_MAX // 8
TRANSFERS_MAX = 8
REMEMBERED_MAX = 10_000
_THREAD_FROM_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """To which run of which instance a payload belongs."""

    instance_id: str
    run: str


class Vault:
    """Seals and opens the payloads of one process.

    Attributes:
        encodes: whether every payload is encoded, however small.
    """

    def __init__(self, objects: ObjectStore, codecs: Codecs | None = None) -> None:
        self._objects = objects
        self._codecs = codecs or Codecs()
        self.encodes = bool(self._codecs)
        self._written: OrderedDict[tuple[Place, bytes], PayloadRef] = OrderedDict()
        self._gate = asyncio.Semaphore(TRANSFERS_MAX)

    def concerns(self, size: int) -> bool:
        """Tell whether a record or message of so many bytes may hold a payload that must be sealed."""
        return size > PAYLOAD_INLINE_BYTES_MAX or self.encodes

    @staticmethod
    def is_small(data: object) -> bool:
        """Tell whether JSON data may stand where it belongs, as far as its size goes."""
        if data is None or isinstance(data, bool | int | float):
            return True
        return len(orjson.dumps(data)) <= PAYLOAD_INLINE_BYTES_MAX

    async def seal(self, data: object, place: Place, inline_max: int = PAYLOAD_INLINE_BYTES_MAX) -> object:
        """Give what stands for JSON data outside: itself, encoded data, or a reference to an object now written."""
        raw = orjson.dumps(data)
        if len(raw) <= inline_max and not self.encodes:
            return data
        key = (place, sha256(raw).digest())
        if (known := self._written.get(key)) is not None:
            self._written.move_to_end(key)
            return known
        context = PayloadContext(place.instance_id)
        packed, labels = await _worked(lambda: self._codecs.encode(raw, context), len(raw) if self.encodes else 0)
        if len(packed) <= inline_max:
            return EncodedPayload(place.instance_id, labels, b64encode(packed).decode()) if labels else data
        hash_ = sha256(packed).hexdigest()
        ref = PayloadRef(f"{folder_of(place.instance_id)}/{place.run}/{hash_}", len(packed), hash_, labels)
        await self._write(ref, packed)
        self._remember(key, ref)
        return ref

    async def open(self, payload: object) -> object:
        """Give the JSON data of a payload, be it plain or sealed.

        Raises:
            PayloadUnreadable: it can't be had; says why.
        """
        if isinstance(payload, EncodedPayload):
            return self.decode(payload)
        if not isinstance(payload, PayloadRef):
            return payload
        packed = await self._read(payload)
        context = PayloadContext(payload.of)
        size = len(packed) if payload.codecs else 0
        raw = await _worked(lambda: self._codecs.decode(packed, payload.codecs, context), size)
        self._remember((Place(payload.of, payload.run), sha256(raw).digest()), payload)
        return _json(raw, payload)

    def decode(self, payload: EncodedPayload) -> object:
        """Give the JSON data of an encoded payload; errors as `open`."""
        try:
            packed = b64decode(payload.data, validate=True)
        except ValueError as error:
            raise PayloadUnreadable(f"expected an encoded payload in base64; found {error}") from error
        return _json(self._codecs.decode(packed, payload.codecs, PayloadContext(payload.of)), payload)

    async def confirm(self, payload: object) -> bool:
        """Tell whether the object of a payload is there; true for what has none."""
        if not isinstance(payload, PayloadRef):
            return True
        try:
            await until_there(lambda: self._objects.info(payload.object), f"payload {payload.object}")
        except ObjectNotFound:
            self._written = OrderedDict((key, ref) for key, ref in self._written.items() if ref != payload)
            return False
        return True

    async def delete_all_of(self, instance_id: str) -> None:
        """Delete every payload of an instance, of all its runs, however long the object store takes to answer."""
        await until_there(lambda: delete_payloads(self._objects, instance_id), f"payloads of {instance_id}")

    async def _write(self, ref: PayloadRef, packed: bytes) -> None:
        async with self._gate:
            await until_there(lambda: self._objects.put(ref.object, packed), f"payload {ref.object}")

    async def _read(self, ref: PayloadRef) -> bytes:
        if ref.bytes > OBJECT_BYTES_MAX:
            raise PayloadUnreadable(f"expected a payload of at most {OBJECT_BYTES_MAX} bytes; found {ref}")
        try:
            async with self._gate:
                packed = await until_there(lambda: self._objects.get(ref.object), f"payload {ref.object}")
        except ObjectNotFound as error:
            raise PayloadUnreadable(
                f"expected {ref.bytes} bytes in object {ref.object!r}; found none: put it back"
            ) from error
        found = sha256(packed).hexdigest()
        if found != ref.hash or len(packed) != ref.bytes:
            raise PayloadUnreadable(
                f"expected {ref.bytes} bytes with SHA-256 {ref.hash} in object {ref.object!r}; "
                f"found {len(packed)} with {found}: put the right ones back"
            )
        return packed

    def _remember(self, key: tuple[Place, bytes], ref: PayloadRef) -> None:
        self._written[key] = ref
        self._written.move_to_end(key)
        if len(self._written) > REMEMBERED_MAX:
            self._written.popitem(last=False)


async def _worked(work: Callable[[], T], size: int) -> T:
    """Let codecs work beside the event loop, if there is much to do for them."""
    return work() if size < _THREAD_FROM_BYTES else await asyncio.to_thread(work)


async def delete_payloads(objects: ObjectStore, instance_id: str) -> None:
    """Delete every payload of an instance, of all its runs; what is not there is no error.

    Raises:
        TransientError: the object store did not answer; some may be left.
    """
    async for info in objects.list(folder_of(instance_id)):
        await objects.delete(info.name)


def _json(raw: bytes, payload: Sealed) -> object:
    try:
        data: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise PayloadUnreadable(f"expected JSON in {_named(payload)}; found {len(raw)} bytes: {error}") from error
    return data


def _named(payload: Sealed) -> str:
    if isinstance(payload, PayloadRef):
        return f"object {payload.object!r}"
    return f"a payload that instance {payload.of!r} encoded by {', '.join(payload.codecs)}"
