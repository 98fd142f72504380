"""Running what only makes sense together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def until_one_ends(*parts: Coroutine[Any, Any, None]) -> None:
    """Run all until one ends or fails; stop the others, then end or fail as that one did."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def unless(stop: asyncio.Event, part: Coroutine[Any, Any, T]) -> T | None:
    """Give what a part gives; `None`, and the part is stopped, if `stop` is set before that."""
    given: list[T] = []

    async def kept() -> None:
        given.append(await part)

    await until_one_ends(kept(), until_set(stop))
    return given[0] if given else None


async def until_set(stop: asyncio.Event) -> None:
    """Wait until `stop` is set."""
    await stop.wait()
