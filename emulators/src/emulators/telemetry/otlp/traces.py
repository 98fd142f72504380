"""Spans of OTLP as records, and their events: exceptions, and what else was told on the way."""

from typing import Any

from emulators.telemetry.otlp.conventions import dependency, origin, result_code
from emulators.telemetry.otlp.values import attributes_of, id_of, microseconds, source_of
from emulators.telemetry.records import LINKS_MAX, MESSAGE_MAX, NAME_MAX, Batch, Kind, LogRecord, Source, Span

_KINDS = {2: Kind.SERVER, 3: Kind.CLIENT, 4: Kind.PRODUCER, 5: Kind.CONSUMER}
_ERROR = 2
_EVENTS_MAX = 128


def read_traces(message: Any, batch: Batch) -> tuple[int, str]:
    """Add the spans of an ExportTraceServiceRequest; gives how many were refused, and why the last one was."""
    refused, why = 0, ""
    for resource in message.resource_spans:
        source = source_of(resource.resource)
        for scope in resource.scope_spans:
            for span in scope.spans:
                problem = _problem(span)
                if problem:
                    refused, why = refused + 1, f"{problem} (span '{span.name[:80]}')"
                else:
                    _add(span, source, batch)
    return refused, why


def _problem(span: Any) -> str:
    if not id_of(span.trace_id, 16):
        return f"trace_id: 16 bytes that are not all zero were expected, found '{span.trace_id[:16].hex()}'"
    if not id_of(span.span_id, 8):
        return f"span_id: 8 bytes that are not all zero were expected, found '{span.span_id[:16].hex()}'"
    if len(span.parent_span_id) not in {0, 8}:
        return f"parent_span_id: 8 bytes or none were expected, found {len(span.parent_span_id)}"
    return "" if span.start_time_unix_nano else "start_time_unix_nano: a time was expected, found 0"


def _add(span: Any, source: Source, batch: Batch) -> None:
    fields = attributes_of(span.attributes)
    kind = _KINDS.get(span.kind, Kind.INTERNAL)
    is_request = kind in {Kind.SERVER, Kind.CONSUMER}
    named, target = ("", "") if is_request else dependency(kind, fields)
    found = Span(
        trace_id=id_of(span.trace_id, 16),
        span_id=id_of(span.span_id, 8),
        parent_id=id_of(span.parent_span_id, 8),
        kind=kind,
        name=span.name[:NAME_MAX],
        source=source,
        start=microseconds(span.start_time_unix_nano),
        duration=max(0, span.end_time_unix_nano - span.start_time_unix_nano) // 1000,
        is_failed=span.status.code == _ERROR or (kind is Kind.SERVER and result_code(fields).startswith("4")),
        code=result_code(fields)[:NAME_MAX],
        problem=span.status.message[:MESSAGE_MAX],
        type=named[:NAME_MAX],
        target=target[:NAME_MAX],
        origin=origin(fields)[:NAME_MAX] if is_request else "",
        attributes=fields,
        links=[(id_of(each.trace_id, 16), id_of(each.span_id, 8)) for each in span.links[:LINKS_MAX]],
    )
    batch.spans.append(found)
    batch.logs.extend(_event(event, found) for event in span.events[:_EVENTS_MAX])


def _event(event: Any, span: Span) -> LogRecord:
    fields = attributes_of(event.attributes)
    exception = str(fields.pop("exception.type", "Exception")) if event.name == "exception" else ""
    message = str(fields.pop("exception.message", "") or exception) if exception else event.name
    stack = str(fields.pop("exception.stacktrace", "")) if exception else ""
    return LogRecord(
        trace_id=span.trace_id,
        span_id=span.span_id,
        source=span.source,
        at=microseconds(event.time_unix_nano),
        severity=3 if exception else 1,
        message=message[:MESSAGE_MAX],
        exception=exception[:NAME_MAX],
        stack=stack[:MESSAGE_MAX],
        attributes=fields,
    )
