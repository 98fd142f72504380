"""The spans of instances that end, wait, branch and go on in other ways than most."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from durable import SagaContext, saga
from durable.errors import EventTimeout
from durable.events import (
    CancelRequested,
    HistoryEvent,
    Resumed,
    SagaTerminated,
    Suspended,
)
from durable.ids import message_id
from durable.messages import InstanceMessage
from durable.requests import REWIND, UNBLOCK, OwnerRequest
from durable.saga import Saga
from durable.status import Status
from durable.telemetry.names import EXECUTION, INSTANCE_ID, STATUS, STEP
from durable.telemetry.span import Span
from orchestrator.engine import Registry, Setup
from tests.support.host_sagas import REPAIRED, SAGAS, UNDO, Number
from tests.support.host_world import QUEUES
from tests.support.lives_sagas import LIVES
from tests.support.told_spans import Told, named, roots, the, within

FEW = 5


@saga("offered")
async def offered(ctx: SagaContext) -> str:
    try:
        await ctx.wait_for_event("answer", Number, timeout=timedelta(minutes=5))
    except EventTimeout:
        return "nobody answered"
    return "answered"


ALL: tuple[Saga[Any, Any], ...] = (*SAGAS, *LIVES, offered)


def a_world() -> Told:
    return Told(ALL, partition_count=FEW)


async def tell(world: Told, event: HistoryEvent, id: str = "a") -> None:
    head = await world.head(id)
    assert head is not None
    kind = type(event).__name__
    await world.tell(InstanceMessage(message_id(id, head.run, kind, "x"), id, event, head.run))


async def has_status(world: Told, status: Status, id: str = "a") -> bool:
    head = await world.head(id)
    return head is not None and head.status is status


def runs(spans: Sequence[Span], name: str) -> list[Span]:
    return sorted(named(spans, f"saga {name}"), key=lambda span: int(span.attributes[EXECUTION]))


async def test_a_wait_with_a_time_out_is_a_timer_that_rings() -> None:
    world = a_world()
    async with world.hosting_all():
        await world.start("offered")
        await world.ended()

    world.check_spans()
    timer = the(world.spans, "timer")
    assert (timer.attributes[STEP], timer.attributes[STATUS]) == ("answer", "Fired")
    assert timer.end - timer.start == timedelta(minutes=5)


async def test_a_wait_that_is_answered_is_a_timer_that_is_cancelled() -> None:
    world = a_world()
    async with world.hosting_all():
        await world.start("offered")
        await asyncio.sleep(60)
        await world.raise_event("answer", {"value": 1})
        await world.ended()

    world.check_spans()
    timer = the(world.spans, "timer")
    assert timer.attributes[STATUS] == "Cancelled"
    assert timedelta(minutes=1) <= timer.end - timer.start < timedelta(minutes=2)


async def test_a_terminated_run_fails_and_gives_its_step_up() -> None:
    world = a_world()
    async with world.hosting_all():
        await world.start("chain", {"value": 1})
        await world.until(world.turns)
        await tell(world, SagaTerminated(reason="enough"))
        await world.ended()

    world.check_spans()
    run, step = the(world.spans, "saga chain"), the(world.spans, "steps.add-one")
    assert (run.error, run.attributes[STATUS]) == ("terminated: enough", "Terminated")
    assert step.attributes[STATUS] == "GivenUp"
    assert not step.has_failed


async def test_a_cancelled_run_is_no_failure() -> None:
    world = a_world()
    async with world.hosting_all():
        await world.start("patient")
        await world.until(world.turns)
        await tell(world, CancelRequested(reason="no longer needed"))
        await world.ended()

    world.check_spans()
    run = the(world.spans, "saga patient")
    assert run.attributes[STATUS] == "Cancelled"
    assert not run.has_failed


async def test_an_answer_that_a_suspended_instance_records_ends_its_step() -> None:
    world = a_world()
    async with world.hosting_all():
        await world.start("chain", {"value": 1})
        await world.until(world.turns)
        await tell(world, Suspended())
        await world.until(lambda: has_status(world, Status.SUSPENDED))
        async with world.working():
            await asyncio.sleep(5)
            assert len(named(world.spans, "steps.add-one")) == 1
            await tell(world, Resumed())
            await world.ended()

    world.check_spans()
    assert len(named(world.spans, "steps.add-one")) == 5


async def test_a_turn_that_blocks_its_instance_has_failed_and_the_steps_go_on_once_it_is_unblocked() -> None:
    world = a_world()
    async with world.hosting_all():
        await world.start("chain", {"value": 1})
        await world.until(world.turns)
    right, world.setup = world.setup, Setup(Registry([other_chain]), QUEUES)
    async with world.working(), world.hosting_all():
        await world.until(lambda: has_status(world, Status.BLOCKED))
    world.setup = right
    async with world.working(), world.hosting_all():
        await world.ask(OwnerRequest("again", "a", UNBLOCK, "", {"reason": ""}))
        await world.ended()

    world.check_spans()
    (blocked,) = [span for span in named(world.spans, "turn chain") if span.has_failed]
    assert blocked.error.startswith("blocked: expected ")
    assert len(named(world.spans, "steps.add-one")) == 5


@saga("chain")
async def other_chain(ctx: SagaContext, start: Number) -> Number:
    return await ctx.call(UNDO, start)


async def test_each_execution_of_a_run_that_continues_is_a_trace_linked_to_the_one_before() -> None:
    world = a_world()
    spans = await world.run("laps", 2)

    world.check_spans()
    first, second, third = runs(spans, "laps")
    assert [run.attributes[STATUS] for run in (first, second, third)] == ["ContinuedAsNew"] * 2 + ["Completed"]
    assert roots(spans) == [first, second, third]
    assert len({run.context.trace_id for run in (first, second, third)}) == 3
    assert (first.links, second.links, third.links) == ((), (first.context,), (second.context,))
    assert within(spans, second) == ["steps.add-one", "turn laps", "turn laps"]


async def test_executions_that_follow_one_another_in_one_receive_are_linked_likewise() -> None:
    world = a_world()
    spans = await world.run("spinning", 14)

    world.check_spans()
    found = runs(spans, "spinning")
    assert [run.links for run in found] == [(), *((run.context,) for run in found[:-1])]


async def test_an_execution_that_continues_after_a_takeover_is_linked_to_the_one_before() -> None:
    world = a_world()
    async with world.hosting_all():
        await world.start("tally", {"value": 0})
        await world.raise_event("add", {"value": 1}, event_id="1")
        await world.until(lambda: world.turns(execution=2))
    async with world.hosting_all():
        await world.raise_event("add", {"value": 1022}, event_id="2")
        await world.ended()

    world.check_spans()
    first, second = runs(world.spans, "tally")
    assert second.links == (first.context,)


async def test_a_rewound_run_goes_on_in_a_trace_linked_to_the_one_before() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("mending", {"value": 1})
        await world.ended()
        world.effects.append(REPAIRED)
        await world.ask(OwnerRequest("request", "a", REWIND, "", {"to": None, "reason": ""}))
        await world.until(lambda: has_status(world, Status.COMPLETED))

    world.check_spans()
    first, second = runs(world.spans, "mending")
    assert [run.attributes[STATUS] for run in (first, second)] == ["Failed", "Completed"]
    assert second.links == (first.context,)
    assert within(world.spans, second) == ["steps.mend", "turn mending", "turn mending"]


async def test_a_run_that_is_rewound_before_its_end_tells_what_it_leaves() -> None:
    world = a_world()
    async with world.working(), world.hosting_all():
        await world.start("asking", {"value": 1})
        await world.until(lambda: turns_of(world, 2))
        await world.ask(OwnerRequest("request", "a", REWIND, "", {"to": 1, "reason": ""}))
        await world.until(lambda: world.turns(execution=2))
        await world.raise_event("answer", {"value": 4})
        await world.ended()

    world.check_spans()
    first, second = runs(world.spans, "asking")
    assert [run.attributes[STATUS] for run in (first, second)] == ["Rewound", "Completed"]
    assert second.links == (first.context,)


async def turns_of(world: Told, count: int) -> bool:
    return len(await world.turns()) >= count


async def test_spans_of_one_run_all_name_their_instance() -> None:
    world = a_world()
    spans = await world.run("undoing", 1)

    assert {span.attributes.get(INSTANCE_ID) for span in spans if span.name != "commit"} == {"a"}
