"""How a record is written: as JSON for machines or as text for people; never a payload, never a secret."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from durable.concealing import CONCEALED
from durable.logs.about import ATTEMPT, EXECUTION, FIELDS, INSTANCE_ID, SAGA, STEP, TRACE_ID

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_TRACE_CHARACTERS = 8


def extras_of(record: logging.LogRecord) -> dict[str, Any]:
    """Give what a record says beside its message: what the work is about first, then what was given as `extra`."""
    known = vars(record)
    about: dict[str, Any] = {name: known[name] for name in FIELDS if name in known}
    return {**about, **{name: value for name, value in known.items() if name not in _STANDARD and name not in about}}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, what the work is about, what was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **extras_of(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return CONCEALED.text(orjson.dumps(line, default=str).decode())


class TextLines(logging.Formatter):
    """One line for people that ends with what the work is about, in short; the traceback is below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return CONCEALED.text(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is the method's.
        """Write the line itself."""
        about = _in_short(vars(record))
        return super().formatMessage(record) + (f" [{about}]" if about else "")


def _in_short(known: Mapping[str, Any]) -> str:
    """Say as much as tells a person which instance, and which part of it: `order-7 shipping/pack#2 trace 0af76519`."""
    parts: list[str] = []
    if INSTANCE_ID in known:
        again = known.get(EXECUTION, 1)
        parts.append(f"{known[INSTANCE_ID]}{f'~{again}' if again != 1 else ''}")
    what = "/".join(str(known[name]) for name in (SAGA, STEP) if name in known)
    if what:
        parts.append(f"{what}#{known[ATTEMPT]}" if ATTEMPT in known else what)
    if TRACE_ID in known:
        parts.append(f"trace {known[TRACE_ID][:_TRACE_CHARACTERS]}")
    return " ".join(parts)
