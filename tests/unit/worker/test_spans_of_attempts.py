import asyncio
from datetime import timedelta

from durable import NonRetryable
from durable.errors import MessageTooLarge
from durable.messages import INSTANCES, Message
from durable.telemetry.context import TraceContext, context_of, span_id_of
from durable.telemetry.span import Kind, Span
from durable.telemetry.tracing import recording
from durable.worker import ActivityContext, Worker
from tests.support.worker_world import SHOUT, PassingBroker, Text, a_command, a_world

STEP = TraceContext(0xABC, 0xDEF)
TRACE = {"traceparent": STEP.traceparent, "tracestate": "a=1", "baggage": "b=2"}


def a_worker(seconds: float = 0.5) -> Worker:
    worker = Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: Text) -> Text:
        await asyncio.sleep(seconds)
        return Text(text=text.text.upper())

    return worker


def attempts(spans: list[Span]) -> list[Span]:
    return [span for span in spans if span.kind is Kind.CONSUMER]


def completions(spans: list[Span]) -> list[Span]:
    return [span for span in spans if span.kind is Kind.PRODUCER]


async def test_an_attempt_is_a_span_beneath_its_step() -> None:
    tracing, spans = recording()
    command = a_command(trace=TRACE, execution=3, task_id=4, attempt=2)
    async with a_world(a_worker(), tracing=tracing) as world:
        await world.send(command)
        await world.completion()

    (span,) = attempts(spans)
    subject = ("attempt", command.instance_id, command.run, 3, 4, 2, 1)
    assert (span.name, span.parent) == ("texts.shout", STEP.span_id)
    assert span.context == STEP.child(span_id_of(*subject))
    assert span.end - span.start == timedelta(seconds=0.5)
    assert span.attributes == {
        **tracing.messaging("process", "commands.texts"),
        "durable.instance_id": command.instance_id,
        "durable.task_id": 4,
        "durable.attempt": 2,
    }


async def test_a_completion_is_a_span_beneath_its_attempt_and_what_its_message_names() -> None:
    tracing, spans = recording()
    async with a_world(a_worker(), tracing=tracing) as world:
        await world.send(a_command(trace=TRACE))
        message = await world.completion()

    (attempt,), (completion,) = attempts(spans), completions(spans)
    assert (completion.name, completion.parent) == ("complete texts.shout", attempt.context.span_id)
    assert completion.start == attempt.end
    assert completion.attributes["messaging.destination.name"] == INSTANCES
    assert message.trace == {**TRACE, "traceparent": completion.context.traceparent}


class SlowBroker(PassingBroker):
    """Confirms after three seconds."""

    async def send(self, destination: str, messages: list[Message]) -> None:  # type: ignore[override]  # As sent here.
        await asyncio.sleep(3)
        self.fail()
        await super().send(destination, messages)


async def test_a_completion_lasts_until_the_broker_has_it() -> None:
    tracing, spans = recording()
    async with a_world(a_worker(), before=SlowBroker(), tracing=tracing) as world:
        await world.send(a_command(trace=TRACE))
        await world.completion()

    (completion,) = completions(spans)
    assert completion.end - completion.start == timedelta(seconds=3)


async def test_a_handler_that_raises_is_a_failed_span_with_its_stack() -> None:
    worker, (tracing, spans) = Worker("texts"), recording()

    @worker.handles(SHOUT)
    async def shout(text: Text) -> Text:
        raise NonRetryable("no such text")

    async with a_world(worker, tracing=tracing) as world:
        await world.send(a_command(trace=TRACE))
        await world.failure()

    (attempt,), (completion,) = attempts(spans), completions(spans)
    assert attempt.failure is not None
    assert (attempt.failure.type, attempt.failure.message) == ("durable.errors.NonRetryable", "no such text")
    assert "test_spans_of_attempts.py" in (attempt.failure.stack or "")
    assert not completion.has_failed


async def test_a_failed_attempt_is_told_though_its_trace_is_not_recorded() -> None:
    tracing, spans = recording()
    unsampled = {"traceparent": TraceContext(1, 2, sampled=False).traceparent}
    async with a_world(a_worker(), tracing=tracing) as world:
        await world.send(a_command(trace=unsampled), a_command("texts.whisper", trace=unsampled))
        await world.completions(2)

    assert [(span.name, span.failure and span.failure.type) for span in spans] == [
        ("texts.whisper", "durable.UnknownActivity")
    ]


async def test_input_that_does_not_fit_is_a_failed_span() -> None:
    tracing, spans = recording()
    async with a_world(a_worker(), tracing=tracing) as world:
        await world.send(a_command(input={"number": 1}, trace=TRACE))
        await world.failure()

    (attempt,) = attempts(spans)
    assert attempt.failure is not None
    assert attempt.failure.type == "durable.InvalidInput"


