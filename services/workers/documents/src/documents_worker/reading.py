"""Documents of object stores, read whole with a bound: readers of PDF and Office files want all of their bytes."""

from __future__ import annotations

from durable import NonRetryable
from durable.settings import MAIN_STORE
from durable.stores import ObjectStores


class DocumentReader:
    """Reads documents of at most so many bytes."""

    def __init__(self, stores: ObjectStores, bytes_max: int) -> None:
        self._stores = stores
        self._bytes_max = bytes_max

    async def read(self, name: str, store: str = MAIN_STORE) -> bytes:
        """Read a document; of one that is too large nothing is read.

        Raises:
            NonRetryable: it is larger than that, or the deployment names no such store.
            ObjectNotFound: there is none.
        """
        objects = self._stores[store]
        self._check((await objects.info(name)).size, name)
        data = bytearray()
        async for chunk in objects.stream(name):
            data += chunk
            # It may be another one by now.
            self._check(len(data), name)
        return bytes(data)

    def _check(self, size: int, name: str) -> None:
        if size > self._bytes_max:
            raise NonRetryable(
                f"expected a document of at most {self._bytes_max} bytes, as setting DOCUMENT_BYTES_MAX says; "
                f"found {name!r} of {size}"
            )
