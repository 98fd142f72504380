"""A process whose telemetry goes to Application Insights and to an OTLP endpoint at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from tests.support.posts import Posts, posts

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PROCESS = f"""
import logging, os
from durable.adapters.telemetry import start_telemetry
from durable.concealing import CONCEALED
from durable.logs import About, configure_logs, fields_of_trace
from durable.settings import Environment, ServiceBusSettings
from durable.telemetry.metrics.declared import TURNS
from durable.telemetry.settings import telemetry_settings

configure_logs("INFO", "json")
environment = Environment(os.environ)
settings = telemetry_settings(environment, "orchestrator", "r-1", ServiceBusSettings("bus.servicebus.windows.net"))
environment.done()
telemetry = start_telemetry(settings)
CONCEALED.learn("a-secret-of-ours")
with About(lambda: {{"instance_id": "order-7", **fields_of_trace({{"traceparent": "{TRACEPARENT}"}})}}):
    logging.getLogger("worked").warning("with a-secret-of-ours")
logging.getLogger("opentelemetry.exporter").error("could not send")
telemetry.metrics.add(TURNS, 3, "greeting")
telemetry.close()
"""


def run(code: str, environment: dict[str, str]) -> str:
    """Run a process with these variables; gives what it wrote."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def told() -> Any:
    """Run the process once; gives what it posted, and what it wrote."""
    with posts() as kept:
        key = "InstrumentationKey=00000000-0000-0000-0000-000000000001"
        environment = {
            **os.environ,
            "APPLICATIONINSIGHTS_CONNECTION_STRING": f"{key};IngestionEndpoint={kept.url};LiveEndpoint={kept.url}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": kept.url,
        }
        yield kept, run(PROCESS, environment)


def lines_of(kept: Posts) -> list[Any]:
    items: list[Any] = kept.items()
    return [item for item in items if item["data"]["baseType"] == "MessageData"]


def test_each_line_is_exported_once_to_each_with_its_ids(told: tuple[Posts, str]) -> None:
    kept, written = told
    (line,) = lines_of(kept)
    requests = map(ExportLogsServiceRequest.FromString, kept.to("/v1/logs"))
    (record,) = [r for q in requests for of in q.resource_logs for s in of.scope_logs for r in s.log_records]

    assert line["data"]["baseData"]["message"] == record.body.string_value == "with ***"
    assert line["tags"]["ai.operation.id"] == record.trace_id.hex() == TRACEPARENT[3:35]
    assert line["tags"]["ai.operation.parentId"] == record.span_id.hex() == TRACEPARENT[36:52]
    assert line["tags"]["ai.cloud.role"] == "durable.orchestrator"
    assert written.count("with ***") == 1
    assert written.count("could not send") == 1
    assert "a-secret-of-ours" not in written


def test_metrics_go_out_when_the_process_stops(told: tuple[Posts, str]) -> None:
    kept, _ = told
    items: list[Any] = kept.items()
    of_insights = {
        metric["name"]: (metric["value"], item["data"]["baseData"]["properties"])
        for item in items
        if item["data"]["baseType"] == "MetricData"
        for metric in item["data"]["baseData"]["metrics"]
    }
    requests = map(ExportMetricsServiceRequest.FromString, kept.to("/v1/metrics"))
    of_otlp = {
        metric.name: metric.sum.data_points[0].as_double
        for request in requests
        for of in request.resource_metrics
        for scope in of.scope_metrics
        for metric in scope.metrics
        if metric.name == "durable.turns"
    }

    assert of_insights["durable.turns"] == (3.0, {"durable.saga": "greeting"})
    assert of_otlp == {"durable.turns": 3.0}


def test_an_otlp_endpoint_alone_gets_lines_and_metrics_once() -> None:
    with posts() as kept:
        environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": kept.url}
        run(PROCESS, environment)
        logs = [ExportLogsServiceRequest.FromString(body) for body in kept.to("/v1/logs")]
        metrics = [ExportMetricsServiceRequest.FromString(body) for body in kept.to("/v1/metrics")]
        paths = set(kept.bodies)

    records = [r for q in logs for of in q.resource_logs for s in of.scope_logs for r in s.log_records]
    assert [record.body.string_value for record in records] == ["with ***"]
    assert [m.name for q in metrics for of in q.resource_metrics for s in of.scope_metrics for m in s.metrics].count(
        "durable.turns"
    ) == 1
    assert paths <= {"/v1/logs", "/v1/metrics", "/v1/traces"}


def test_an_endpoint_for_one_signal_gets_no_other() -> None:
    with posts() as kept:
        environment = {**os.environ, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": f"{kept.url}/only"}
        run(PROCESS, environment)
        assert set(kept.bodies) == {"/only"}


def test_without_telemetry_no_sdk_is_even_imported_and_metrics_are_there() -> None:
    off = f"""{PROCESS}
import sys
assert not [name for name in sys.modules if name.startswith(("opentelemetry", "prometheus_client", "azure.monitor"))]
print(telemetry.written("")[0].decode())
"""
    assert 'durable_turns_total{saga="greeting"} 3.0' in run(off, dict(os.environ))
