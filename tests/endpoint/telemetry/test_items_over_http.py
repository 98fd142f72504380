import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulators.telemetry.bodies import BODY_BYTES_MAX, UNPACKED_BYTES_MAX
from emulators.telemetry.records import Kind
from emulators.testing import CollectorInThread
from tests.support.telemetry_posts import an_item, post

GZIP = {"Content-Encoding": "gzip"}


def errors_of(collector: CollectorInThread, *items: object) -> list[tuple[int, str]]:
    answer = post(f"{collector.url}/v2.1/track", list(items)).json
    return [(error["index"], error["message"]) for error in answer["errors"]]


def refusal_of(collector: CollectorInThread, item: object) -> str:
    [(_, message)] = errors_of(collector, item)
    return message


@pytest.mark.parametrize("path", ["/v2.1/track", "/v2/track", "//v2.1/track"])
def test_an_array_of_items_is_taken(telemetry_collector: CollectorInThread, path: str) -> None:
    answer = post(telemetry_collector.url + path, [an_item(), an_item(id="00f067aa0ba902b7")])

    assert (answer.status, answer.json) == (200, {"itemsReceived": 2, "itemsAccepted": 2, "appId": None, "errors": []})
    assert len(telemetry_collector.spans()) == 2


def test_items_as_lines_of_json_are_taken_packed_or_not(telemetry_collector: CollectorInThread) -> None:
    lines = "\n".join(json.dumps(an_item(id=f"{number:016x}")) for number in (1, 2)).encode()

    plain = post(f"{telemetry_collector.url}/v2/track", lines, {"Content-Type": "application/x-json-stream"})
    packed = post(f"{telemetry_collector.url}/v2/track", gzip.compress(lines), GZIP)

    assert (plain.json["itemsAccepted"], packed.json["itemsAccepted"]) == (2, 2)
    assert len(telemetry_collector.spans()) == 2


def test_a_bad_item_is_told_by_its_place_and_the_others_are_taken(telemetry_collector: CollectorInThread) -> None:
    items = [an_item(), an_item(duration=None), an_item(id="00f067aa0ba902b7")]

    answer = post(f"{telemetry_collector.url}/v2.1/track", items)

    assert (answer.status, answer.json["itemsReceived"], answer.json["itemsAccepted"]) == (206, 3, 2)
    [error] = answer.json["errors"]
    assert (error["index"], error["statusCode"]) == (1, 400)
    assert error["message"].startswith("109: Field 'duration' on type 'RequestData' is required but missing or empty.")
    assert (len(telemetry_collector.spans()), len(telemetry_collector.envelopes())) == (2, 2)


def test_nothing_is_kept_of_an_item_that_is_bad_in_its_second_half(telemetry_collector: CollectorInThread) -> None:
    metrics = [{"name": "good", "value": 1}, {"name": "bad", "value": "many"}]

    post(f"{telemetry_collector.url}/v2.1/track", [an_item("MetricData", metrics=metrics)])

    assert telemetry_collector.points() == []


def test_nothing_but_bad_items_is_400(telemetry_collector: CollectorInThread) -> None:
    answer = post(f"{telemetry_collector.url}/v2.1/track", [an_item(id="")])

    assert (answer.status, answer.json["itemsAccepted"]) == (400, 0)


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("RequestData", {"duration": "soon"}, "105: Field 'duration' on type 'RequestData' is not a valid time span"),
        ("RemoteDependencyData", {"name": ""}, "109: Field 'name' on type 'RemoteDependencyData' is required"),
        ("MessageData", {"message": None}, "109: Field 'message' on type 'MessageData' is required"),
        ("ExceptionData", {"exceptions": []}, "109: Field 'exceptions' on type 'ExceptionData' is required"),
        ("ExceptionData", {"exceptions": [{"typeName": "E"}]}, "109: Field 'message' on type 'ExceptionDetails'"),
        ("MetricData", {"metrics": [{"name": "m", "value": "many"}]}, "100: Invalid item: "),
        ("RequestData", {"properties": "none"}, "100: Invalid item: "),
        ("RequestData", {"properties": {"a": "x" * 70_000}}, "Item is larger than the allowed size of 65536 bytes"),
    ],
)
def test_a_field_that_is_not_what_it_should_be_is_named(
    telemetry_collector: CollectorInThread, kind: str, fields: dict[str, Any], said: str
) -> None:
    assert refusal_of(telemetry_collector, an_item(kind, **fields)).startswith(said)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"iKey": ""}, "Invalid instrumentation key"),
        ({"time": None}, "109: Field 'time' on type 'Envelope' is required"),
        ({"time": "noon"}, "102: Field 'time' on type 'Envelope' is not a valid time string"),
        ({"data": None}, "109: Field 'data' on type 'Envelope' is required"),
        ({"tags": ["a"]}, "109: Field 'data' on type 'Envelope' is required"),
    ],
)
def test_a_bad_envelope_is_refused(telemetry_collector: CollectorInThread, changes: dict[str, Any], said: str) -> None:
    assert refusal_of(telemetry_collector, {**an_item(), **changes}).startswith(said)


