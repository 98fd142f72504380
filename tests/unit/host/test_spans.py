from dataclasses import replace
from datetime import timedelta

import pytest

from durable.events import SagaStarted
from durable.ids import message_id
from durable.messages import Command, InstanceMessage, trace_of
from durable.telemetry.context import TraceContext, context_of, span_id_of
from durable.telemetry.names import ATTEMPT, COMPENSATES, INSTANCE_ID, STATUS, STEP, TASK_ID, TURN
from durable.telemetry.span import Kind
from tests.support.host_world import HostWorld
from tests.support.told_spans import Told, check_traces, named, place, roots, the, within

PUBLISHER = TraceContext(0xA1, 0xB2)


async def test_a_run_is_one_trace_with_one_root() -> None:
    spans = await Told().run("chain")

    check_traces(spans)
    (run,) = roots(spans)
    assert (run.name, run.kind) == ("saga chain", Kind.CONSUMER)
    assert within(spans, run) == ["steps.add-one"] * 5 + ["turn chain"] * 6
    assert run.attributes[STATUS] == "Completed"
    assert not run.has_failed


async def test_a_run_stands_beneath_what_its_start_came_from() -> None:
    world = Told()
    async with world.working(), world.hosting():
        start = await a_start(world, "chain")
        await world.tell(replace(start, trace=PUBLISHER.within({})))
        await world.ended()

    check_traces(world.spans, [(PUBLISHER.trace_id, PUBLISHER.span_id)])
    assert the(world.spans, "saga chain").parent == PUBLISHER.span_id
    assert roots(world.spans) == []


async def a_start(world: HostWorld, saga: str) -> InstanceMessage:
    event = SagaStarted(saga=saga, input={"value": 1})
    return InstanceMessage(message_id("a", "", "SagaStarted", saga), "a", event)


async def test_each_branch_of_a_fan_is_a_step_of_its_own() -> None:
    spans = await Told().run("fan", 8)

    check_traces(spans)
    assert sorted(span.attributes[TASK_ID] for span in named(spans, "steps.add-one")) == list(range(1, 9))


async def test_each_attempt_is_a_step_and_begins_when_it_was_due() -> None:
    spans = await Told().run("retrying", 7)

    check_traces(spans)
    steps = named(spans, "steps.flaky")
    assert [(span.attributes[ATTEMPT], span.has_failed) for span in steps] == [(1, True), (2, True), (3, False)]
    begun = steps[0].start
    assert [span.start - begun for span in steps] == [timedelta(0), timedelta(seconds=1), timedelta(seconds=3)]
    assert [span.failure.message for span in steps if span.failure] == ["not yet", "not yet"]


async def test_a_command_names_the_span_of_its_step_as_its_parent() -> None:
    world = Told()
    async with world.hosting():
        await world.start("chain", {"value": 1})
        receiver = await world.broker.receiver("commands.steps")
        (delivery,) = await receiver.receive(1, timedelta(seconds=5))
        await receiver.close()

    command = Command.from_message(delivery.body, delivery.properties)
    run = command.run
    context = context_of(trace_of(delivery.properties))
    assert context is not None
    assert context.span_id == span_id_of("step", "a", run, 1, 1, 1)
    assert context.trace_id == world.spans[0].context.trace_id


async def test_a_step_is_the_edge_to_the_queue_of_its_worker() -> None:
    step = named(await Told().run("chain"), "steps.add-one")[0]

    assert step.kind is Kind.PRODUCER
    assert step.attributes == {
        "az.namespace": "Microsoft.ServiceBus",
        "messaging.system": "servicebus",
        "messaging.operation.type": "send",
        "messaging.destination.name": "commands.steps",
        "server.address": "bus",
        INSTANCE_ID: "a",
        "durable.saga": "chain",
        STEP: "steps.add-one",
        TASK_ID: 1,
        ATTEMPT: 1,
    }


