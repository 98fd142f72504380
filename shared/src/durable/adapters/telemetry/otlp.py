"""Our spans to an OTLP endpoint: sent by the SDK's exporter, written by `span_bytes`.

The SDK's encoder makes several objects for each attribute and takes 33 us for one of our spans; this takes 5. What is
sent, where, and how it is tried again is the SDK's: https://opentelemetry.io/docs/specs/otlp/.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from opentelemetry.sdk.resources import Resource

from durable.adapters.telemetry.ended import ended_span
from durable.adapters.telemetry.span_bytes import SpanBytes, with_length
from durable.telemetry.span import Span

_LOG = logging.getLogger(__name__)
_RESOURCE_SPANS, _SCOPE_SPANS, _SPAN = b"\x0a", b"\x12", b"\x12"


class OtlpSpans:
    """Sends spans of one resource."""

    def __init__(self, exporter: OTLPSpanExporter, resource: Resource) -> None:
        self._exporter = exporter
        self._resource = resource
        self._requests = Requests(resource)
        self._was_redirected = False

    def send(self, spans: Sequence[Span]) -> None:
        """Send a batch; blocks, tries again for as long as the SDK's time-out says, and never raises."""
        client = getattr(self._exporter, "_client", None)
        if client is None:  # The inside of the SDK has changed: its own way is slower and right.
            self._exporter.export([ended_span(span, self._resource) for span in spans])
        else:
            self._look_at(getattr(client.export(self._requests.of(spans)), "status_code", None) or 0)

    def _look_at(self, status: int) -> None:
        """Say once that a redirect is not followed: the SDK takes it for a success, and all telemetry would be lost."""
        is_redirect = 300 <= status < 400
        if is_redirect and not self._was_redirected:
            told = "the OTLP endpoint answers %d, and redirects are not followed: spans are lost; set its final address"
            _LOG.warning(told, status)
        self._was_redirected = is_redirect


class Requests:
    """Writes requests to export spans of one resource."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._spans = SpanBytes()
        self._around: tuple[bytes, bytes] | None = None

    def of(self, spans: Sequence[Span]) -> bytes:
        """Give the bytes of an `ExportTraceServiceRequest`; for at least one span."""
        if self._around is None:
            self._around = _around(spans[0], self._resource)
        resource, scope = self._around
        of = self._spans.of
        scoped = scope + b"".join([_SPAN + with_length(of(span)) for span in spans])
        return _RESOURCE_SPANS + with_length(resource + _SCOPE_SPANS + with_length(scoped))


def _around(span: Span, resource: Resource) -> tuple[bytes, bytes]:
    """Give what stands before the spans of each request: of the resource, and of our scope; as the SDK writes it."""
    (whole,) = encode_spans([ended_span(span, resource)]).resource_spans
    (scope,) = whole.scope_spans
    scope.ClearField("spans")
    return bytes(ResourceSpans(resource=whole.resource, schema_url=whole.schema_url).SerializeToString()), bytes(
        scope.SerializeToString()
    )
