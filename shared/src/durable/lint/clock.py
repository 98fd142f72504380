"""DUR001: the wall clock, and sleeping by it."""

from __future__ import annotations

from durable.lint.banned_names import BannedNames
from durable.lint.codes import WALL_CLOCK

_NOW = "write `ctx.now`"
_SECONDS = "write `ctx.now.timestamp()`"
_SPAN = "subtract two values of `ctx.now`"

wall_clock = BannedNames(
    WALL_CLOCK,
    {
        "datetime.datetime.now": _NOW,
        "datetime.datetime.utcnow": _NOW,
        "datetime.datetime.today": _NOW,
        "datetime.date.today": "write `ctx.now.date()`",
        "time.time": _SECONDS,
        "time.time_ns": _SECONDS,
        "time.monotonic": _SPAN,
        "time.monotonic_ns": _SPAN,
        "time.perf_counter": _SPAN,
        "time.perf_counter_ns": _SPAN,
        "time.process_time": _SPAN,
        "time.process_time_ns": _SPAN,
        "time.localtime": _NOW,
        "time.gmtime": _NOW,
        "time.ctime": _NOW,
        "time.sleep": "write `await ctx.sleep(timedelta(...))`",
    },
)
