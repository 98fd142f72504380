from datetime import timedelta
from typing import Literal

import pytest

from durable import SagaContext, Status, saga
from durable.events import ActivityCancelRequested, ChildStarted, HistoryEvent, SagaTerminated
from tests.support.drive import NOON
from tests.support.plays import Play, raised
from tests.support.tables import ADD, kinds, numbered

HOUR = timedelta(hours=1)
Fate = Literal["abandon", "cancel", "terminate"]


@saga("child")
async def child(ctx: SagaContext, number: int) -> int:
    return number


def starting(fate: Fate, delay: timedelta | None = None) -> Play:
    @saga("parent")
    async def parent(ctx: SagaContext) -> str:
        started = ctx.start_saga(child, 1, instance_id="c", on_parent_end=fate, delay=delay, tags={"b": 1})
        if await ctx.wait_for_event("e", bool):
            ctx.continue_as_new()
        return started

    return Play(parent)


def asked(events: tuple[HistoryEvent, ...]) -> list[bool]:
    return [event.terminates for event in events if isinstance(event, ActivityCancelRequested)]


def test_a_detached_child_is_started_and_nobody_waits_for_it() -> None:
    play = starting("abandon", HOUR)

    started = ChildStarted(
        task_id=1,
        name="child",
        instance_id="c",
        input=1,
        due=NOON + HOUR,
        tags={"b": 1},
        on_parent_end="abandon",
    )
    assert play.first.events[1:] == numbered(started, first=2)
    assert play.first.outbox == (("lifecycle", 0), ("child", 1))
    assert [one.kind for one in play.instance.waiting] == ["event"]


@pytest.mark.parametrize(("fate", "told"), [("abandon", []), ("cancel", [False]), ("terminate", [True])])
def test_what_becomes_of_it_when_its_parent_returns_is_told_at_its_start(fate: Fate, told: list[bool]) -> None:
    play = starting(fate)
    turn = play.turn(raised("e", payload=False))

    assert asked(turn.events) == told
    assert (play.instance.status, play.instance.output) == (Status.COMPLETED, "c")


@pytest.mark.parametrize(("fate", "told"), [("abandon", []), ("cancel", [False]), ("terminate", [True])])
def test_continuing_as_new_is_an_end_for_it(fate: Fate, told: list[bool]) -> None:
    assert asked(starting(fate).turn(raised("e", payload=True)).events) == told


@pytest.mark.parametrize(("fate", "told"), [("abandon", []), ("cancel", [False]), ("terminate", [True])])
def test_it_learns_when_its_parent_is_terminated(fate: Fate, told: list[bool]) -> None:
    turn = starting(fate).turn(SagaTerminated(reason="off"))

    assert asked(turn.events) == told
    assert turn.outbox == (("lifecycle", 0), *((("cancel", 1),) if told else ()))


@pytest.mark.parametrize("fate", ["abandon", "cancel", "terminate"])
def test_a_recursive_end_terminates_them_all(fate: Fate) -> None:
    assert asked(starting(fate).turn(SagaTerminated(recursive=True)).events) == [True]


def test_the_children_of_a_blocked_parent_learn_that_it_was_terminated() -> None:
    @saga("parent")
    async def other(ctx: SagaContext) -> str:
        return str(await ctx.call(ADD, 1))

    play = starting("terminate")
    good = play.setup
    play.deploy(other)
    turn = play.instance.turn([SagaTerminated(reason="off")], NOON)

    assert kinds(turn.events) == ["Blocked", "SagaTerminated", "ActivityCancelRequested"]
    play.history += turn.events
    play.setup = good
    assert play.replayed().status is Status.TERMINATED
