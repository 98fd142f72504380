"""How services log: one line per record, that says by itself what it is about; never a payload, never a secret."""

from __future__ import annotations

import logging
import sys

from durable.logs.about import About, Annotating, Fields, fields_of_trace
from durable.logs.lines import JsonLines, TextLines

__all__ = ["About", "Annotating", "Fields", "JsonLines", "TextLines", "configure_logs", "fields_of_trace"]

_QUIET = ("azure", "uamqp", "aiohttp.access", "uvicorn.access", "httpx", "httpx2", "urllib3")


def configure_logs(level: str, style: str) -> None:
    """Log to standard output; the SDKs' own lines from `WARNING` on only."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    handler.addFilter(Annotating())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
