"""Ends turns that go on for too long: a saga that loops without awaiting would stop every partition of its replica.

1. The exception strikes inside `run` or not at all: never the event loop, never another instance's turn.
2. It is a `KeyboardInterrupt`, which the engine lets pass; author's code that swallows it is struck again, and in its
   handlers, until it leaves.
3. Code that never comes back from a call into C can't be struck, and code that goes to lengths to swallow strikes may
   outlast the lock. Its session is then lost, and the next owner counts that against the instance.
4. Time is that of the processor's clock, not that of the system: a turn takes real time in a test, too.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

from orchestrator.engine import scheduler
from orchestrator.engine.places import driven_place, raising_place

if TYPE_CHECKING:
    from _typeshed import TraceFunction

T = TypeVar("T")
_LOOKS = 8
_STRIKE_AGAIN = 0.002


class TurnTooLong(KeyboardInterrupt):
    """A turn was interrupted; where it was stands in the traceback."""


class _Insisting(TurnTooLong):
    """One that is raised once more by the next line that its catcher runs, and so leaves the handler, too."""

    def __init__(self) -> None:
        # The interpreter makes it in the thread that was struck, where the frames are those of the catcher.
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  The only way to one's callers.
        while frame is not None and frame.f_globals.get("__name__") != scheduler.__name__:
            frame.f_trace = _raise_at_next_line
            frame = frame.f_back
        sys.settrace(_raise_at_next_line)


def _raise_at_next_line(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
    if event == "line":
        raise TurnTooLong
    return _raise_at_next_line


def told_of(error: TurnTooLong, limit: timedelta, what: str) -> str:
    """Say what went on for too long, and at which line of the author's code it was interrupted."""
    told = f"{what} that went on for more than {limit.total_seconds():g} s without awaiting"
    place, innermost = driven_place(error), raising_place(error)
    if innermost is not None and innermost != place and not innermost.startswith(__file__):
        told += f", in {innermost}"
    return f"{told}, at {place}" if place else told


class Watchdog:
    """Watches what one thread does, one turn at a time."""

    def __init__(self, limit: timedelta) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._watched: int | None = None
        self._number = 0
        self._allowed = 1
        self._running = False
        self._striking = False
        self._strikes = 0

    def run(self, turn: Callable[[], T], allowed: int = 1) -> T:
        """Run a turn, for `allowed` times the limit at most; from one thread only.

        Raises:
            TurnTooLong: it was interrupted, and left unfinished whatever it was at.
        """
        if self._watched is None:
            self._watch()
        self._allowed = allowed
        self._number += 1
        self._running = True
        try:
            return turn()
        finally:
            # The one that watches says first that it strikes, then looks whether this runs: no strike is overlooked.
            self._running = False
            while self._striking:
                with suppress(TurnTooLong):
                    self._call_off()

    def look(self, seen: int, since: float) -> tuple[int, float, float]:
        """Look at the turn that runs now; gives which it is, since when, and when to look again."""
        pause = self.limit.total_seconds() / _LOOKS
        now = time.monotonic()
        if not self._running:
            return 0, now, pause
        if self._number != seen:
            return self._number, now, pause
        if now - since < self._allowed * self.limit.total_seconds():
            return seen, since, pause
        with self._lock:
            self._striking = True
            if self._is_running(seen):
                _strike(self._watched, TurnTooLong if self._strikes == 0 else _Insisting)
                self._strikes += 1
        return seen, since, _STRIKE_AGAIN

    def _is_running(self, number: int) -> bool:
        return self._running and self._number == number

    def _call_off(self) -> None:
        """Let no strike come that the turn outran."""
        with self._lock:
            _call_off(self._watched)
            if self._strikes > 1:
                sys.settrace(None)
            self._strikes = 0
            self._striking = False

    def _watch(self) -> None:
        self._watched = threading.get_ident()
        watch = threading.Thread(target=_look, args=(weakref.ref(self),), name="turn watchdog", daemon=True)
        watch.start()


def _look(watched: weakref.ref[Watchdog]) -> None:
    seen, since, pause = 0, 0.0, 0.0
    while (watchdog := watched()) is not None:
        seen, since, pause = watchdog.look(seen, since)
        del watchdog
        time.sleep(pause)


def _strike(thread: int | None, kind: type[TurnTooLong]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread or 0), ctypes.py_object(kind))


def _call_off(thread: int | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread or 0), None)
