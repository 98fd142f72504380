"""One event through ingestor, orchestrator and worker, all real processes, as Application Insights is told of it."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

from durable.cloudevent import CONTENT_TYPE
from emulators.telemetry import Collector, Span
from emulators.telemetry.records import Kind
from tests.support.e2e_stack import INGESTOR, ORCHESTRATORS, WORKER, services_of
from tests.support.e2e_world import World, running_world

pytestmark = pytest.mark.asyncio(loop_scope="module")
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
DOCUMENT = {"object": "uploads/a", "name": "a.txt", "media_type": "text/plain", "size": 1}
WITHIN = timedelta(seconds=30)
SLACK_MICROSECONDS = 2_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def collector() -> AsyncIterator[Collector]:
    async with Collector() as collector:
        yield collector


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> AsyncIterator[World]:
    folder, kept = tmp_path_factory.mktemp("trace"), tmp_path_factory.mktemp("undelivered")
    told = {"APPLICATIONINSIGHTS_CONNECTION_STRING": collector.connection_string, "TMPDIR": str(kept)}
    parts = tuple(replace(part, settings={**part.settings, **told}) for part in (ORCHESTRATORS[0], WORKER, INGESTOR))
    async with running_world(folder, services_of(parts)) as world:
        yield world


async def told_of_a_run(world: World, collector: Collector, id: str, headers: dict[str, str]) -> list[Span]:
    """Send an event; gives the spans of its trace once the run and all that it waits for are told."""
    event = {"specversion": "1.0", "id": id, "source": "/traces", "type": "document.received", "data": DOCUMENT}
    headers = {"Content-Type": CONTENT_TYPE, **headers}
    url = f"{world.stack.urls['ingestor']}/events"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, json=event) as answer:
        assert answer.status == 202
    found: list[Span] = []

    def is_whole() -> bool:
        run = [span for span in collector.spans() if span.name == "saga received"]
        traces = {span.trace_id for span in run} - seen
        if not traces:
            return False
        (trace,) = traces
        found[:] = collector.spans(trace)
        return len(found) >= EXPECTED.total()

    seen = {span.trace_id for span in collector.spans()}
    await world.until(is_whole, WITHIN)
    return found


EXPECTED = Counter(
    {
        ("durable.ingestor", Kind.SERVER, "POST /events"): 1,
        ("durable.ingestor", Kind.PRODUCER, "send events"): 1,
        ("durable.orchestrator", Kind.CONSUMER, "route document.received"): 1,
        ("durable.orchestrator", Kind.PRODUCER, "send instances"): 1,
        ("durable.orchestrator", Kind.CONSUMER, "saga received"): 1,
        ("durable.orchestrator", Kind.INTERNAL, "turn received"): 3,
        ("durable.orchestrator", Kind.CLIENT, "commit"): 3,
        ("durable.orchestrator", Kind.PRODUCER, "steps.add-one"): 2,
        ("durable.steps", Kind.CONSUMER, "steps.add-one"): 2,
        ("durable.steps", Kind.PRODUCER, "complete steps.add-one"): 2,
    }
)
BENEATH = {
    "send events": "POST /events",
    "route document.received": "send events",
    "send instances": "route document.received",
    "saga received": "send instances",
    "turn received": "saga received",
    "commit": "turn received",
    "complete steps.add-one": "steps.add-one",
}


async def test_a_run_is_one_trace_with_one_root_no_orphan_and_each_step_once(
    world: World, collector: Collector
) -> None:
    spans = await told_of_a_run(world, collector, "alone", {})

    assert Counter((span.source.role, span.kind, span.name) for span in spans) == EXPECTED
    by_id = {span.span_id: span for span in spans}
    assert len(by_id) == len(spans)
    (root,) = [span for span in spans if span.parent_id not in by_id]
    assert (root.name, root.parent_id) == ("POST /events", "")
    for span in spans:
        if span.name in BENEATH:
            assert by_id[span.parent_id].name == BENEATH[span.name]
    steps = {span.span_id for span in spans if (span.name, span.kind) == ("steps.add-one", Kind.PRODUCER)}
    assert {span.parent_id for span in spans if (span.name, span.kind) == ("steps.add-one", Kind.CONSUMER)} == steps


async def test_an_attempt_lies_within_its_step_and_a_step_within_its_run(world: World, collector: Collector) -> None:
    spans = await told_of_a_run(world, collector, "timed", {})

    by_id = {span.span_id: span for span in spans}
    for span in spans:
        if span.name == "steps.add-one":
            around = by_id[span.parent_id]
            assert around.start <= span.start + SLACK_MICROSECONDS
            assert span.start + span.duration <= around.start + around.duration + SLACK_MICROSECONDS


async def test_the_queues_between_the_services_are_the_edges_of_the_map(world: World, collector: Collector) -> None:
    spans = await told_of_a_run(world, collector, "mapped", {})

    sends = {(span.source.role, span.target.rpartition("/")[2]) for span in spans if span.kind is Kind.PRODUCER}
    takes = {(span.origin.rpartition("/")[2], span.source.role) for span in spans if span.kind is Kind.CONSUMER}
    assert sends == {
        ("durable.ingestor", "events"),
        ("durable.orchestrator", "instances"),
        ("durable.orchestrator", "commands.steps"),
        ("durable.steps", "instances"),
    }
    assert takes == {
        ("events", "durable.orchestrator"),
        ("instances", "durable.orchestrator"),
        ("commands.steps", "durable.steps"),
    }


async def test_a_run_goes_on_in_the_trace_of_the_publisher(world: World, collector: Collector) -> None:
    spans = await told_of_a_run(world, collector, "called", {"traceparent": CALLER})

    assert {span.trace_id for span in spans} == {CALLER[3:35]}
    (request,) = [span for span in spans if span.kind is Kind.SERVER]
    assert request.parent_id == CALLER[36:52]
    assert Counter((span.source.role, span.kind, span.name) for span in spans) == EXPECTED


async def test_nothing_but_what_this_project_tells_is_told(world: World, collector: Collector) -> None:
    """Frameworks and SDKs find the providers of a process, and would tell the same again under other names."""
    await told_of_a_run(world, collector, "only", {})

    assert {(span.source.role, span.kind, span.name) for span in collector.spans()} == set(EXPECTED)
