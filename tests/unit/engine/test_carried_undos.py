from datetime import timedelta
from typing import Any

from durable import RetryPolicy, SagaContext, saga
from durable.events import (
    CarriedUndo,
    CompensationRegistered,
    HistoryEvent,
    SagaStarted,
)
from orchestrator.engine import Identity, Instance
from orchestrator.engine.carrying import policy_data
from tests.support.drive import NOON
from tests.support.plays import Play, completed, failed
from tests.support.tables import ADD, UNDO_ADD, kinds

HOUR = timedelta(hours=1)
NEXT = Identity("a", "run", 2)


@saga("undoing", version="1")
async def undoing(ctx: SagaContext, number: int) -> None:
    ctx.compensate(UNDO_ADD, 1, retry=RetryPolicy(max_attempts=3, total=HOUR, non_retryable=(LookupError, "x.Y")))
    async with ctx.compensation_group():
        ctx.compensate(UNDO_ADD, 2)
        ctx.compensate(UNDO_ADD, 3)
    await ctx.call(ADD, 1)
    if number:
        ctx.continue_as_new(0)
    raise LookupError


@saga("leaving", version="1")
async def leaving(ctx: SagaContext) -> None:
    ctx.continue_as_new()


def next_of(play: Play) -> SagaStarted:
    start = play.instance.next_start
    assert start is not None
    return start


def following(play: Play, *inbox: HistoryEvent) -> tuple[Instance, list[HistoryEvent]]:
    instance = Instance.new(NEXT, play.setup)
    history = list(instance.turn([next_of(play), *inbox], NOON).events)
    assert Instance.replay(NEXT, play.setup, history).mismatch is None
    return instance, history


def test_registered_undos_go_along_with_their_groups_and_policies() -> None:
    play = Play(undoing, 1)
    play.turn(completed(4))

    policy = {
        "max_attempts": 3,
        "first_delay": 1.0,
        "backoff": 2.0,
        "max_delay": 60.0,
        "jitter": "full",
        "total": 3600.0,
        "non_retryable": ["LookupError", "x.Y"],
    }
    usual: dict[str, Any] = {**policy, "max_attempts": 10, "total": None, "non_retryable": []}
    assert next_of(play).undos == (
        CarriedUndo(name="math.undo-add", input=1, retry=policy),
        CarriedUndo(name="math.undo-add", input=2, group=1, retry=usual),
        CarriedUndo(name="math.undo-add", input=3, group=1, retry=usual),
    )


def test_carried_undos_run_after_those_of_the_new_execution_and_in_their_groups() -> None:
    play = Play(undoing, 1)
    play.turn(completed(4))
    instance, history = following(play)
    registered = [event for event in history if isinstance(event, CompensationRegistered)]
    assert [(event.task_id, event.input, event.group) for event in registered] == [
        (1, 1, None),
        (2, 2, 1),
        (3, 3, 1),
        (4, 1, None),
        (5, 2, 2),
        (6, 3, 2),
    ]

    def undone(*facts: HistoryEvent) -> list[object]:
        return [getattr(event, "compensates", "") for event in instance.turn(facts, NOON).events]

    assert undone(completed(7)) == ["", "", 6, 5]
    assert undone(completed(8), completed(9)) == ["", "", 4]
    assert undone(completed(10)) == ["", 3, 2]
    assert undone(completed(11), completed(12)) == ["", "", 1]
    assert kinds(instance.turn([failed(13)], NOON).events) == ["ActivityFailed", "ActivityScheduled"]
    assert kinds(instance.turn([failed(13, 2)], NOON).events) == ["ActivityFailed", "ActivityScheduled"]
    assert kinds(instance.turn([failed(13, 3)], NOON).events) == ["ActivityFailed", "SagaCompensationFailed"]


def test_an_undo_carried_without_a_policy_has_the_usual_one() -> None:
    play = Play(leaving, undos=(CarriedUndo(name="math.undo-add", input=1),))

    assert next_of(play).undos[0].retry == policy_data(RetryPolicy(max_attempts=10))
