"""A process with the telemetry of a service, before the local collector: what it posts, to whom, and how it ends."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from emulators.testing import CollectorInThread

KEY = "InstrumentationKey=00000000-0000-0000-0000-000000000001"
TELLING = """
import logging, os, sys, tempfile
from datetime import UTC, datetime
import orjson

asked = set()

def watched(event, arguments):
    if event == "socket.connect":
        asked.add(":".join(map(str, arguments[1][:2])))
    elif event == "socket.getaddrinfo":
        asked.add(":".join(map(str, arguments[:2])))

sys.addaudithook(watched)
if os.environ.get("NO_TEMPORARY_FOLDER"):
    tempfile._candidate_tempdir_list = lambda: ["/nowhere"]

from durable.adapters.telemetry import start_telemetry
from durable.failure import failure_of
from durable.logs import configure_logs
from durable.settings import Environment, ServiceBusSettings
from durable.telemetry.context import TraceContext
from durable.telemetry.settings import telemetry_settings
from durable.telemetry.span import Kind, Span

configure_logs("INFO", "json")
environment = Environment(os.environ)
settings = telemetry_settings(environment, "documents", "documents@host-1", ServiceBusSettings("bus.example"))
environment.done()
telemetry = start_telemetry(settings)
tracing = telemetry.tracing
now = datetime.now(UTC)
attempt, completion = TraceContext(0xABC, 2), TraceContext(0xABC, 3)
process, send = tracing.messaging("process", "commands.documents"), tracing.messaging("send", "instances")
failure = failure_of(ValueError("no page"))
tracing.finished(Span("extract", Kind.CONSUMER, attempt, 1, now, now, process, failure))
tracing.finished(Span("complete extract", Kind.PRODUCER, completion, 2, now, now, send))
with tracing.entered(attempt, {}, {}):
    try:
        raise KeyError("a page")
    except KeyError:
        logging.getLogger("activity.extract").exception("it broke")
telemetry.close()
print(orjson.dumps(sorted(asked)).decode(), file=sys.stderr)
"""


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be delivered is kept there; in a common one, the process of another test would deliver it."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def told(environment: dict[str, str]) -> tuple[list[str], float]:
    """Run the process; gives whom it asked, and how long it took."""
    began = time.monotonic()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "APPLICATIONINSIGHTS"))}
    run = subprocess.run(
        [sys.executable, "-c", TELLING],
        check=False,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return orjson.loads(run.stderr.splitlines()[-1]), time.monotonic() - began


def test_application_insights_gets_spans_and_lines_of_the_role_and_nobody_else_anything(
    telemetry_collector: CollectorInThread,
) -> None:
    asked, _ = told({"APPLICATIONINSIGHTS_CONNECTION_STRING": telemetry_collector.connection_string})

    address = telemetry_collector.url.removeprefix("http://")
    assert asked == [address]
    envelopes = telemetry_collector.envelopes()
    tags = [one.content["tags"] for one in envelopes]
    assert {(one["ai.cloud.role"], one["ai.cloud.roleInstance"]) for one in tags} == {
        ("durable.documents", "documents@host-1")
    }
    names = sorted(one.content["name"].rpartition(".")[2] for one in envelopes)
    assert [name for name in names if name != "Metric"] == ["Exception", "Exception", "RemoteDependency", "Request"]


def test_what_is_logged_within_a_span_arrives_once_and_in_its_place(telemetry_collector: CollectorInThread) -> None:
    told({"APPLICATIONINSIGHTS_CONNECTION_STRING": telemetry_collector.connection_string})

    lines = telemetry_collector.logs(f"{0xABC:032x}")
    assert sorted((line.exception, line.span_id) for line in lines) == [
        ("KeyError", f"{2:016x}"),
        ("ValueError", f"{2:016x}"),
    ]


def test_the_spans_of_both_ways_are_the_same(telemetry_collector: CollectorInThread) -> None:
    told({"APPLICATIONINSIGHTS_CONNECTION_STRING": telemetry_collector.connection_string})
    insights = telemetry_collector.spans()
    telemetry_collector.clear()
    told({"OTEL_EXPORTER_OTLP_ENDPOINT": telemetry_collector.url})
    otlp = telemetry_collector.spans()

    assert len(insights) == len(otlp) == 2
    for one, other in zip(insights, otlp, strict=True):
        for name in ("name", "kind", "span_id", "parent_id", "is_failed", "target", "origin", "source"):
            assert getattr(one, name) == getattr(other, name), name


@pytest.fixture
def silence() -> Iterator[str]:
    """An address that takes connections and answers nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("way", ["insights", "otlp"])
def test_a_collector_that_never_answers_holds_up_the_end_by_five_seconds_at_most(silence: str, way: str) -> None:
    insights = {"APPLICATIONINSIGHTS_CONNECTION_STRING": f"{KEY};IngestionEndpoint={silence};LiveEndpoint={silence}"}
    environment = insights if way == "insights" else {"OTEL_EXPORTER_OTLP_ENDPOINT": silence}

    _, without = told({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    _, took = told(environment)

    assert took < without + 10


def test_without_a_temporary_folder_telemetry_arrives_all_the_same(telemetry_collector: CollectorInThread) -> None:
    connection = telemetry_collector.connection_string
    told({"APPLICATIONINSIGHTS_CONNECTION_STRING": connection, "NO_TEMPORARY_FOLDER": "1"})

    assert len(telemetry_collector.spans()) == 2


def test_what_can_not_be_delivered_is_kept_in_the_temporary_folder(tmp_path: Path) -> None:
    connection = f"{KEY};IngestionEndpoint=http://127.0.0.1:9/;LiveEndpoint=http://127.0.0.1:9/"
    told({"APPLICATIONINSIGHTS_CONNECTION_STRING": connection})

    assert list(tmp_path.glob("Microsoft-AzureMonitor-*/*/*.blob*"))
