import gzip
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from google.protobuf import json_format
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from emulators.telemetry.records import Kind
from emulators.testing import CollectorInThread
from tests.support.telemetry_posts import JSON, PARENT, PROTOBUF, SPAN, TRACE, a_span, attributes, post, spans_of

STORM = {"name": "", "sum": {"dataPoints": [{"timeUnixNano": "1", "asInt": "5"}]}}


def traces(collector: CollectorInThread) -> str:
    return f"{collector.url}/v1/traces"


def test_json_is_read_with_ids_in_hexadecimal_and_unknown_fields_passed_over(
    telemetry_collector: CollectorInThread,
) -> None:
    span = a_span(parentSpanId=PARENT, attributes=attributes(durable__task_id=5), invented="field")

    answer = post(traces(telemetry_collector), spans_of("worker", [span]))

    assert (answer.status, answer.headers["content-type"], answer.json) == (200, "application/json", {})
    [found] = telemetry_collector.spans()
    assert (found.trace_id, found.span_id, found.parent_id) == (TRACE, SPAN, PARENT)
    assert (found.kind, found.duration, found.attributes) == (Kind.CONSUMER, 1_000_000, {"durable.task_id": 5})


def test_json_may_be_packed(telemetry_collector: CollectorInThread) -> None:
    body = gzip.compress(json.dumps(spans_of("worker", [a_span()])).encode())

    assert post(traces(telemetry_collector), body, {"Content-Encoding": "gzip"}).status == 200
    assert len(telemetry_collector.spans()) == 1


def test_what_is_refused_is_told_as_partial_success_and_the_rest_is_taken(
    telemetry_collector: CollectorInThread,
) -> None:
    spans = [a_span(), a_span("lost", traceId="00" * 16), a_span("timeless", spanId=PARENT, startTimeUnixNano="0")]

    answer = post(traces(telemetry_collector), spans_of("worker", spans))

    told = answer.json["partialSuccess"]
    assert (answer.status, told["rejectedSpans"]) == (200, "2")
    assert told["errorMessage"] == "start_time_unix_nano: a time was expected, found 0 (span 'timeless')"
    assert [span.span_id for span in telemetry_collector.spans()] == [SPAN]


def test_protobuf_is_answered_in_protobuf(telemetry_collector: CollectorInThread) -> None:
    message = ExportTraceServiceRequest()
    json_format.ParseDict({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "without ids"}]}]}]}, message)

    answer = post(traces(telemetry_collector), message.SerializeToString(), PROTOBUF)

    response = ExportTraceServiceResponse.FromString(answer.body)
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert response.partial_success.rejected_spans == 1
    assert "trace_id: 16 bytes" in response.partial_success.error_message


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"resourceSpans": 5}',
        b'{"resourceSpans": [{"resource": 5}]}',
        b"5",
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}',
        b"[" * 9999,
    ],
)
def test_nonsense_in_json_is_400_with_a_status_in_json(telemetry_collector: CollectorInThread, body: bytes) -> None:
    answer = post(traces(telemetry_collector), body)

    assert (answer.status, answer.json["code"]) == (400, 3)
    assert answer.json["message"].startswith("ExportTraceServiceRequest in application/json was expected")


@pytest.mark.parametrize("body", [b"\xff\xff", b"\x0a" * 300])
def test_nonsense_in_protobuf_is_400_with_a_status_in_protobuf(
    telemetry_collector: CollectorInThread, body: bytes
) -> None:
    answer = post(traces(telemetry_collector), body, PROTOBUF)

    status = Status.FromString(answer.body)
    assert (answer.status, status.code, answer.headers["content-type"]) == (400, 3, "application/x-protobuf")
    assert "ExportTraceServiceRequest in application/x-protobuf was expected" in status.message


def test_another_content_type_or_encoding_is_415(telemetry_collector: CollectorInThread) -> None:
    kind = post(traces(telemetry_collector), b"x", {"Content-Type": "text/plain"})
    encoding = post(traces(telemetry_collector), b"x", {"Content-Encoding": "br"})

    assert (kind.status, encoding.status) == (415, 415)
    assert "found 'text/plain'" in kind.json["message"]


def test_another_method_is_405(telemetry_collector: CollectorInThread) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(traces(telemetry_collector))
    with refused.value as answer:
        assert answer.code == 405


@pytest.mark.parametrize(("metric", "rejected"), [(STORM, "1"), ({"name": "empty"}, "1")])
def test_a_metric_without_name_or_data_is_refused(
    telemetry_collector: CollectorInThread, metric: dict[str, Any], rejected: str
) -> None:
    body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}

    answer = post(f"{telemetry_collector.url}/v1/metrics", body)

    assert answer.json["partialSuccess"]["rejectedDataPoints"] == rejected


def test_hostile_values_are_cut_and_kept(telemetry_collector: CollectorInThread) -> None:
    deep: dict[str, Any] = {"stringValue": "bottom"}
    for _ in range(12):
        deep = {"arrayValue": {"values": [deep]}}
    many = [{"key": f"k{n}", "value": {"stringValue": "x" * 20_000}} for n in range(500)]
    span = a_span("n" * 5000, attributes=[{"key": "deep", "value": deep}, *many], endTimeUnixNano=str(2**64 - 1))

    assert post(traces(telemetry_collector), spans_of("worker", [span])).json == {}

    [found] = telemetry_collector.spans()
    assert (len(found.name), len(found.attributes)) == (1024, 128)
    assert "(1 values)" in found.attributes["deep"]
    assert max(len(str(value)) for value in found.attributes.values()) == 8192


def test_a_value_that_is_no_number_is_kept_as_nothing(telemetry_collector: CollectorInThread) -> None:
    points = [{"timeUnixNano": "1", "asDouble": "NaN"}]
    body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "m", "gauge": {"dataPoints": points}}]}]}]}

    assert post(f"{telemetry_collector.url}/v1/metrics", body, JSON).json == {}
    assert [point.value for point in telemetry_collector.points()] == [0]
