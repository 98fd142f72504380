from datetime import timedelta

import pytest

from durable import SagaContext, Status, saga
from durable.events import CompensationRegistered, SagaTerminated
from orchestrator.engine import Instance
from orchestrator.engine.instance import LimitPassed
from orchestrator.engine.limits import Limits
from tests.support.drive import IDENTITY, NOON, reread
from tests.support.plays import Play, completed, failed, raised
from tests.support.tables import ADD, UNDO_ADD, kinds

HOUR = timedelta(hours=1)


@saga("child")
async def child(ctx: SagaContext) -> None:
    return None


@saga("many")
async def many(ctx: SagaContext) -> None:
    while True:
        number = await ctx.wait_for_event("e", int)
        for one in range(number):
            ctx.call(ADD, one)


@saga("undoing")
async def undoing(ctx: SagaContext) -> None:
    ctx.call_saga(child)
    await ctx.call(ADD, 1, compensate_with=UNDO_ADD)


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(commands_per_turn=4), "at most 4 events in one turn"),
        (Limits(pending_tasks=4), "at most 4 open tasks"),
        (Limits(history_length=6), "at most 6 events in the history"),
    ],
)
def test_a_limit_that_is_passed_stops_the_turn(limits: Limits, told: str) -> None:
    play = Play(many, limits=limits)

    with pytest.raises(LimitPassed, match=f"expected {told}; found more: "):
        play.instance.turn([raised("e", 9)], NOON)


@pytest.mark.parametrize("limits", [Limits(commands_per_turn=9), Limits(pending_tasks=8), Limits(history_length=10)])
def test_what_stays_within_the_limits_goes_on_with_a_warning_from_half_way_on(limits: Limits) -> None:
    play = Play(many, limits=limits)
    turn = play.turn(raised("e", 6))

    assert [(line.level, "half of the" in line.message) for line in turn.logs] == [("warning", True)]
    assert len(turn.events) == 7


def test_a_warning_is_given_once() -> None:
    play = Play(many, limits=Limits(pending_tasks=8))
    play.turn(raised("e", 6))

    assert play.turn(raised("e", 1)).logs == ()


def test_an_instance_whose_history_is_too_long_is_blocked_and_goes_on_under_another_limit() -> None:
    play = Play(many, limits=Limits(history_length=4))
    with pytest.raises(LimitPassed) as passed:
        play.instance.turn([raised("e", 9)], NOON)
    again = Instance.replay(IDENTITY, play.setup, reread(play.history))
    again.block(str(passed.value))

    turn = again.turn([raised("e", 2), raised("e", 1)], NOON)
    play.history += turn.events
    assert (kinds(turn.events), turn.status) == (["Blocked", "EventReceived", "EventReceived"], Status.BLOCKED)

    raised_limit = Play(many).setup
    repaired = Instance.replay(IDENTITY, raised_limit, reread(play.history))
    assert kinds(repaired.turn([], NOON).events) == ["Unblocked", *["ActivityScheduled"] * 3]


@pytest.mark.parametrize("fact", [completed(2), failed(2)], ids=["completed", "failed"])
def test_a_limit_that_the_engine_itself_would_pass_stops_the_turn_too(fact: CompensationRegistered) -> None:
    play = Play(undoing, limits=Limits(history_length=4))

    with pytest.raises(LimitPassed, match="at most 4 events in the history"):
        play.instance.turn([fact], NOON)


def test_an_instance_beyond_its_limits_can_be_terminated_with_its_children() -> None:
    play = Play(undoing, limits=Limits(history_length=3))

    turn = play.turn(SagaTerminated(recursive=True))

    assert kinds(turn.events) == ["SagaTerminated", "ActivityCancelRequested"]
    assert turn.status is Status.TERMINATED
