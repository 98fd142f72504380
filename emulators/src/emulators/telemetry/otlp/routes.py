"""`POST /v1/traces`, `/v1/metrics` and `/v1/logs`, answered as the protocol says.

1. 200 with `partial_success` if something in it was refused: a client must not send that again.
2. 400 for what can't be read, 413 for too much, 415 for an encoding that is not spoken; with a `google.rpc.Status`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from emulators.telemetry.bodies import BodyError, read_body
from emulators.telemetry.otlp.logs import read_logs
from emulators.telemetry.otlp.messages import JSON, PROTOBUF, Unreadable, read_message, write_message, write_status
from emulators.telemetry.otlp.metrics import read_metrics
from emulators.telemetry.otlp.traces import read_traces
from emulators.telemetry.records import Batch, Way


@dataclass(frozen=True, slots=True)
class Signal:
    """One kind of telemetry: its messages, how it is read, and what the answer calls what was refused."""

    path: str
    request: Callable[[], Any]
    response: Callable[[], Any]
    read: Callable[[Any, Batch], tuple[int, str]]
    refused: str


SIGNALS = (
    Signal(
        "/v1/traces",
        trace_service_pb2.ExportTraceServiceRequest,
        trace_service_pb2.ExportTraceServiceResponse,
        read_traces,
        "rejected_spans",
    ),
    Signal(
        "/v1/metrics",
        metrics_service_pb2.ExportMetricsServiceRequest,
        metrics_service_pb2.ExportMetricsServiceResponse,
        read_metrics,
        "rejected_data_points",
    ),
    Signal(
        "/v1/logs",
        logs_service_pb2.ExportLogsServiceRequest,
        logs_service_pb2.ExportLogsServiceResponse,
        read_logs,
        "rejected_log_records",
    ),
)


def routes(add: Callable[[Batch], None]) -> Sequence[BaseRoute]:
    """The routes of all signals; what was taken is given to `add` before it is answered."""
    return [Route(signal.path, _handler(signal, add), methods=["POST"]) for signal in SIGNALS]


def _handler(signal: Signal, add: Callable[[Batch], None]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        encoding = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if encoding not in {PROTOBUF, JSON}:
            return _refusal(415, f"Content-Type {PROTOBUF} or {JSON} was expected, found '{encoding[:80]}'.", JSON)
        message, batch = signal.request(), Batch(Way.OTLP)
        try:
            read_message(await read_body(request), encoding, message)
        except BodyError as refusal:
            return _refusal(refusal.status, str(refusal), encoding)
        except Unreadable as refusal:
            return _refusal(400, str(refusal), encoding)
        refused, why = signal.read(message, batch)
        add(batch)
        response = signal.response()
        if refused:
            setattr(response.partial_success, signal.refused, refused)
            response.partial_success.error_message = why
        return Response(write_message(response, encoding), 200, media_type=encoding)

    return answer


def _refusal(status: int, text: str, encoding: str) -> Response:
    return Response(write_status(text, encoding), status, media_type=encoding)
