"""Items of Application Insights as records: one function for each type of data that is shown."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from emulators.telemetry.insights.moments import read_duration, read_time
from emulators.telemetry.records import (
    COUNT_MAX,
    LINKS_MAX,
    MESSAGE_MAX,
    NAME_MAX,
    Batch,
    Kind,
    LogRecord,
    Point,
    Source,
    Span,
    cut_attributes,
)

_LINKS = "_MS.links"
_NO_TRACE = "0" * 32
_NO_SPAN = "0" * 16
_SEVERITIES = ("Verbose", "Information", "Warning", "Error", "Critical")


def read_item(item: Mapping[str, Any], batch: Batch) -> None:
    """Add to the batch what the item tells; raises ValueError or TypeError if a field is not what it should be."""
    reader = _READERS.get(str(item["data"].get("baseType", "")))
    if reader is not None:
        reader(item, batch)


def _read_request(item: Mapping[str, Any], batch: Batch) -> None:
    fields = item["data"]["baseData"]
    origin = _text(fields, "source")
    kind = Kind.CONSUMER if origin and not fields.get("url") else Kind.SERVER
    batch.spans.append(_span(item, kind, code=_text(fields, "responseCode"), origin=origin))


def _read_dependency(item: Mapping[str, Any], batch: Batch) -> None:
    fields = item["data"]["baseData"]
    if not fields.get("id"):
        return  # What has no id has no place in a transaction; SDKs give one to each.
    named = _text(fields, "type")
    kind = _kind_of_dependency(named)
    batch.spans.append(_span(item, kind, code=_text(fields, "resultCode"), named=named, target=_text(fields, "target")))


def _kind_of_dependency(named: str) -> Kind:
    if named.startswith("InProc"):
        return Kind.INTERNAL
    return Kind.PRODUCER if named.startswith("Queue Message") else Kind.CLIENT


def _span(
    item: Mapping[str, Any], kind: Kind, *, code: str, named: str = "", target: str = "", origin: str = ""
) -> Span:
    fields = item["data"]["baseData"]
    attributes = _attributes(fields)
    if _text(fields, "url"):
        attributes["url"] = _text(fields, "url")
    if _text(fields, "data"):
        attributes["data"] = _text(fields, "data")
    return Span(
        trace_id=_tag(item, "ai.operation.id"),
        span_id=str(fields["id"])[:NAME_MAX],
        parent_id=_id(_tag(item, "ai.operation.parentId")),
        kind=kind,
        name=_text(fields, "name") or _tag(item, "ai.operation.name"),
        source=_source(item),
        start=read_time(item["time"]),
        duration=read_duration(fields["duration"]),
        is_failed=fields.get("success", True) is False,
        code=code or "0",
        type=named,
        target=target,
        origin=origin,
        links=_links(attributes.pop(_LINKS, "")),
        attributes=attributes,
    )


def _read_message(item: Mapping[str, Any], batch: Batch) -> None:
    batch.logs.append(_log(item, item["data"]["baseData"]["message"]))


def _read_event(item: Mapping[str, Any], batch: Batch) -> None:
    batch.logs.append(_log(item, item["data"]["baseData"]["name"]))


def _read_exception(item: Mapping[str, Any], batch: Batch) -> None:
    for each in item["data"]["baseData"]["exceptions"]:
        stack = _text(each, "stack", MESSAGE_MAX)
        found = _log(item, each["message"], exception=_text(each, "typeName") or "Exception", stack=stack)
        batch.logs.append(found)


def _log(item: Mapping[str, Any], message: str, *, exception: str = "", stack: str = "") -> LogRecord:
    fields = item["data"]["baseData"]
    return LogRecord(
        trace_id=_id(_tag(item, "ai.operation.id")),
        span_id=_id(_tag(item, "ai.operation.parentId")),
        source=_source(item),
        at=read_time(item["time"]),
        severity=_severity(fields.get("severityLevel"), 3 if exception else 1),
        message=message[:MESSAGE_MAX],
        exception=exception,
        stack="" if stack == "None" else stack,  # The exporter spells a missing stack so.
        attributes=_attributes(fields),
    )


def _read_metrics(item: Mapping[str, Any], batch: Batch) -> None:
    fields = item["data"]["baseData"]
    for each in fields["metrics"]:
        batch.points.append(
            Point(
                name=_text(each, "name"),
                source=_source(item),
                at=read_time(item["time"]),
                value=float(each.get("value") or 0),
                count=min(COUNT_MAX, int(each.get("count") or 1)),
                least=None if each.get("min") is None else float(each["min"]),
                greatest=None if each.get("max") is None else float(each["max"]),
                attributes=_attributes(fields),
            )
        )


_READERS: Mapping[str, Callable[[Mapping[str, Any], Batch], None]] = {
    "RequestData": _read_request,
    "RemoteDependencyData": _read_dependency,
    "MessageData": _read_message,
    "EventData": _read_event,
    "ExceptionData": _read_exception,
    "MetricData": _read_metrics,
}


def _source(item: Mapping[str, Any]) -> Source:
    return Source(_tag(item, "ai.cloud.role"), _tag(item, "ai.cloud.roleInstance"))


def _tag(item: Mapping[str, Any], name: str) -> str:
    return str(item.get("tags", {}).get(name) or "")[:NAME_MAX]


def _id(found: str) -> str:
    return "" if found in {_NO_TRACE, _NO_SPAN} else found


def _text(fields: Mapping[str, Any], name: str, characters_max: int = NAME_MAX) -> str:
    value = fields.get(name)
    return "" if value is None else str(value)[:characters_max]


def _attributes(fields: Mapping[str, Any]) -> dict[str, Any]:
    return cut_attributes({**(fields.get("properties") or {}), **(fields.get("measurements") or {})})


def _severity(level: object, unspoken: int) -> int:
    if isinstance(level, int) and 0 <= level < len(_SEVERITIES):
        return level
    return _SEVERITIES.index(level) if level in _SEVERITIES else unspoken


def _links(text: object) -> list[tuple[str, str]]:
    try:
        found = json.loads(str(text) or "[]")
        return [(str(each["operation_Id"]), str(each["id"])) for each in found[:LINKS_MAX]]
    except (ValueError, TypeError, KeyError):
        return []