async def test_a_timer_lasts_from_its_setting_to_its_ringing() -> None:
    spans = await Told().run("sleeping")

    check_traces(spans)
    timer = the(spans, "timer")
    assert timer.end - timer.start == timedelta(seconds=30)
    assert (timer.attributes[STEP], timer.attributes[STATUS]) == ("sleep", "Fired")


async def test_undos_stand_beneath_their_compensation() -> None:
    spans = await Told().run("undoing")

    check_traces(spans)
    compensation = the(spans, "compensate undoing")
    assert within(spans, compensation) == ["steps.undo"]
    assert the(spans, "steps.undo").attributes[COMPENSATES] == 2
    assert compensation.attributes[STATUS] == "Compensated"
    assert not compensation.has_failed
    assert the(spans, "saga undoing").has_failed
    assert the(spans, "steps.fail").has_failed


async def test_a_turn_is_followed_by_the_write_that_made_it_durable() -> None:
    world = Told()
    spans = await world.run("chain")

    turns = {place(span): span.attributes[TURN] for span in named(spans, "turn chain")}
    writes = named(spans, "commit")
    assert [turns[write.context.trace_id, write.parent] for write in writes] == [1, 2, 3, 4, 5, 6]
    assert {write.kind for write in writes} == {Kind.CLIENT}
    assert {write.attributes["db.operation.name"] for write in writes} == {"execute_batch"}
    assert all("azure.cosmosdb.operation.request_charge" in write.attributes for write in writes)


async def test_a_turn_is_linked_to_what_it_took_but_not_to_its_own_run() -> None:
    spans = await Told().run("sleeping")

    first, rung, answered = named(spans, "turn sleeping")
    assert (first.links, rung.links) == ((), ())
    assert len(answered.links) == 1


@pytest.mark.parametrize(("saga", "sampled"), [("chain", True), ("astray", False)])
async def test_the_span_of_a_run_says_what_it_cost(saga: str, *, sampled: bool) -> None:
    world = Told(sampled=sampled)
    spans = await world.run(saga)
    head = await world.ended()
    assert head.cost is not None

    told = {name: value for name, value in the(spans, f"saga {saga}").attributes.items() if ".cost." in name}

    totals = head.cost.totals()
    assert told == {f"durable.cost.{name}": totals[name] for name in ("ru", "messages", "bytes", "worker_seconds")}


async def test_an_unrecorded_run_that_succeeds_tells_nothing() -> None:
    assert list(await Told(sampled=False).run("chain")) == []


@pytest.mark.parametrize("saga", ["undoing", "astray"])
async def test_an_unrecorded_run_that_fails_tells_everything_once(saga: str) -> None:
    spans = await Told(sampled=False).run(saga)
    recorded = await Told().run(saga)

    check_traces(spans)
    assert sorted(map(place, spans)) == sorted(place(span) for span in recorded if span.name != "commit")


async def test_an_unrecorded_run_that_succeeds_tells_the_attempts_that_failed() -> None:
    spans = await Told(sampled=False).run("retrying", 7)

    assert [(span.name, span.attributes[ATTEMPT]) for span in spans] == [("steps.flaky", 1), ("steps.flaky", 2)]


async def test_without_tracing_messages_pass_on_what_the_start_brought() -> None:
    world = HostWorld()
    async with world.hosting():
        start = await a_start(world, "chain")
        await world.tell(replace(start, trace=PUBLISHER.within({"baggage": "a=1"})))
        receiver = await world.broker.receiver("commands.steps")
        (delivery,) = await receiver.receive(1, timedelta(seconds=5))
        await receiver.close()

    assert trace_of(delivery.properties) == PUBLISHER.within({"baggage": "a=1"})


async def test_a_replay_tells_nothing() -> None:
    world = Told()
    async with world.hosting():
        await world.start("waiting")
        await world.until(world.turns)
    told = len(world.spans)
    async with world.hosting():
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.until(lambda: turns_of(world, 2))

    assert [span.name for span in world.spans[told:]] == ["turn waiting", "commit"]


async def turns_of(world: HostWorld, count: int) -> bool:
    return len(await world.turns()) >= count