async def test_an_attempt_whose_time_is_over_ends_with_its_answer_though_its_handler_goes_on() -> None:
    worker, (tracing, spans) = Worker("texts"), recording()

    @worker.handles(SHOUT)
    async def shout(text: Text) -> Text:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)
        return text

    async with a_world(worker, tracing=tracing, grace=timedelta(seconds=90)) as world:
        await world.send(a_command(start_to_close=5.0, trace=TRACE))
        await world.failure()
        await world.stop()

    (attempt,) = attempts(spans)
    assert attempt.failure is not None
    assert attempt.failure.type == "durable.ActivityTimeout"
    assert attempt.end - attempt.start == timedelta(seconds=6)


async def test_an_attempt_that_completes_later_ends_with_its_handler_and_has_no_completion() -> None:
    worker, (tracing, spans) = Worker("texts"), recording()

    @worker.handles(SHOUT)
    async def shout(text: Text, ctx: ActivityContext) -> Text:
        ctx.complete_later()
        return text

    async with a_world(worker, tracing=tracing) as world:
        await world.send(a_command(start_to_close=5.0, trace=TRACE))
        timeout = await world.completion()
        await world.stop()

    (attempt,) = spans
    assert attempt.attributes["durable.status"] == "completes-later"
    assert not attempt.has_failed
    assert timeout.trace["traceparent"] == attempt.context.traceparent


async def test_each_delivery_of_a_command_is_a_span_of_its_own() -> None:
    tracing, spans = recording()
    async with a_world(a_worker(), tracing=tracing) as world:
        await world.send(a_command(trace=TRACE))
        await asyncio.sleep(0.1)
        await world.kill()
        await world.completion()

    first, second = attempts(spans)
    assert "durable.delivery" not in first.attributes
    assert second.attributes["durable.delivery"] == 2
    assert first.context.span_id != second.context.span_id
    assert first.parent == second.parent == STEP.span_id


async def test_an_attempt_that_is_given_back_is_told_and_is_no_failure() -> None:
    tracing, spans = recording()
    async with a_world(a_worker(60), tracing=tracing, grace=timedelta(0)) as world:
        await world.send(a_command(trace=TRACE))
        await asyncio.sleep(0.1)
        await world.stop()

    (attempt,) = spans
    assert attempt.attributes["durable.status"] == "given-back"
    assert not attempt.has_failed


async def test_a_result_that_the_broker_finds_too_large_is_a_failed_completion() -> None:
    tracing, spans = recording()
    before = SlowBroker(MessageTooLarge("expected less"))
    async with a_world(a_worker(), before=before, tracing=tracing) as world:
        await world.send(a_command(trace=TRACE))
        message = await world.completion()

    (attempt,), (completion,) = attempts(spans), completions(spans)
    assert not attempt.has_failed
    assert completion.failure is not None
    assert completion.failure.message == "expected less"
    assert message.trace["traceparent"] == completion.context.traceparent


async def test_completions_that_are_too_large_together_are_told_once_each() -> None:
    tracing, spans = recording()
    before = SlowBroker(MessageTooLarge("expected less"))
    async with a_world(a_worker(), before=before, tracing=tracing) as world:
        await world.send(*(a_command(trace=TRACE) for _ in range(3)))
        await world.completions(3)

    told = completions(spans)
    assert len(told) == len({span.context for span in told}) == 3
    assert not any(span.has_failed for span in told)


async def test_a_heartbeat_and_what_a_handler_passes_on_name_the_attempt() -> None:
    worker, (tracing, spans) = Worker("texts"), recording()
    passed_on: list[dict[str, str]] = []

    @worker.handles(SHOUT)
    async def shout(text: Text, ctx: ActivityContext) -> Text:
        passed_on.append(dict(ctx.trace))
        ctx.heartbeat("half")
        await asyncio.sleep(1)
        return text

    async with a_world(worker, tracing=tracing) as world:
        await world.send(a_command(trace=TRACE))
        heartbeat = await world.heartbeat()
        await world.completion()

    (attempt,) = attempts(spans)
    assert passed_on == [attempt.context.within(TRACE)]
    assert heartbeat.trace == attempt.context.within(TRACE)


async def test_a_command_without_a_trace_begins_one() -> None:
    tracing, spans = recording()
    async with a_world(a_worker(), tracing=tracing) as world:
        await world.send(a_command())
        message = await world.completion()

    (attempt,) = attempts(spans)
    assert attempt.parent == 0
    context = context_of(message.trace)
    assert context is not None
    assert context.trace_id == attempt.context.trace_id


async def test_without_tracing_the_trace_of_the_command_goes_on_as_it_is() -> None:
    worker, passed_on = Worker("texts"), list[dict[str, str]]()

    @worker.handles(SHOUT)
    async def shout(text: Text, ctx: ActivityContext) -> Text:
        passed_on.append(dict(ctx.trace))
        return text

    async with a_world(worker) as world:
        await world.send(a_command(trace=TRACE))
        message = await world.completion()

    assert message.trace == TRACE
    assert passed_on == [TRACE]
