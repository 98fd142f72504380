import os
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.telemetry.records import Batch, Kind, LogRecord, Source, Span, Way
from emulators.telemetry.shown.transactions import totals
from emulators.telemetry.store.store import Store
from emulators.testing import CollectorInThread, collector_in_thread
from tests.support.emulator_commands import module, running
from tests.support.telemetry_posts import TRACE, a_span, an_item, look, post, spans_of

WORKER = Source("durable.worker", "1")


@pytest.fixture
def store() -> Iterator[Store]:
    found = Store(None, items_max=100)
    yield found
    found.close()


def span(number: int, *, trace: str = TRACE, at: int = 0) -> Span:
    return Span(trace, f"{number:016x}", "", Kind.INTERNAL, f"step {number}", WORKER, at, 10, is_failed=False)


def log(number: int, *, trace: str = TRACE) -> LogRecord:
    return LogRecord(trace, "", WORKER, number, 1, f"line {number}")


def otlp(*spans: Span, logs: tuple[LogRecord, ...] = ()) -> Batch:
    return Batch(Way.OTLP, spans=list(spans), logs=list(logs))


def test_a_span_that_comes_twice_counts_once_and_is_told_as_a_duplicate(
    telemetry_collector: CollectorInThread,
) -> None:
    for _ in range(2):
        post(f"{telemetry_collector.url}/v1/traces", spans_of("worker", [a_span()]))

    [found] = look(f"{telemetry_collector.url}/api/transactions")["transactions"]
    assert (found["spans"], found["duplicates"]) == (1, 1)


def test_a_span_that_comes_once_by_each_protocol_is_no_duplicate(telemetry_collector: CollectorInThread) -> None:
    post(f"{telemetry_collector.url}/v1/traces", spans_of("worker", [a_span()]))
    post(f"{telemetry_collector.url}/v2.1/track", [an_item()])

    [found] = look(f"{telemetry_collector.url}/api/transactions")["transactions"]
    assert (found["spans"], found["duplicates"]) == (1, 0)


def test_the_first_of_two_spans_with_one_id_stays(store: Store) -> None:
    store.add(otlp(span(1, at=5)))
    store.add(otlp(span(1, at=9)))

    assert [found.start for found in store.spans()] == [5]


def test_a_log_record_that_comes_twice_is_kept_once(store: Store) -> None:
    for _ in range(2):
        store.add(otlp(logs=(log(1),)))

    assert [found.message for found in store.logs()] == ["line 1"]
    assert totals(store)["logs"] == 1


def test_a_root_that_comes_last_gives_its_name_and_one_that_comes_first_keeps_it(store: Store) -> None:
    root, child = span(1, at=5), replace(span(2, at=6), parent_id=f"{1:016x}")
    early = replace(span(3, at=1), parent_id=f"{1:016x}")
    for trace, order in (("a", (child, early, root)), ("b", (root, child, early)), ("c", (child, early))):
        for each in order:
            store.add(otlp(replace(each, trace_id=trace)))

    named = store.select("SELECT name, rooted FROM traces ORDER BY trace_id").fetchall()

    assert [tuple(row) for row in named] == [("step 1", 1), ("step 1", 1), ("step 3", 0)]


def test_what_came_is_there_after_a_restart(tmp_path: Path) -> None:
    with collector_in_thread(data=tmp_path) as collector:
        post(f"{collector.url}/v1/traces", spans_of("worker", [a_span()]))
        post(f"{collector.url}/v2.1/track", [an_item(id="00f067aa0ba902b7")])
        before = collector.spans()

    with collector_in_thread(data=tmp_path) as collector:
        assert collector.spans() == before
        assert len(collector.envelopes()) == 1
        assert look(f"{collector.url}/api/transactions")["transactions"][0]["spans"] == 2


def test_what_was_acknowledged_outlives_sigkill(tmp_path: Path) -> None:
    command = module("telemetry", "--port", "0", "--data", str(tmp_path))
    with running(*command) as first:
        for number in range(1, 51):
            body = spans_of("worker", [a_span(spanId=f"{number:016x}")])
            assert post(f"{first.page}v1/traces", body).status == 200
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()

    with running(*command) as second:
        assert look(f"{second.page}api/transactions")["transactions"][0]["spans"] == 50


def test_beyond_the_bound_the_trace_that_has_been_quiet_the_longest_goes_whole(store: Store) -> None:
    for trace in ("a", "b", "c"):
        store.add(otlp(*(span(n, trace=trace, at=n) for n in range(30)), logs=(log(1, trace=trace),)))
    store.add(otlp(span(30, trace="a")))

    store.add(otlp(*(span(n, trace="d") for n in range(10))))

    assert {found.trace_id for found in store.spans()} == {"a", "c", "d"}
    assert {found.trace_id for found in store.logs()} == {"a", "c"}
    assert totals(store)["spans"] == 71


def test_log_records_outside_of_any_trace_go_with_the_traces_of_their_time(store: Store) -> None:
    store.add(otlp(*(span(n, at=1000) for n in range(60)), logs=(log(1, trace=""), log(2000, trace=""))))

    store.add(otlp(*(span(n, trace="later", at=1500) for n in range(60))))

    assert [found.message for found in store.logs()] == ["line 2000"]


def test_a_trace_alone_beyond_the_bound_goes_too(store: Store) -> None:
    store.add(otlp(*(span(n) for n in range(101))))

    assert store.spans() == []


def test_a_batch_that_fails_leaves_nothing_of_itself(store: Store) -> None:
    bad = Span(TRACE, "1", "", Kind.INTERNAL, "x", WORKER, 2**63, 0, is_failed=False)

    with pytest.raises(OverflowError):
        store.add(otlp(span(1), bad))

    assert store.spans() == []
    store.add(otlp(span(2)))
    assert len(store.spans()) == 1


def test_two_collectors_do_not_share_a_folder(tmp_path: Path) -> None:
    first = Store(tmp_path / "telemetry.sqlite")
    first.add(otlp(span(1)))

    with pytest.raises(OSError, match="is another collector using it"):
        Store(tmp_path / "telemetry.sqlite")
    first.close()


def test_exporters_are_told_to_come_again_when_nothing_can_be_stored(
    telemetry_collector: CollectorInThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("emulators.telemetry.store.rows.span_row", full)

    answer = post(f"{telemetry_collector.url}/v1/traces", spans_of("worker", [a_span()]))

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