@pytest.mark.parametrize(("age", "said"), [(49, "103: Field 'time' on type 'Envelope' is older"), (-3, "104: ")])
def test_a_span_that_began_two_days_ago_or_begins_in_hours_is_refused_as_by_the_service(
    telemetry_collector: CollectorInThread, age: int, said: str
) -> None:
    began = datetime.now(UTC) - timedelta(hours=age)

    assert refusal_of(telemetry_collector, {**an_item(), "time": began.isoformat()}).startswith(said)


def test_what_is_no_item_is_told_by_its_place(telemetry_collector: CollectorInThread) -> None:
    assert errors_of(telemetry_collector, an_item(), 5) == [(1, "100: Invalid JSON: an object was expected")]


def test_what_is_no_json_is_400_and_an_empty_body_is_nothing(telemetry_collector: CollectorInThread) -> None:
    url = f"{telemetry_collector.url}/v2.1/track"

    assert post(url, b"{").status == 400
    assert post(url, b"[1,").json["errors"][0]["message"].startswith("100: Invalid JSON")
    assert (post(url, b"").status, post(url, b"[]").json["itemsReceived"]) == (200, 0)


def test_bodies_are_bounded_before_and_after_unpacking(telemetry_collector: CollectorInThread) -> None:
    url = f"{telemetry_collector.url}/v2.1/track"

    large = post(url, b" " * (BODY_BYTES_MAX + 1))
    bomb = post(url, gzip.compress(b" " * (UNPACKED_BYTES_MAX + 1)), GZIP)
    torn = post(url, gzip.compress(b"[]" * 1000)[:-9], GZIP)
    other = post(url, b"[]", {"Content-Encoding": "br"})

    assert [answer.status for answer in (large, bomb, torn, other)] == [413, 413, 400, 415]
    assert str(UNPACKED_BYTES_MAX) in bomb.json["errors"][0]["message"]
    assert torn.json["errors"][0]["message"] == "The body ends in the middle of its gzip."


def test_items_of_every_type_become_what_they_are(telemetry_collector: CollectorInThread) -> None:
    times = {"id": None, "duration": None, "responseCode": None}
    post(
        f"{telemetry_collector.url}/v2.1/track",
        [
            an_item("RequestData", id="a1", url="http://h/x", name="GET /x", duration="1.02:03:04.5678912"),
            an_item("RemoteDependencyData", id="a2", type="HTTP", target="h", success=False, resultCode="503"),
            an_item("MessageData", message="told", severityLevel="Warning", **times),
            an_item("EventData", name="began", **times),
            an_item("ExceptionData", exceptions=[{"typeName": "E", "message": "m", "stack": "None"}], **times),
            an_item("AvailabilityData"),
        ],
    )

    server, client = telemetry_collector.spans()
    assert (server.kind, server.duration, server.attributes["url"]) == (Kind.SERVER, 93_784_567_891, "http://h/x")
    assert (client.kind, client.is_failed, client.code, client.target) == (Kind.CLIENT, True, "503", "h")
    logs = {log.message: (log.severity, log.exception, log.stack) for log in telemetry_collector.logs()}
    assert logs == {"told": (2, "", ""), "began": (1, "", ""), "m": (3, "E", "")}
    assert len(telemetry_collector.envelopes()) == 6


def test_ids_of_zeros_are_none(telemetry_collector: CollectorInThread) -> None:
    tags = {"ai.operation.id": "0" * 32, "ai.operation.parentId": "0" * 16}
    items = [an_item("MessageData", message="outside", tags=tags), an_item(tags={"ai.operation.parentId": "0" * 16})]

    post(f"{telemetry_collector.url}/v2.1/track", items)

    assert [(log.trace_id, log.span_id) for log in telemetry_collector.logs()] == [("", "")]
    assert [span.parent_id for span in telemetry_collector.spans()] == [""]


def test_what_sdks_ask_beside_is_answered(telemetry_collector: CollectorInThread) -> None:
    ping = post(f"{telemetry_collector.url}/QuickPulseService.svc/ping?ikey=x", b"{}")

    assert (ping.status, ping.headers["x-ms-qps-subscribed"], ping.body) == (200, "false", b"")
