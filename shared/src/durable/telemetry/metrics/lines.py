"""How many lines were logged that somebody should read."""

from __future__ import annotations

import logging

from durable.telemetry.metrics.declared import LOG_LINES
from durable.telemetry.metrics.recorded import Metrics


class CountedLines(logging.Handler):
    """Counts the lines at `WARNING` and above."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(logging.WARNING)
        self._metrics = metrics

    def emit(self, record: logging.LogRecord) -> None:
        """Count a line."""
        self._metrics.add(LOG_LINES, 1, record.levelname)


def count_lines(metrics: Metrics) -> None:
    """Count what the process logs from here on."""
    logging.getLogger().addHandler(CountedLines(metrics))
