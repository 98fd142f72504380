"""Requests to a collector, and the items and messages that stand in them."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PARENT = "00f067aa0ba902b7"
PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def post(url: str, body: bytes | object, headers: Mapping[str, str] | None = None) -> Answer:
    """Post bytes, or what becomes JSON."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return _asked(urllib.request.Request(url, sent, {**JSON, **(headers or {})}, method="POST"))


def look(url: str) -> Any:
    """Ask for JSON."""
    return _asked(urllib.request.Request(url)).json


def _asked(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, {k.lower(): v for k, v in refused.headers.items()}, refused.read())


def an_item(kind: str = "RequestData", *, tags: Mapping[str, str] | None = None, **fields: object) -> dict[str, Any]:
    """An item as an exporter of Application Insights writes it; fields that are None are left out."""
    data = {"ver": 2, "id": SPAN, "name": "process work", "duration": "0.00:00:00.250", "responseCode": "0", **fields}
    return {
        "ver": 1,
        "name": f"Microsoft.ApplicationInsights.{kind}",
        "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "iKey": "00000000-0000-0000-0000-000000000001",
        "tags": {
            "ai.operation.id": TRACE,
            "ai.cloud.role": "durable.worker",
            "ai.cloud.roleInstance": "w-1",
            **(tags or {}),
        },
        "data": {"baseType": kind, "baseData": {name: value for name, value in data.items() if value is not None}},
    }


def a_span(name: str = "process work", **changes: object) -> dict[str, Any]:
    """A span as JSON of OTLP has it, a second long, that began a minute ago."""
    now = time.time_ns() - 60_000_000_000
    times = {"startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 1_000_000_000)}
    return {"traceId": TRACE, "spanId": SPAN, "name": name, "kind": 5, **times, **changes}


def attributes(**found: str | int) -> list[dict[str, Any]]:
    """Attributes as JSON of OTLP has them; two underscores are a dot."""
    return [{"key": key.replace("__", "."), "value": _value(value)} for key, value in found.items()]


def _value(value: str | int) -> dict[str, str]:
    return {"stringValue": value} if isinstance(value, str) else {"intValue": str(value)}


def spans_of(role: str, spans: Sequence[Mapping[str, Any]], instance: str = "1") -> dict[str, Any]:
    """A body for /v1/traces with the spans of a role of the namespace `durable`."""
    named = attributes(service__namespace="durable", service__name=role, service__instance__id=instance)
    return {"resourceSpans": [{"resource": {"attributes": named}, "scopeSpans": [{"spans": list(spans)}]}]}
