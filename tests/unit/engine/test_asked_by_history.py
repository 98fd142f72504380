from datetime import timedelta

from durable import RetryPolicy, SagaContext, saga
from durable.events import ActivityScheduled, CompensationSkipped, TimerCreated
from orchestrator.engine import Instance, Unreadable, Verdict
from orchestrator.engine.attempts import is_waited_for
from orchestrator.engine.places import driven_place
from orchestrator.engine.waiting import waiting_by_history
from tests.support.drive import IDENTITY, NOON
from tests.support.plays import Play, completed, failed, raised
from tests.support.tables import ADD, kinds, numbered, replayed

HOUR = timedelta(hours=1)


@saga("working")
async def working(ctx: SagaContext) -> int:
    called = ctx.call(ADD, 1, retry=RetryPolicy(max_attempts=2))
    ctx.sleep(HOUR)
    return await called


def test_a_history_tells_which_attempt_is_waited_for() -> None:
    play = Play(working)
    assert is_waited_for(play.history, 1, 1)
    play.turn(failed(1))

    assert not is_waited_for(play.history, 1, 1)
    assert is_waited_for(play.history, 1, 2)
    assert not is_waited_for(play.history, 2, 1)
    play.turn(completed(1, attempt=2))
    assert not is_waited_for(play.history, 1, 2)


def test_a_history_tells_what_is_waited_for_without_any_code() -> None:
    assert [one.kind for one in waiting_by_history(Play(working).history)] == ["activity", "timer"]


def test_an_instance_lists_its_open_tasks_by_the_events_that_asked_for_them() -> None:
    play = Play(working)

    assert play.instance.open_tasks == [
        event for event in play.history if isinstance(event, ActivityScheduled | TimerCreated)
    ]


def test_of_a_history_that_cannot_be_read_everything_may_be_open_and_nothing_is_listed() -> None:
    unreadable = Unreadable(IDENTITY, 3, "an event of kind 'Newer'", pending=True)

    assert unreadable.open_tasks == []
    assert unreadable.inherits(1)
    assert unreadable.inherited == {}
    assert unreadable.is_open(1, 1)
    assert unreadable.judge(raised("e", 1)) is Verdict.TAKE


def test_a_skip_that_makes_no_sense_where_it_stands_changes_nothing() -> None:
    play = Play(working)
    history = [*play.history, *numbered(CompensationSkipped(task_id=9), first=len(play.history) + 1)]

    again = replayed(working, history)

    assert again.mismatch is None
    assert kinds(again.turn([completed(1)], NOON).events) == ["ActivityCompleted", "SagaCompleted"]


def test_an_interrupted_turn_tells_which_line_of_the_saga_it_was_in() -> None:
    def busy() -> None:
        raise KeyboardInterrupt

    @saga("busy")
    async def looping(ctx: SagaContext) -> None:
        await ctx.wait_for_event("e", int)
        busy()

    instance: Instance = Play(looping).instance
    place = None
    try:
        instance.turn([raised("e", 1)], NOON)
    except KeyboardInterrupt as error:
        place = driven_place(error)

    assert place is not None
    file, _, line = place.rpartition(":")
    assert (file, int(line)) == (__file__, looping.function.__code__.co_firstlineno + 3)
    assert driven_place(None) is None
