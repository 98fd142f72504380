"""What the code of a saga logs: kept with the turn, so that the host says it when the turn is durable, and once.

1. Nothing is kept on replay, nor by code that is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from orchestrator.engine.journal import Journal

Level = Literal["debug", "info", "warning", "error"]
LINES_MAX = 1000


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: a message in the style of `logging`, and its arguments."""

    level: Level
    message: str
    args: tuple[object, ...] = ()


class Logbook:
    """The lines of the present turn, at most `LINES_MAX`."""

    __slots__ = ("_warned", "lines")

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self._warned: tuple[str, ...] = ()

    def add(self, line: LogLine) -> None:
        """Keep a line, unless there are too many."""
        if len(self.lines) < LINES_MAX:
            self.lines.append(line)

    def warn_once(self, message: str) -> None:
        """Keep a warning that was not given before."""
        if message not in self._warned:
            self._warned += (message,)
            self.add(LogLine("warning", message))

    def close(self) -> tuple[LogLine, ...]:
        """Give the lines and begin anew."""
        if not self.lines:
            return ()
        lines, self.lines = tuple(self.lines), []
        return lines


class Log:
    """What `ctx.log` is."""

    __slots__ = ("_journal",)

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def debug(self, message: str, *args: object) -> None:
        self._say("debug", message, args)

    def info(self, message: str, *args: object) -> None:
        self._say("info", message, args)

    def warning(self, message: str, *args: object) -> None:
        self._say("warning", message, args)

    def error(self, message: str, *args: object) -> None:
        self._say("error", message, args)

    def _say(self, level: Level, message: str, args: tuple[object, ...]) -> None:
        if self._journal.speaks:
            self._journal.logbook.add(LogLine(level, message, args))
