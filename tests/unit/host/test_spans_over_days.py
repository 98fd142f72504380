"""A run that lasts for days goes on in a new trace each day; over the engine alone, and once in a host."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from durable import SagaContext, saga
from durable.events import ActivityCompleted, HistoryEvent, SagaStarted, TimerFired
from durable.ids import run_id
from durable.telemetry.names import ATTEMPT, STATUS, TASK_ID, TURN
from durable.telemetry.span import Span
from durable.telemetry.tracing import recording
from orchestrator.engine import Identity, Instance, Registry, Setup
from orchestrator.host.spans.histories import spans_of_history
from orchestrator.host.spans.run_trace import run_trace_of
from orchestrator.host.spans.shapes import Shapes
from orchestrator.host.spans.turns import Before, Committed, before_turn, spans_of_turn
from tests.support.host_sagas import ADD_ONE, Number
from tests.support.host_world import QUEUES
from tests.support.told_spans import Told, check_traces, named, place, the, within

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
BEGUN = datetime(2025, 6, 1, 12, tzinfo=UTC)
START = SagaStarted(message_id="start", saga="days", input={"value": 1})


@saga("days")
async def days(ctx: SagaContext, start: Number) -> Number:
    """Takes a step, and waits for a day and an hour, three times."""
    for _ in range(3):
        start = await ctx.call(ADD_ONE, start)
        await ctx.sleep(DAY + HOUR)
    return start


@saga("overnight")
async def overnight(ctx: SagaContext, start: Number) -> Number:
    await ctx.sleep(DAY + HOUR)
    return await ctx.call(ADD_ONE, start)


def answered(task_id: int) -> HistoryEvent:
    return ActivityCompleted(message_id=f"answer {task_id}", task_id=task_id, output={"value": task_id})


def rung(task_id: int, at: datetime) -> HistoryEvent:
    return TimerFired(message_id=f"timer {task_id}", task_id=task_id, due=at)


def lived(*turns: tuple[HistoryEvent, datetime]) -> tuple[list[Span], list[Span]]:
    """Live through these turns: the spans as they are told turn by turn, and those told from the history."""
    identity = Identity("a", run_id("start"), 1)
    instance = Instance.new(identity, Setup(Registry([days]), QUEUES))
    ran: list[tuple[Before, Committed]] = []
    spans: list[Span] = []
    for number, (event, at) in enumerate(turns, start=1):
        before = before_turn(instance.ledger, [event])
        turn = instance.turn([event], at)
        ran.append((before, Committed(number, turn.at, turn.at, turn.events)))
        opening = instance.ledger.opening
        assert opening is not None
        tracing, _ = recording()
        shapes = Shapes(run_trace_of(identity, "days", opening, {}, tracing.root), tracing.messaging)
        spans += spans_of_turn(shapes, *ran[-1], instance.ledger)
    return spans, [span for _, span in spans_of_history(shapes, [turn for _, turn in ran])]


def three_days() -> tuple[Sequence[Span], Sequence[Span]]:
    turns: list[tuple[HistoryEvent, datetime]] = [(START, BEGUN)]
    at = BEGUN
    for step in (1, 3, 5):
        at += HOUR
        turns.append((answered(step), at))
        at += DAY + HOUR
        turns.append((rung(step + 1, at), at))
    return lived(*turns)


def test_each_day_of_a_run_is_a_trace_linked_to_its_first() -> None:
    spans, _ = three_days()

    check_traces(spans, outlived={"saga days"})
    runs = named(spans, "saga days")
    first = runs[0]
    assert [run.attributes[STATUS] for run in runs] == ["Running"] * 3 + ["Completed"]
    assert [run.links for run in runs] == [(), *[(first.context,)] * 3]
    assert [run.start - first.start for run in runs] == [number * DAY for number in range(4)]
    assert [run.end - run.start for run in runs[:3]] == [DAY] * 3
    assert len({run.context.trace_id for run in runs}) == 4


def test_a_step_belongs_to_the_day_on_which_it_was_scheduled() -> None:
    spans, _ = lived((START, BEGUN), (answered(1), BEGUN + 2 * DAY))

    step, run = the(spans, "steps.add-one"), the(spans, "saga days")
    assert place(run) == (step.context.trace_id, step.parent)
    assert step.end - step.start == 2 * DAY


def test_a_timer_belongs_to_the_day_on_which_it_rings_and_begins_with_it() -> None:
    spans, _ = three_days()

    timer, second = named(spans, "timer")[0], named(spans, "saga days")[1]
    assert (timer.context.trace_id, timer.start) == (second.context.trace_id, second.start)
    assert timer.end - timer.start == 2 * HOUR


def test_the_first_turn_of_a_day_is_linked_to_the_day_before() -> None:
    spans, _ = three_days()

    second = next(span for span in named(spans, "turn days") if span.attributes[TURN] == 3)
    assert second.links == (named(spans, "saga days")[0].context,)


def test_a_day_without_a_turn_has_no_span() -> None:
    spans, _ = lived((START, BEGUN), (answered(1), BEGUN + 5 * DAY + HOUR), (rung(2, BEGUN + 9 * DAY), BEGUN + 9 * DAY))

    assert [(run.start - BEGUN) // DAY for run in named(spans, "saga days")] == [0, 5]


def test_a_history_tells_the_same_spans_as_its_turns_did() -> None:
    spans, again = three_days()

    assert again == spans
    assert {span.attributes[ATTEMPT] for span in named(spans, "steps.add-one")} == {1}
    assert [span.attributes[TASK_ID] for span in named(spans, "timer")] == [2, 4, 6]


async def test_a_host_lets_a_run_go_on_in_the_trace_of_the_next_day() -> None:
    world = Told([overnight])
    spans = await world.run("overnight", 1)

    world.check_spans()
    first, last = named(spans, "saga overnight")
    assert (first.end - first.start, last.start - first.start, last.links) == (DAY, DAY, (first.context,))
    assert within(spans, last) == ["steps.add-one", "timer", "turn overnight", "turn overnight"]
