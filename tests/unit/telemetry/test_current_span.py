"""What handlers tell by OpenTelemetry stands beneath their attempt: the real SDK, in memory."""

import asyncio
import logging

import pytest
from opentelemetry import baggage, propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased

from durable.adapters.telemetry.current import ATTRIBUTES_MAX, Entered
from durable.telemetry.context import TraceContext, context_of
from durable.telemetry.span import Span, Value
from durable.telemetry.tracing import Tracing
from durable.worker import ActivityContext, Worker
from durable.worker.threads import Threads
from tests.support.worker_world import COUNT, SHOUT, Text, a_command, a_world

ATTEMPT = TraceContext(0xA, 0xB)


class Sdk:
    """A provider of its own, so that no other test sees it."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        provider = TracerProvider(sampler=ParentBased(ALWAYS_ON))
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = provider.get_tracer("a handler")
        self.ours: list[Span] = []
        self.tracing = Tracing(self.ours.append, "bus", lambda _: True, Entered)

    def parents(self) -> set[tuple[int, int]]:
        parents = [span.parent for span in self.exporter.get_finished_spans()]
        return {(0, 0) if parent is None else (parent.trace_id, parent.span_id) for parent in parents}


@pytest.fixture
def sdk() -> Sdk:
    return Sdk()


def test_a_span_that_is_begun_meanwhile_stands_beneath_ours(sdk: Sdk) -> None:
    with Entered(ATTEMPT, {}, {}), sdk.tracer.start_as_current_span("theirs"):
        pass

    assert sdk.parents() == {(0xA, 0xB)}
    assert not trace.get_current_span().get_span_context().is_valid


def test_a_span_beneath_one_that_is_not_recorded_is_not_recorded_either(sdk: Sdk) -> None:
    with Entered(TraceContext(0xA, 0xB, sampled=False), {}, {}), sdk.tracer.start_as_current_span("theirs") as theirs:
        assert not theirs.is_recording()


def test_headers_that_a_library_writes_name_our_span_and_carry_what_came_with_it() -> None:
    headers: dict[str, str] = {}
    trace_of_ours = ATTEMPT.within({"tracestate": "vendor=1", "baggage": "tenant=blue"})

    with Entered(ATTEMPT, trace_of_ours, {}):
        assert baggage.get_baggage("tenant") == "blue"
        propagate.inject(headers)

    assert headers == trace_of_ours


def test_attributes_that_others_set_on_the_current_span_are_kept_within_bounds() -> None:
    told: dict[str, Value] = {}

    with Entered(ATTEMPT, {}, told):
        span = trace.get_current_span()
        assert span.is_recording()
        span.set_attribute("pages", 3)
        span.set_attributes({"list": [1, 2], "long": "x" * 5_000})
        for number in range(100):
            span.set_attribute(f"n{number}", number)

    assert (told["pages"], len(str(told["long"])), "list" in told) == (3, 1_000, False)
    assert len(told) == ATTRIBUTES_MAX


def test_baggage_that_nobody_can_read_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with Entered(ATTEMPT, {"tracestate": "===,", "baggage": ";;;=,"}, {}):
        assert trace.get_current_span().get_span_context().span_id == 0xB

    assert caplog.records == []


async def test_what_a_handler_tells_stands_beneath_its_attempt_in_tasks_and_threads(sdk: Sdk) -> None:
    worker = Worker("texts")

    def in_a_thread() -> None:
        with sdk.tracer.start_as_current_span("in a thread"):
            trace.get_current_span()

    async def in_a_task() -> None:
        with sdk.tracer.start_as_current_span("in a task"):
            await asyncio.sleep(0)

    @worker.handles(SHOUT)
    async def shout(text: Text, ctx: ActivityContext, threads: Threads) -> Text:
        trace.get_current_span().set_attribute("shop", "north")
        await asyncio.gather(asyncio.create_task(in_a_task()), threads.run(in_a_thread))
        assert context_of(ctx.trace) is not None
        return text

    async with a_world(worker, tracing=sdk.tracing) as world:
        await world.send(a_command(trace={"traceparent": ATTEMPT.traceparent}))
        await world.completed()

    attempt, _ = sdk.ours
    assert sdk.parents() == {(0xA, attempt.context.span_id)}
    assert len(sdk.exporter.get_finished_spans()) == 2
    assert attempt.attributes["shop"] == "north"


async def test_what_a_plain_handler_tells_in_its_thread_stands_beneath_its_attempt(sdk: Sdk) -> None:
    worker = Worker("texts")

    @worker.handles(COUNT)
    def count(text: Text) -> int:
        with sdk.tracer.start_as_current_span("counting"):
            return len(text.text)

    async with a_world(worker, tracing=sdk.tracing) as world:
        await world.send(a_command(COUNT, trace={"traceparent": ATTEMPT.traceparent}))
        await world.completed()

    assert sdk.parents() == {(0xA, sdk.ours[0].context.span_id)}


async def test_two_attempts_at_once_do_not_mix(sdk: Sdk) -> None:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text, ctx: ActivityContext) -> Text:
        for _ in range(3):
            await asyncio.sleep(0.01)
            current = trace.get_current_span().get_span_context()
            context = context_of(ctx.trace)
            assert context is not None
            assert context.span_id == current.span_id
        return text

    async with a_world(worker, tracing=sdk.tracing) as world:
        await world.send(*(a_command(trace={"traceparent": ATTEMPT.traceparent}) for _ in range(5)))
        assert all(type(one.event).__name__ == "ActivityCompleted" for one in await world.completions(5))
