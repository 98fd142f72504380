"""What the service refuses in an item. Numbers and texts are those that were seen in answers of the service."""

from collections.abc import Mapping
from typing import Any

from emulators.telemetry.insights.moments import read_duration, read_time

# Exporters give a span the time of its start: one that took longer than this can't be told to the service any more.
_OLDEST = 172_800_000
_NEWEST = 7_200_000
_TEXTS = {
    "RequestData": ("id", "duration", "responseCode"),
    "RemoteDependencyData": ("name", "duration"),
    "MessageData": ("message",),
    "EventData": ("name",),
    "AvailabilityData": ("id", "name", "duration"),
}
_LISTS = {"ExceptionData": "exceptions", "MetricData": "metrics"}


def complaint(item: object, now: int) -> str | None:
    """Say why an item is refused at this time (in microseconds), or None."""
    if not isinstance(item, dict):
        return "100: Invalid JSON: an object was expected"
    if not _is_text(item.get("iKey")):
        return "Invalid instrumentation key"
    return _of_envelope(item, now) or _of_data(item["data"])


def _of_envelope(item: Mapping[str, Any], now: int) -> str | None:
    for name in ("name", "time"):
        if not _is_text(item.get(name)):
            return _missing(name, "Envelope", item.get(name))
    try:
        age = (now - read_time(item["time"])) // 1000
    except ValueError:
        return f"102: Field 'time' on type 'Envelope' is not a valid time string. Actual: {item['time'][:40]}"
    if age > _OLDEST:
        return f"103: Field 'time' on type 'Envelope' is older than the allowed min date. Expected: now - {_OLDEST}ms"
    if age < -_NEWEST:
        return f"104: Field 'time' on type 'Envelope' is newer than the max date. Expected: now + {_NEWEST}ms"
    data, tags = item.get("data"), item.get("tags", {})
    if not isinstance(data, dict) or not isinstance(tags, dict) or not isinstance(data.get("baseData"), dict):
        return _missing("data", "Envelope", None)
    return None


def _of_data(data: Mapping[str, Any]) -> str | None:
    kind, fields = str(data.get("baseType", "")), data["baseData"]
    for name in _TEXTS.get(kind, ()):
        if not _is_text(fields.get(name)):
            return _missing(name, kind, fields.get(name))
    listed = _LISTS.get(kind)
    if listed is not None and not _are_objects(fields.get(listed)):
        return _missing(listed, kind, None)
    if "duration" in _TEXTS.get(kind, ()):
        try:
            read_duration(fields["duration"])
        except ValueError:
            return f"105: Field 'duration' on type '{kind}' is not a valid time span. Actual: {fields['duration'][:40]}"
    return _of_exceptions(fields) if kind == "ExceptionData" else None


def _of_exceptions(fields: Mapping[str, Any]) -> str | None:
    lacking = [each for each in fields["exceptions"] if not _is_text(each.get("message"))]
    return _missing("message", "ExceptionDetails", None) if lacking else None


def _missing(field: str, kind: str, found: object) -> str:
    actual = "undefined" if found is None else str(found)[:40]
    return f"109: Field '{field}' on type '{kind}' is required but missing or empty. Expected: string, Actual: {actual}"


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _are_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)
