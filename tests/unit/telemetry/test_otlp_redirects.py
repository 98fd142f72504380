"""An OTLP endpoint that leads elsewhere takes nothing, and the SDK thinks that it did."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource

from durable.adapters.telemetry.otlp import OtlpSpans
from durable.telemetry.context import TraceContext
from durable.telemetry.span import Kind, Span

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = Span("turn", Kind.INTERNAL, TraceContext(1, 2), 0, NOW, NOW)


@dataclass
class Endpoint:
    """What the SDK makes of an answer."""

    status: int

    def export(self, _: bytes) -> object:
        return SimpleNamespace(success=True, status_code=self.status)


def sent_to(endpoint: Endpoint) -> OtlpSpans:
    return OtlpSpans(cast("OTLPSpanExporter", SimpleNamespace(_client=endpoint)), Resource({}))


def test_a_redirect_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    spans = sent_to(Endpoint(307))

    spans.send([SPAN])
    spans.send([SPAN])

    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the OTLP endpoint answers 307, and redirects are not followed"
    ]


def test_what_was_taken_is_not_worth_a_line(caplog: pytest.LogCaptureFixture) -> None:
    sent_to(Endpoint(200)).send([SPAN])

    assert not caplog.records
