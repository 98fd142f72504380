"""Log lines to the SDK's logger provider, beneath the spans that they were written in.

The SDK's own handler takes the ids of its current span, which ours are not everywhere, and would send what is secret.

1. A line says what it says on standard output: the same message, the same fields, under the names that spans use.
2. What exporters log about exporting stays on standard output: exported, each line would lead to another one.
"""

from __future__ import annotations

import logging
import traceback

from opentelemetry._logs import get_logger_provider, set_logger_provider
from opentelemetry._logs.severity import SeverityNumber
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.semconv.attributes import exception_attributes
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context
from opentelemetry.util.types import AnyValue

from durable.concealing import CONCEALED
from durable.logs import Annotating
from durable.logs.about import FIELDS, SPAN_ID, TRACE_ID
from durable.logs.lines import extras_of
from durable.telemetry.names import PREFIX
from durable.telemetry.settings import TelemetrySettings

_OF_EXPORTERS = ("azure.core", "azure.identity", "azure.monitor", "opentelemetry", "requests", "urllib3")
_SEVERITIES = {
    logging.DEBUG: (SeverityNumber.DEBUG, "DEBUG"),
    logging.INFO: (SeverityNumber.INFO, "INFO"),
    logging.WARNING: (SeverityNumber.WARN, "WARN"),
    logging.ERROR: (SeverityNumber.ERROR, "ERROR"),
    logging.CRITICAL: (SeverityNumber.FATAL, "FATAL"),
}
_IDS = frozenset({TRACE_ID, SPAN_ID})
TEXT_CHARACTERS_MAX = 8_000


def exported_lines(settings: TelemetrySettings, resource: Resource) -> ExportedLines | None:
    """Give what sends the lines of this process, if anybody takes them; Application Insights is configured by then."""
    if settings.connection_string:
        provider = get_logger_provider()
        assert isinstance(provider, LoggerProvider)
    elif "logs" in settings.otlp:
        provider = LoggerProvider(resource=resource)
        set_logger_provider(provider)
    else:
        return None
    if "logs" in settings.otlp:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

        provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    return ExportedLines(provider)


class ExportedLines(logging.Handler):
    """Hands log records to a logger provider."""

    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__()
        self._provider = provider
        self.addFilter(Annotating())
        self.addFilter(_is_of_others)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record over."""
        try:
            self._emit(record)
        except Exception:  # A line that can't be written must not fail whoever wrote it.
            self.handleError(record)

    def _emit(self, record: logging.LogRecord) -> None:
        number, text = _SEVERITIES.get(record.levelno, (SeverityNumber.UNSPECIFIED, record.levelname))
        at = int(record.created * 1_000_000) * 1_000
        self._provider.get_logger(record.name).emit(
            timestamp=at,
            observed_timestamp=at,
            context=_context(record),
            severity_number=number,
            severity_text=text,
            body=_clean(record.getMessage()),
            attributes=_attributes(record),
        )


def _is_of_others(record: logging.LogRecord) -> bool:
    return not record.name.startswith(_OF_EXPORTERS)


def _context(record: logging.LogRecord) -> Context:
    """Give a context whose span is the one that the line was written in; an empty one for none."""
    known = vars(record)
    trace_id, span_id = known.get(TRACE_ID), known.get(SPAN_ID)
    if not trace_id or not span_id:
        return Context()
    span = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(1))
    return set_span_in_context(NonRecordingSpan(span), Context())


def _attributes(record: logging.LogRecord) -> dict[str, AnyValue]:
    told: dict[str, AnyValue] = {}
    for name, value in extras_of(record).items():
        if name not in _IDS:
            plain = value if isinstance(value, int | float) else _clean(str(value))
            told[PREFIX + name if name in FIELDS else name] = plain
    if record.exc_info and record.exc_info[0] is not None:
        kind, error, _ = record.exc_info
        told[exception_attributes.EXCEPTION_TYPE] = kind.__name__
        told[exception_attributes.EXCEPTION_MESSAGE] = _clean(str(error))
        told[exception_attributes.EXCEPTION_STACKTRACE] = _clean("".join(traceback.format_exception(*record.exc_info)))
    return told


def _clean(text: str) -> str:
    return CONCEALED.text(text)[:TEXT_CHARACTERS_MAX]
