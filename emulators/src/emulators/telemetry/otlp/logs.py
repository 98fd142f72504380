"""Log records of OTLP as records; one that tells of an exception becomes one."""

import json
from typing import Any

from emulators.telemetry.otlp.values import attributes_of, id_of, microseconds, source_of, value_of
from emulators.telemetry.records import MESSAGE_MAX, NAME_MAX, Batch, LogRecord, Source


def read_logs(message: Any, batch: Batch) -> tuple[int, str]:
    """Add the records of an ExportLogsServiceRequest; none is refused."""
    for resource in message.resource_logs:
        source = source_of(resource.resource)
        for scope in resource.scope_logs:
            batch.logs.extend(_log(record, scope.scope.name, source) for record in scope.log_records)
    return 0, ""


def _log(record: Any, logger: str, source: Source) -> LogRecord:
    fields = attributes_of(record.attributes)
    if logger:
        fields.setdefault("logger_name", logger[:NAME_MAX])
    exception = str(fields.pop("exception.type", ""))
    told = str(fields.pop("exception.message", ""))
    stack = str(fields.pop("exception.stacktrace", ""))
    body = value_of(record.body)
    text = body if isinstance(body, str) else json.dumps(body)
    return LogRecord(
        trace_id=id_of(record.trace_id, 16),
        span_id=id_of(record.span_id, 8),
        source=source,
        at=microseconds(record.time_unix_nano or record.observed_time_unix_nano),
        severity=_severity(record.severity_number),
        message=(text or told or exception or "n/a")[:MESSAGE_MAX],
        exception=exception[:NAME_MAX] or ("Exception" if told else ""),
        stack=stack[:MESSAGE_MAX],
        attributes=fields,
    )


def _severity(number: int) -> int:
    """From 1 to 24 (TRACE to FATAL4) to 0 to 4 (verbose to critical); INFO is 9 to 12."""
    return 0 if number < 9 else min(4, (number - 1) // 4 - 1)
