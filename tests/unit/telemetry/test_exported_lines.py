"""What the SDK's exporters post of our log lines."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from azure.monitor.opentelemetry.exporter import AzureMonitorLogExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.resources import Resource

from durable.adapters.telemetry.exported_lines import ExportedLines
from durable.concealing import CONCEALED
from durable.logs import About
from durable.logs.about import Fields
from tests.support.posts import Posts, posts

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ATTEMPT: Fields = {
    "instance_id": "order-7",
    "step": "parcels.pack",
    "attempt": 2,
    "trace_id": TRACE_ID,
    "span_id": SPAN_ID,
}
SECRET = "a-secret-that-nobody-may-see"
LOG = logging.getLogger("tests.exported")


@pytest.fixture(autouse=True)
def no_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """No reports of the SDK about itself to its makers."""
    for name in ("STATSBEAT_DISABLED_ALL", "SDKSTATS_DISABLED", "CONTROLPLANE_DISABLED"):
        monkeypatch.setenv(f"APPLICATIONINSIGHTS_{name}", "true")


@contextmanager
def exporting(exporter: LogRecordExporter) -> Iterator[None]:
    provider = LoggerProvider(resource=Resource({"service.name": "orchestrator"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    lines = ExportedLines(provider)
    logging.getLogger().addHandler(lines)
    LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(lines)
        provider.shutdown()


@contextmanager
def to_insights() -> Iterator[list[Any]]:
    with posts() as kept:
        connection = f"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={kept.url}"
        items: list[Any] = []
        with exporting(AzureMonitorLogExporter(connection_string=connection, disable_offline_storage=True)):
            yield items
        items += kept.items() if kept.bodies else []


def test_application_insights_shows_a_line_beneath_the_span_that_it_was_written_in() -> None:
    with to_insights() as items, About(lambda: ATTEMPT):
        LOG.warning("packed %d of %d", 3, 4, extra={"waiting": 5})

    (item,) = items
    told = item["data"]["baseData"]
    assert (item["tags"]["ai.operation.id"], item["tags"]["ai.operation.parentId"]) == (TRACE_ID, SPAN_ID)
    assert item["tags"]["ai.cloud.role"] == "orchestrator"
    assert (told["message"], told["severityLevel"]) == ("packed 3 of 4", 2)
    assert told["properties"] == {
        "durable.instance_id": "order-7",
        "durable.step": "parcels.pack",
        "durable.attempt": "2",
        "waiting": "5",
        "logger_name": "tests.exported",
    }


def test_an_exception_stands_beneath_its_span_too() -> None:
    with to_insights() as items, About(lambda: ATTEMPT):
        try:
            raise ValueError("no such parcel")
        except ValueError:
            LOG.exception("not packed")

    (item,) = items
    (told,) = item["data"]["baseData"]["exceptions"]
    assert (item["tags"]["ai.operation.id"], item["tags"]["ai.operation.parentId"]) == (TRACE_ID, SPAN_ID)
    assert (told["typeName"], told["message"]) == ("ValueError", "not packed")
    assert "ValueError: no such parcel" in told["stack"]


def test_what_is_secret_does_not_leave_by_any_part_of_a_line() -> None:
    CONCEALED.learn(SECRET)
    with to_insights() as items, About(lambda: {"instance_id": f"key {SECRET}"}):
        try:
            raise ValueError(SECRET)
        except ValueError:
            LOG.exception("using %s", SECRET, extra={"header": f"Bearer {SECRET}"})

    assert len(items) == 1
    assert SECRET not in str(items)
    assert "***" in str(items)


def test_lines_of_exporters_about_exporting_are_not_exported() -> None:
    with to_insights() as items:
        for name in ("azure.monitor.opentelemetry.exporter", "opentelemetry.sdk.trace", "urllib3.connectionpool"):
            logging.getLogger(name).error("could not send")
        LOG.info("worked on")

    assert [item["data"]["baseData"]["message"] for item in items] == ["worked on"]


def test_otlp_carries_ids_severity_and_attributes() -> None:
    with posts() as kept:
        with exporting(OTLPLogExporter(f"{kept.url}/v1/logs")), About(lambda: ATTEMPT):
            LOG.error("not packed")
        record = _record(kept)

    assert (record.trace_id.hex(), record.span_id.hex()) == (TRACE_ID, SPAN_ID)
    assert (record.severity_text, record.body.string_value) == ("ERROR", "not packed")
    attributes = {pair.key: pair.value for pair in record.attributes}
    assert attributes["durable.instance_id"].string_value == "order-7"
    assert attributes["durable.attempt"].int_value == 2
    assert record.time_unix_nano > 1_600_000_000 * 10**9


def _record(kept: Posts) -> Any:
    request = ExportLogsServiceRequest.FromString(kept.to("/v1/logs")[0])
    (record,) = request.resource_logs[0].scope_logs[0].log_records
    return record
