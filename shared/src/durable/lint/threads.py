"""DUR004: threads, processes and event loops; a saga has branches, locks and time-outs of its own."""

from __future__ import annotations

from durable.lint.banned_names import BannedNames
from durable.lint.codes import THREADS

_ACTIVITY = "do it in an activity, called with `ctx.call`"
_BRANCH = "write `ctx.spawn(...)` for a branch of the saga"
_TIMEOUT = "write `async with ctx.timeout(timedelta(...))`"
_SEMAPHORE = "write `ctx.semaphore(n)`"
_UNTIL = "keep a variable and wait with `await ctx.until(lambda: ...)`"

concurrency = BannedNames(
    THREADS,
    {
        "anyio": _BRANCH,
        "asyncio": _BRANCH,
        "asyncio.BoundedSemaphore": _SEMAPHORE,
        "asyncio.CancelledError": "write `durable.Cancelled`",
        "asyncio.Condition": _UNTIL,
        "asyncio.Event": _UNTIL,
        "asyncio.Lock": "write `ctx.lock()`",
        "asyncio.Queue": _UNTIL,
        "asyncio.Semaphore": _SEMAPHORE,
        "asyncio.TimeoutError": None,
        "asyncio.as_completed": "write `ctx.as_completed(...)`",
        "asyncio.gather": "write `await ctx.gather(...)`",
        "asyncio.iscoroutinefunction": None,
        "asyncio.shield": "write `async with ctx.shield()`",
        "asyncio.sleep": "write `await ctx.sleep(timedelta(...))`",
        "asyncio.timeout": _TIMEOUT,
        "asyncio.timeout_at": _TIMEOUT,
        "asyncio.to_thread": _ACTIVITY,
        "asyncio.wait": "write `await ctx.first(...)` or `ctx.as_completed(...)`",
        "asyncio.wait_for": _TIMEOUT,
        "concurrent.futures": _ACTIVITY,
        "gevent": _ACTIVITY,
        "multiprocessing": _ACTIVITY,
        "signal": _ACTIVITY,
        "threading": _ACTIVITY,
        "threading.Lock": "write `ctx.lock()`",
        "trio": _BRANCH,
    },
)
