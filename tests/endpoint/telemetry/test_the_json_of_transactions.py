from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulators.testing import CollectorInThread, collector_in_thread
from tests.support.telemetry_posts import PARENT, SPAN, TRACE, a_span, attributes, look, post, spans_of

OTHER = "1" * 32
TRANSACTION = {
    "trace_id", "name", "role", "has_root", "start", "duration", "spans", "failures", "exceptions", "logs",
    "duplicates", "instances", "sagas",
}  # fmt: skip
TOTALS = {"traces", "spans", "failures", "exceptions", "logs", "duplicates", "failed", "runs"}
ABOUT = {"version", "url", "connection_string", "data", "changes", "now", "matching", "transactions"}
ROW = {
    "span_id", "parent_id", "depth", "start", "duration", "is_missing", "is_orphan", "linked_from", "logs", "name",
    "kind", "role", "instance", "is_failed", "code", "problem", "type", "target", "origin", "attributes", "links",
}  # fmt: skip
WHOLE = {"roles", "missing", "orphans", "matching", "gaps", "rows", "logs_outside", "changes", "now"}
LOG = {"at", "span_id", "role", "instance", "severity", "message", "exception", "stack", "attributes"}
BOOM = attributes(exception__type="E", exception__message="boom", exception__stacktrace="at 1")


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CollectorInThread]:
    """Two transactions: a run with a failure, and one that is linked to it and has not ended."""
    with collector_in_thread(data=tmp_path_factory.mktemp("kept")) as found:
        _tell(found)
        yield found


def _tell(collector: CollectorInThread) -> None:
    named = attributes(durable__instance_id="order-17", durable__saga="ship-order", durable__step="pack")
    root = a_span("POST /orders", spanId=PARENT, kind=2)
    failing = {"timeUnixNano": root["startTimeUnixNano"], "name": "exception", "attributes": BOOM}
    pack = {**root, "spanId": SPAN, "parentSpanId": PARENT, "name": "process pack", "kind": 5, "attributes": named}
    failed = {**pack, "status": {"code": 2, "message": "no box"}, "events": [failing]}
    link = {"traceId": TRACE, "spanId": SPAN}
    orphan = a_span("turn 9", traceId=OTHER, parentSpanId=PARENT, kind=1, links=[link])
    url = f"{collector.url}/v1/traces"
    post(url, spans_of("shop", [root]))
    post(url, spans_of("packer", [failed], "p-1"))
    post(url, spans_of("orchestrator", [orphan]))
    text = {"timeUnixNano": root["startTimeUnixNano"], "body": {"stringValue": "100% packed_up"}, "severityNumber": 13}
    record = {**text, "traceId": TRACE, "spanId": SPAN}
    post(f"{collector.url}/v1/logs", {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})


def found_by(collector: CollectorInThread, query: str) -> list[str]:
    return [each["trace_id"] for each in look(f"{collector.url}/api/transactions?{query}")["transactions"]]


def transaction(collector: CollectorInThread, trace_id: str = TRACE, query: str = "") -> Any:
    return look(f"{collector.url}/api/transactions/{trace_id}?{query}")


def test_the_list_has_the_fields_that_are_documented(collector: CollectorInThread) -> None:
    answer = look(f"{collector.url}/api/transactions")

    assert set(answer) == ABOUT | TOTALS
    assert {frozenset(each) for each in answer["transactions"]} == {frozenset(TRANSACTION)}
    assert {name: answer[name] for name in ("traces", "runs", "spans", "failures", "exceptions", "logs", "failed")} == {
        "traces": 2, "runs": 1, "spans": 3, "failures": 1, "exceptions": 1, "logs": 1, "failed": 1,
    }  # fmt: skip


def test_a_transaction_is_named_by_its_root_and_who_began_it(collector: CollectorInThread) -> None:
    found = {each["trace_id"]: each for each in look(f"{collector.url}/api/transactions")["transactions"]}

    run, orphaned = found[TRACE], found[OTHER]
    assert (run["name"], run["role"], run["has_root"], run["spans"]) == ("POST /orders", "durable.shop", True, 2)
    assert (run["instances"], run["sagas"], run["duration"]) == (["order-17"], ["ship-order"], 1_000_000)
    assert (orphaned["name"], orphaned["has_root"]) == ("turn 9", False)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("find=order-17", [TRACE]),
        ("find=SHIP-", [TRACE]),
        ("find=process+pack", [TRACE]),
        ("find=durable.packer", [TRACE]),
        (f"find={TRACE[:8]}", [TRACE]),
        (f"find={OTHER}", [OTHER]),
        ("find=100%25+packed_up", [TRACE]),
        ("find=100%25packed", []),
        ("find=boom", [TRACE]),
        ("only=failed", [TRACE]),
        ("only=runs", [TRACE]),
        ("only=all&find=turn", [OTHER]),
        ("only=failed&find=turn", []),
        ("find=%25", [TRACE]),
    ],
)
def test_transactions_are_found(collector: CollectorInThread, query: str, found: list[str]) -> None:
    assert found_by(collector, query) == found


