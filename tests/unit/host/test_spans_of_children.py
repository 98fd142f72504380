"""The spans of instances that others started."""

import asyncio

from durable.telemetry.names import ATTEMPT, STATUS
from durable.telemetry.span import Kind
from tests.support.told_spans import named, place, roots, the, within
from tests.unit.host.test_spans_of_lives import a_world, runs


async def test_children_in_other_partitions_stand_beneath_the_steps_of_their_parent() -> None:
    world = a_world()
    spans = await world.run("family", 8)

    world.check_spans()
    (run,) = roots(spans)
    children = named(spans, "saga step")
    steps = {place(span): span for span in named(spans, "step")}
    assert {span.context.trace_id for span in spans} == {run.context.trace_id}
    assert len(children) == len(steps) == 8
    assert {(child.context.trace_id, child.parent) for child in children} == set(steps)
    assert {step.kind for step in steps.values()} == {Kind.PRODUCER}


async def test_each_attempt_of_a_child_has_a_step_and_a_run() -> None:
    world = a_world()
    spans = await world.run("insisting", 7)

    world.check_spans()
    steps = sorted(named(spans, "third-time"), key=lambda span: int(span.attributes[ATTEMPT]))
    assert [step.has_failed for step in steps] == [True, True, False]
    assert [within(spans, step) for step in steps] == [["saga third-time"]] * 3
    assert [run.attributes[STATUS] for run in runs(spans, "third-time")] == ["Failed", "Failed", "Completed"]


async def test_a_detached_child_stands_beneath_the_span_of_its_start() -> None:
    world = a_world()
    spans = await world.run("told", 7)

    world.check_spans(outlived={"start patient"})
    start = the(spans, "start patient")
    assert (start.kind, start.start) == (Kind.PRODUCER, start.end)
    assert within(spans, start) == ["saga patient"]
    assert roots(spans) == named(spans, "saga told")


async def test_a_child_that_is_given_up_keeps_its_parent() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("hurried")
        await world.ended()
        await world.ended("patient")
        await asyncio.sleep(5)

    world.check_spans(outlived={"patient", "saga hurried"})
    step = the(world.spans, "patient")
    assert step.attributes[STATUS] == "GivenUp"
    assert within(world.spans, step) == ["saga patient"]
