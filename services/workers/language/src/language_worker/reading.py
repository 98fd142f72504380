"""Texts that lie in an object store, read with a bound."""

from __future__ import annotations

from contracts.locations import Location
from durable import NonRetryable
from durable.stores import ObjectStores

OBJECT_BYTES_MAX = 256 * 1024


async def text_at(location: Location, stores: ObjectStores) -> str:
    """Read an object as UTF-8.

    Raises:
        NonRetryable: it is larger than `OBJECT_BYTES_MAX`, no UTF-8, or blank, or there is no such store.
        ObjectNotFound: there is no such object.
    """
    data = bytearray()
    async for chunk in stores[location.store].stream(location.name):
        data += chunk
        if len(data) > OBJECT_BYTES_MAX:
            raise NonRetryable(f"expected text of at most {OBJECT_BYTES_MAX} bytes in {location.name!r}; found more")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NonRetryable(
            f"expected text in UTF-8 in {location.name!r}; found another byte at position {error.start}"
        ) from error
    if not text.strip():
        raise NonRetryable(f"expected text in {location.name!r}; found nothing but white space")
    return text
