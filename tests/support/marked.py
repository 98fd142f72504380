"""A payload that is known wherever it comes up, and whether it came up where nobody may see it."""

from __future__ import annotations

import logging

import orjson
import pytest

from durable.logs import JsonLines
from durable.telemetry.metrics import Metrics
from durable.telemetry.span import Span

MARK = "mark-7c1e-of-a-payload"


def said_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Give each line with all that it carries: fields, arguments, traceback."""
    return [f"{JsonLines().format(record)} {record.args!r}" for record in caplog.records]


def assert_unseen(caplog: pytest.LogCaptureFixture, metrics: Metrics, spans: list[Span]) -> None:
    """Assert that the mark is in no line, no label and no span."""
    assert [line for line in said_of(caplog) if MARK in line] == []
    assert [reading for reading in metrics.read() if MARK in "".join(reading.labels)] == []
    told = [orjson.dumps((span.name, dict(span.attributes), span.error, str(span.failure))).decode() for span in spans]
    assert [span for span in told if MARK in span] == []


def at_debug(caplog: pytest.LogCaptureFixture) -> None:
    """Have everything logged that can be."""
    caplog.set_level(logging.DEBUG)
