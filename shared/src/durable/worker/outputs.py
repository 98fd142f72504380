"""What one run of a handler writes to the object stores, and takes back if it raises.

Only what nobody can count on is taken back. A run that is delivered again may follow one that wrote the same objects
and was answered; one whose lock is lost, or whose attempt was answered meanwhile, may run beside another that writes
them. These leave everything, and the undo of the saga removes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from datetime import timedelta

from durable.errors import TransientError
from durable.objects import ObjectInfo, ObjectStore
from durable.settings import MAIN_STORE
from durable.stores import ObjectStores
from durable.worker.activity_context import ActivityContext

# The answer of an attempt whose time is over waits for a second: what is removed is gone before the next one writes.
REMOVED_WITHIN = timedelta(seconds=0.5)


class Outputs:
    """Writes objects for one run of a handler; those of a run that raises are removed."""

    def __init__(self, stores: ObjectStores, ctx: ActivityContext) -> None:
        self._stores = stores
        self._ctx = ctx
        self._written: list[tuple[ObjectStore, str]] = []

    async def put(self, name: str, data: bytes | AsyncIterable[bytes], *, store: str = MAIN_STORE) -> ObjectInfo:
        """Write an object, over an older one of that name. Errors as `ObjectStores[store]` and `ObjectStore.put`."""
        target = self._stores[store]
        self._written.append((target, name))  # Interrupted, it may be there all the same.
        return await target.put(name, data)

    async def remove(self) -> None:
        """Remove what was written, unless another run may have written it too; what can't be removed is logged."""
        try:
            async with asyncio.timeout(REMOVED_WITHIN.total_seconds()):
                while self._written and self._is_alone:
                    store, name = self._written.pop()
                    await store.delete(name)
        except (TransientError, TimeoutError) as error:
            self._ctx.log.warning("an output of a failed run could not be removed: %s", str(error) or "no answer")

    @property
    def _is_alone(self) -> bool:
        ctx = self._ctx
        return ctx.delivery_count == 1 and not ctx.lock_lost and not ctx.answered


async def outputs_of_a_run(stores: ObjectStores, ctx: ActivityContext) -> AsyncGenerator[Outputs, BaseException | None]:
    """Provide the outputs of one run of a handler."""
    outputs = Outputs(stores, ctx)
    error = yield outputs
    if error is not None:
        await outputs.remove()
