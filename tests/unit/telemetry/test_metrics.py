"""What the metrics of a process hold, and how they are written for Prometheus."""

from __future__ import annotations

import pytest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse

from durable.adapters.telemetry import Telemetry
from durable.telemetry.metrics import Distribution, Kind, Metric, Metrics
from durable.telemetry.metrics.declared import DECLARED
from durable.telemetry.metrics.recorded import LABELS_MAX, OTHER

SEEN = Metric("durable.seen", Kind.COUNTER, "{thing}", "Things seen.", ("kind",))
DEPTH = Metric("durable.depth", Kind.GAUGE, "{thing}", "How deep it is.", ("queue",))
TOOK = Metric("durable.took", Kind.HISTOGRAM, "s", "How long it took.", (), (0.1, 1.0))
TOOK_BY = Metric("durable.took.by", Kind.HISTOGRAM, "s", "How long it took.", ("kind",), (0.1, 1.0))
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def open_families(body: bytes) -> list[Family]:
    return list(parse_open(body.decode()))  # type: ignore[no-untyped-call]  # The library has no types there.


class Queue:
    def __init__(self, depth: int) -> None:
        self.depth = depth


def test_a_counter_adds_up_by_its_labels() -> None:
    metrics = Metrics()
    metrics.add(SEEN, 1, "cat")
    metrics.add(SEEN, 2, "cat")
    metrics.add(SEEN, 1, "dog")
    assert (metrics.value(SEEN, "cat"), metrics.value(SEEN, "dog")) == (3, 1)


def test_a_value_at_a_bound_lies_below_it() -> None:
    metrics = Metrics()
    for value in (0.1, 0.5, 1.0, 7.0):
        metrics.observe(TOOK, value)
    assert [reading.value for reading in metrics.read()] == [Distribution((1, 2, 1), 8.6)]


def test_a_gauge_reads_its_subjects_while_they_live() -> None:
    metrics = Metrics()
    one, other = Queue(3), Queue(4)
    for queue in (one, other):
        metrics.watch(DEPTH, queue, lambda queue: queue.depth, "in")
    assert metrics.value(DEPTH, "in") == 7
    one.depth = 5
    del other, queue
    assert metrics.value(DEPTH, "in") == 5


def test_labels_beyond_the_bound_are_counted_under_other() -> None:
    metrics = Metrics()
    for number in range(LABELS_MAX + 50):
        metrics.add(SEEN, 1, f"made up {number}")
        metrics.add(SEEN, 1, "made up 0")
    assert len(metrics.read()) == LABELS_MAX + 1
    assert metrics.value(SEEN, OTHER) == 50
    assert metrics.value(SEEN, "made up 0") == LABELS_MAX + 51


def test_the_bound_holds_for_histograms_and_gauges() -> None:
    metrics, subject = Metrics(), Queue(1)
    for number in range(LABELS_MAX + 10):
        metrics.observe(TOOK_BY, 1, str(number))
        metrics.watch(DEPTH, subject, lambda queue: queue.depth, str(number))
    assert metrics.value(TOOK_BY, OTHER) == metrics.value(DEPTH, OTHER) == 10


def test_other_labels_than_declared_are_refused() -> None:
    with pytest.raises(TypeError, match=r"expected the labels \('kind',\) of durable.seen; found \(\)"):
        Metrics().add(SEEN, 1)


def test_names_for_prometheus_have_underscores_and_units() -> None:
    telemetry = Telemetry()
    telemetry.metrics.observe(TOOK, 0.5)
    telemetry.metrics.add(SEEN, 1, "cat")
    body, media_type = telemetry.written("")
    families = {family.name: family for family in parse(body.decode())}
    assert media_type.startswith("text/plain; version=0.0.4")
    assert families["durable_took_seconds"].type == "histogram"
    assert [(s.name, s.labels, s.value) for s in families["durable_seen"].samples] == [
        ("durable_seen_total", {"kind": "cat"}, 1.0)
    ]


def test_open_metrics_are_written_if_they_are_accepted() -> None:
    telemetry = Telemetry()
    for metric in DECLARED:
        labels = ("a",) * len(metric.labels)
        if metric.kind is Kind.HISTOGRAM:
            telemetry.metrics.observe(metric, 1.0, *labels)
        else:
            telemetry.metrics.add(metric, 1, *labels)
    body, media_type = telemetry.written(OPENMETRICS)
    families = {family.name: family for family in open_families(body)}
    assert media_type.startswith("application/openmetrics-text")
    assert families["durable_turn_duration_seconds"].unit == "seconds"
    assert len([name for name in families if name.startswith("durable_")]) == len(DECLARED)


def test_the_process_tells_of_itself_beside_ours() -> None:
    body, _ = Telemetry().written("")
    names = {family.name for family in parse(body.decode())}
    assert {"process_cpu_seconds", "process_resident_memory_bytes", "process_open_fds"} <= names


def test_every_metric_has_a_name_and_a_meaning_of_its_own() -> None:
    assert len({metric.name for metric in DECLARED}) == len({metric.meaning for metric in DECLARED}) == len(DECLARED)
    assert all(metric.name.startswith("durable.") and metric.meaning.endswith(".") for metric in DECLARED)
    assert all(metric.buckets == tuple(sorted(metric.buckets)) for metric in DECLARED)
