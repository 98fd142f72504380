"""How services log: one line per record, JSON for machines or text for people; never a payload, never a secret."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson

from durable.concealing import CONCEALED

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_QUIET = ("azure", "uamqp", "aiohttp.access", "uvicorn.access", "httpx", "httpx2")


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message and whatever was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return CONCEALED.text(orjson.dumps(line, default=str).decode())


class TextLines(logging.Formatter):
    """One line for people, and the traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return CONCEALED.text(super().format(record))


def configure_logs(level: str, style: str) -> None:
    """Log to standard output; the SDKs' own lines from `WARNING` on only."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
