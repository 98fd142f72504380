"""What the SDK's exporters post of our metrics."""

from __future__ import annotations

from typing import Any

import pytest
from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.sdk.metrics.export import AggregationTemporality, MetricsData
from opentelemetry.sdk.resources import Resource

from durable.adapters.telemetry.metering import ExportedMetrics, PeriodicExport
from durable.telemetry.metrics import Metrics
from durable.telemetry.metrics.declared import COMMIT_TURNS, SLOTS_USED, TURN_DURATION, TURNS
from tests.support.posts import posts

RESOURCE = Resource({"service.namespace": "durable", "service.name": "orchestrator", "service.instance.id": "r-1"})
DELTA, CUMULATIVE = AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE


@pytest.fixture(autouse=True)
def no_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reports of the SDK about itself to its makers."""
    for name in ("STATSBEAT_DISABLED_ALL", "SDKSTATS_DISABLED", "CONTROLPLANE_DISABLED"):
        monkeypatch.setenv(f"APPLICATIONINSIGHTS_{name}", "true")


class Slots:
    used = 3


def points(data: MetricsData) -> dict[tuple[str, str], Any]:
    return {
        (metric.name, ",".join(map(str, (point.attributes or {}).values()))): point
        for of_resource in data.resource_metrics
        for scope in of_resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    }


@pytest.fixture
def metrics() -> Metrics:
    metrics = Metrics()
    metrics.add(TURNS, 2, "greeting")
    metrics.observe(TURN_DURATION, 0.002, "greeting")
    return metrics


def test_sums_go_on_from_the_start_of_the_process(metrics: Metrics) -> None:
    exported = ExportedMetrics(metrics, RESOURCE, CUMULATIVE)
    first = points(exported.data())
    metrics.add(TURNS, 1, "greeting")
    second = points(exported.data())

    of = ("durable.turns", "greeting")
    assert (first[of].value, second[of].value) == (2, 3)
    assert second[of].start_time_unix_nano == first[of].start_time_unix_nano


def test_differences_are_what_came_since_the_last_time(metrics: Metrics) -> None:
    slots = Slots()
    metrics.watch(SLOTS_USED, slots, lambda slots: slots.used)
    exported = ExportedMetrics(metrics, RESOURCE, DELTA)
    first = points(exported.data())
    metrics.add(TURNS, 5, "greeting")
    metrics.observe(TURN_DURATION, 0.004, "greeting")
    second = points(exported.data())
    third = points(exported.data())

    turns, duration = ("durable.turns", "greeting"), ("durable.turn.duration", "greeting")
    assert (first[turns].value, second[turns].value) == (2, 5)
    assert (first[duration].count, second[duration].count) == (1, 1)
    assert second[duration].sum == pytest.approx(0.004)
    assert second[turns].start_time_unix_nano == first[turns].time_unix_nano
    assert set(third) == {("durable.worker.slots.used", "")}


def test_the_range_of_a_histogram_is_that_of_its_buckets(metrics: Metrics) -> None:
    metrics.observe(COMMIT_TURNS, 3)
    metrics.observe(COMMIT_TURNS, 5000)
    point = points(ExportedMetrics(metrics, RESOURCE, DELTA).data())["durable.commit.turns", ""]

    assert (point.min, point.max) == (2.0, 2501.5)


def test_application_insights_gets_dotted_names_dimensions_and_the_role(metrics: Metrics) -> None:
    with posts() as kept:
        connection = f"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={kept.url}"
        exporter = AzureMonitorMetricExporter(connection_string=connection, disable_offline_storage=True)
        PeriodicExport(ExportedMetrics(metrics, RESOURCE, DELTA), exporter, 60).stop()
        items: list[Any] = kept.items()

    told = {item["data"]["baseData"]["metrics"][0]["name"]: item for item in items}
    assert set(told) == {"durable.turns", "durable.turn.duration"}
    duration = told["durable.turn.duration"]
    assert duration["tags"]["ai.cloud.role"] == "durable.orchestrator"
    assert duration["tags"]["ai.cloud.roleInstance"] == "r-1"
    assert duration["data"]["baseData"]["properties"] == {"durable.saga": "greeting"}
    assert duration["data"]["baseData"]["metrics"][0]["value"] == 0.002
    assert duration["data"]["baseData"]["metrics"][0]["count"] == 1
    assert told["durable.turns"]["data"]["baseData"]["metrics"][0]["value"] == 2


def test_an_otlp_endpoint_gets_units_bounds_and_sums(metrics: Metrics) -> None:
    with posts() as kept:
        exporter = OTLPMetricExporter(f"{kept.url}/v1/metrics")
        export = PeriodicExport(ExportedMetrics(metrics, RESOURCE, CUMULATIVE), exporter, 0.01)
        kept.to("/v1/metrics", 2)
        export.stop()
        request = ExportMetricsServiceRequest.FromString(kept.to("/v1/metrics")[0])

    (of_resource,) = request.resource_metrics
    told = {metric.name: metric for metric in of_resource.scope_metrics[0].metrics}
    (turns,) = told["durable.turns"].sum.data_points
    (duration,) = told["durable.turn.duration"].histogram.data_points
    assert told["durable.turns"].sum.is_monotonic
    assert (turns.as_double, told["durable.turn.duration"].unit) == (2.0, "s")
    assert list(duration.explicit_bounds) == list(TURN_DURATION.buckets)
    assert (duration.count, sum(duration.bucket_counts)) == (1, 1)
    assert {pair.key: pair.value.string_value for pair in duration.attributes} == {"durable.saga": "greeting"}


def test_an_exporter_that_fails_is_asked_again(metrics: Metrics, caplog: pytest.LogCaptureFixture) -> None:
    with posts() as kept:
        exporter = Stumbling(f"{kept.url}/v1/metrics")
        export = PeriodicExport(ExportedMetrics(metrics, RESOURCE, CUMULATIVE), exporter, 0.01)
        kept.to("/v1/metrics")
        export.stop()

    assert "metrics could not be exported" in caplog.text


class Stumbling(OTLPMetricExporter):
    has_stumbled = False

    def export(self, *args: Any, **kwargs: Any) -> Any:
        if not self.has_stumbled:
            self.has_stumbled = True
            raise ValueError("no such luck")
        return super().export(*args, **kwargs)
