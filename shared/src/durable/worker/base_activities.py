"""A base class of activities that read and write objects: what they have in common, to be inherited and extended."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass

from durable.errors import NonRetryable
from durable.objects import ObjectInfo
from durable.settings import MAIN_STORE
from durable.stores import ObjectStores
from durable.worker.activity_context import ActivityContext
from durable.worker.outputs import Outputs

READ_BYTES_MAX = 64 * 1024 * 1024


@dataclass
class BaseActivities:
    """Handlers whose object is made for each run: `worker.include(Mine, per="activity")`.

    A subclass is a dataclass too, and names what else it needs as its fields.

    Attributes:
        ctx: the attempt that runs.
        stores: the object stores of the deployment.
        outputs: what the run writes; gone if it raises.
    """

    ctx: ActivityContext
    stores: ObjectStores
    outputs: Outputs

    @property
    def log(self) -> logging.LoggerAdapter[logging.Logger]:
        """A logger whose lines say which attempt they belong to."""
        return self.ctx.log

    def refuse(self, faults: Iterable[str]) -> None:
        """Fail for good if an input has faults, and tell all of them.

        Raises:
            NonRetryable: there is one.
        """
        told = list(faults)
        if told:
            raise NonRetryable("; ".join(told), details=told)

    async def read(self, name: str, *, store: str = MAIN_STORE, bytes_max: int = READ_BYTES_MAX) -> bytes:
        """Read a whole object of bounded size.

        Raises:
            NonRetryable: it is larger, or the deployment names no such store.
            ObjectNotFound: there is none.
            TransientError: the store did not answer.
        """
        data = bytearray()
        async for chunk in self.stores[store].stream(name):
            data += chunk
            if len(data) > bytes_max:
                raise NonRetryable(f"expected object {name!r} to have at most {bytes_max} bytes; found more")
        return bytes(data)

    async def write(self, name: str, data: bytes | AsyncIterable[bytes], *, store: str = MAIN_STORE) -> ObjectInfo:
        """Write an object that is gone if this run raises. Errors as `Outputs.put`."""
        return await self.outputs.put(name, data, store=store)
