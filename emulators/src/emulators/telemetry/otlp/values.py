"""Attributes, ids, times and sources of OTLP messages as plain values."""

from datetime import UTC, datetime, timedelta
from typing import Any

from emulators.telemetry.records import ATTRIBUTES_MAX, NAME_MAX, Source, cut_attributes

_DEPTH_MAX = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799 * 1_000_000_000
_ROLE_NAMES = ("k8s.deployment.name", "k8s.replicaset.name", "k8s.statefulset.name", "k8s.job.name")


def attributes_of(pairs: Any) -> dict[str, Any]:
    """A list of KeyValue as a dictionary of what is kept."""
    return cut_attributes({pair.key: value_of(pair.value) for pair in pairs[:ATTRIBUTES_MAX]})


def value_of(value: Any, depth: int = 0) -> Any:
    """An AnyValue as a plain value; bytes become hexadecimal text, and what is nested too deeply its size."""
    which = value.WhichOneof("value")
    if which is None:
        return ""
    found = getattr(value, which)
    if which == "bytes_value":
        return found.hex()
    if which not in {"array_value", "kvlist_value"}:
        return found
    if depth == _DEPTH_MAX:
        return f"({len(found.values)} values)"
    if which == "array_value":
        return [value_of(each, depth + 1) for each in found.values]
    return {each.key: value_of(each.value, depth + 1) for each in found.values}


def source_of(resource: Any) -> Source:
    """Role and instance, by the rules of the exporter of Application Insights."""
    found = attributes_of(resource.attributes)
    name, namespace = str(found.get("service.name", "")), str(found.get("service.namespace", ""))
    role = f"{namespace}.{name}" if name and namespace else name
    if not name or name.startswith("unknown_service"):
        role = next((str(found[each]) for each in _ROLE_NAMES if each in found), role)
    instance = str(found.get("k8s.pod.name") or found.get("service.instance.id") or found.get("host.name") or "")
    return Source(role[:NAME_MAX], instance[:NAME_MAX])


def microseconds(nanoseconds: int) -> int:
    """A time in microseconds, rounded as the exporter of Application Insights rounds: both tell the same moment."""
    return (datetime.fromtimestamp(min(nanoseconds, _LATEST) / 1e9, UTC) - _EPOCH) // timedelta(microseconds=1)


def id_of(data: bytes, size: int) -> str:
    """An id as text; empty if it is missing, all zeros, or of another size."""
    return data.hex() if len(data) == size and any(data) else ""
