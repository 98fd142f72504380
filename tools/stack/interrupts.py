"""Let a program that is asked to end do so in order: the first signal cancels its work, which then cleans up."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Outcome = TypeVar("Outcome")


async def interruptible(
    work: Coroutine[Any, Any, Outcome],
    *,
    if_interrupted: Outcome,
    at_second: Callable[[], None],
) -> Outcome:
    """Run the work to its end; a signal that asks to end cancels it, and a further one calls `at_second` as well."""
    task = asyncio.ensure_future(work)
    asked = 0

    def hear() -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            task.cancel()
        else:
            at_second()

    loop = asyncio.get_running_loop()
    for number in ENDING:
        loop.add_signal_handler(number, hear)
    try:
        return await task
    except asyncio.CancelledError:
        if not asked:
            raise
        return if_interrupted
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)