def test_a_transaction_has_the_fields_that_are_documented(collector: CollectorInThread) -> None:
    answer = transaction(collector)

    assert set(answer) == TRANSACTION | WHOLE
    assert [set(row) for row in answer["rows"]] == [ROW, ROW]
    assert {frozenset(log) for row in answer["rows"] for log in row["logs"]} == {frozenset(LOG)}
    assert answer["roles"] == [
        {"role": "durable.shop", "spans": 1, "failures": 0},
        {"role": "durable.packer", "spans": 1, "failures": 1},
    ]


def test_rows_stand_below_their_parents_with_what_was_told_of_them(collector: CollectorInThread) -> None:
    root, pack = transaction(collector)["rows"]

    assert (root["depth"], pack["depth"], pack["parent_id"]) == (0, 1, PARENT)
    assert (pack["kind"], pack["instance"], pack["is_failed"], pack["problem"]) == ("consumer", "p-1", True, "no box")
    assert {log["exception"]: (log["message"], log["severity"], log["stack"]) for log in pack["logs"]} == {
        "E": ("boom", 3, "at 1"), "": ("100% packed_up", 2, ""),
    }  # fmt: skip


def test_links_are_told_on_both_ends(collector: CollectorInThread) -> None:
    pack = transaction(collector)["rows"][1]
    turn = transaction(collector, OTHER)["rows"][1]

    assert pack["linked_from"] == [{"trace_id": OTHER, "span_id": SPAN}]
    assert turn["links"] == [{"trace_id": TRACE, "span_id": SPAN}]


def test_a_root_that_has_not_come_has_a_place(collector: CollectorInThread) -> None:
    answer = transaction(collector, OTHER)

    place, turn = answer["rows"]
    assert (answer["missing"], answer["orphans"], answer["has_root"]) == (1, 0, False)
    assert (place["is_missing"], place["span_id"], place["depth"]) == (True, PARENT, 0)
    assert (turn["depth"], turn["is_orphan"]) == (1, False)


def test_rows_are_found_with_what_stands_above_them(collector: CollectorInThread) -> None:
    assert [row["name"] for row in transaction(collector, query="find=no+box")["rows"]] == [
        "POST /orders",
        "process pack",
    ]
    assert [row["name"] for row in transaction(collector, query="find=packed_up")["rows"]] == [
        "POST /orders", "process pack",
    ]  # fmt: skip
    assert [row["name"] for row in transaction(collector, query="find=POST")["rows"]] == ["POST /orders"]
    assert transaction(collector, query="find=nobody")["matching"] == 0


def test_an_unknown_transaction_is_404_and_an_unknown_choice_400(collector: CollectorInThread) -> None:
    assert "No span of transaction 'abc'" in transaction(collector, "abc")["error"]
    assert "only: one of all, runs, failed was expected" in look(f"{collector.url}/api/transactions?only=good")["error"]


@pytest.mark.parametrize("path", ["/api/transactions", f"/api/transactions/{TRACE}", "/api/map", "/api/metrics"])
def test_what_has_not_changed_is_not_told_again(collector: CollectorInThread, path: str) -> None:
    changes = look(collector.url + path)["changes"]

    again = look(f"{collector.url}{path}?changes={changes}")

    assert (again["unchanged"], again["changes"]) == (True, changes)


def test_metrics_are_told_with_their_last_point(tmp_path: Path) -> None:
    def gauge(value: float, at: int) -> dict[str, Any]:
        points = [{"timeUnixNano": str(at), "asDouble": value}]
        named = {"attributes": attributes(service__name="worker", service__instance__id="w-1")}
        metrics = [{"name": "backlog", "unit": "1", "gauge": {"dataPoints": points}}]
        return {"resourceMetrics": [{"resource": named, "scopeMetrics": [{"metrics": metrics}]}]}

    with collector_in_thread(data=tmp_path) as collector:
        for value in (5.0, 7.0):
            post(f"{collector.url}/v1/metrics", gauge(value, 2_000_000))
        answer = look(f"{collector.url}/api/metrics")

    assert answer["metrics"] == [
        {
            "name": "backlog", "role": "worker", "unit": "1", "labels": {}, "at": 2000, "value": 7.0, "count": 1,
            "least": None, "greatest": None, "points": 2, "instances": 1,
        }
    ]  # fmt: skip


def test_metrics_are_told_by_their_labels_and_added_up_over_instances(tmp_path: Path) -> None:
    def failed(instance: str, counts: dict[str, int]) -> dict[str, Any]:
        points = [
            {"timeUnixNano": "1", "asInt": str(count), "attributes": attributes(saga=saga)}
            for saga, count in counts.items()
        ]
        named = {"attributes": attributes(service__name="host", service__instance__id=instance)}
        metrics = [{"name": "failed", "unit": "1", "sum": {"dataPoints": points}}]
        return {"resourceMetrics": [{"resource": named, "scopeMetrics": [{"metrics": metrics}]}]}

    with collector_in_thread(data=tmp_path) as collector:
        for told in (
            failed("h-1", {"pay": 1, "ship": 2}),
            failed("h-1", {"pay": 3, "ship": 2}),
            failed("h-2", {"pay": 4}),
        ):
            post(f"{collector.url}/v1/metrics", told)
        answer = look(f"{collector.url}/api/metrics")

    found = [(row["labels"], row["value"], row["instances"], row["points"]) for row in answer["metrics"]]
    assert found == [({"saga": "pay"}, 7.0, 2, 3), ({"saga": "ship"}, 2.0, 1, 2)]
