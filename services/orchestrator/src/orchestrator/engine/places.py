"""Where in the code of a saga something was decided: read off the frames, only when a mismatch is reported."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from types import CodeType, FrameType, TracebackType
from typing import Any

_ENGINE = __name__.rpartition(".")[0]
_DRIVERS = frozenset({f"{_ENGINE}.scheduler", f"{_ENGINE}.replay", f"{_ENGINE}.instance"})


def deciding_place() -> str | None:
    """Give `file:line` of the author's code that called into the engine; `None` if the engine itself decided."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  The only way to one's callers.
    while frame is not None and _module(frame).startswith(_ENGINE):
        if _module(frame) in _DRIVERS:
            return None
        frame = frame.f_back
    return frame and _place(frame.f_code, frame.f_lineno)


def waiting_place(coroutine: Coroutine[Any, Any, Any]) -> str | None:
    """Give `file:line` of the await at which a coroutine stands; `None` if it has ended."""
    place = None
    awaited: Any = coroutine
    while (frame := getattr(awaited, "cr_frame", None)) is not None:
        place = _place(frame.f_code, frame.f_lineno)
        awaited = awaited.cr_await
    return place


def raising_place(error: BaseException | None) -> str | None:
    """Give `file:line` of the author's innermost code that an exception passed."""
    place = None
    step: TracebackType | None = error.__traceback__ if error else None
    while step is not None:
        if not _module(step.tb_frame).startswith(_ENGINE):
            place = _place(step.tb_frame.f_code, step.tb_lineno)
        step = step.tb_next
    return place


def driven_place(error: BaseException | None) -> str | None:
    """Give `file:line` of the author's code that the engine last drove when an exception interrupted it."""
    place, driven = None, False
    step: TracebackType | None = error.__traceback__ if error else None
    while step is not None:
        drives = _module(step.tb_frame).startswith(_ENGINE)
        if driven and not drives:
            place = _place(step.tb_frame.f_code, step.tb_lineno)
        driven = drives
        step = step.tb_next
    return place


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _place(code: CodeType, line: int) -> str:
    return f"{code.co_filename}:{line}"
