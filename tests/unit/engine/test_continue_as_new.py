from datetime import timedelta

from durable import SagaContext, Status, saga
from durable.events import (
    CancelRequested,
    ContinuedAsNew,
    HistoryEvent,
    ParentTask,
    Resumed,
    SagaStarted,
    Suspended,
)
from orchestrator.engine import Identity, Instance
from tests.support.drive import NOON
from tests.support.plays import Play, raised
from tests.support.tables import ADD, kinds, setup_of

HOUR = timedelta(hours=1)
NEXT = Identity("a", "run", 2)


@saga("counting", version="1")
async def counting(ctx: SagaContext, number: int) -> int:
    await ctx.wait_for_event("go", int)
    if number <= 1:
        ctx.continue_as_new(number + 1)
    return number


def next_of(play: Play) -> SagaStarted:
    start = play.instance.next_start
    assert start is not None
    return start


def following(play: Play, *inbox: HistoryEvent) -> tuple[Instance, list[HistoryEvent]]:
    instance = Instance.new(NEXT, play.setup)
    history = list(instance.turn([next_of(play), *inbox], NOON).events)
    assert Instance.replay(NEXT, play.setup, history).mismatch is None
    return instance, history


def test_an_execution_ends_and_tells_how_the_next_one_starts() -> None:
    play = Play(counting, 0, tags={"a": 1}, deadline=NOON + HOUR, parent_id="p", root_id="r", started_by=("s", "1"))

    turn = play.turn(raised("go", 1))

    assert kinds(turn.events) == ["EventReceived", "ContinuedAsNew"]
    assert (turn.status, turn.head_changed, turn.outbox) == (Status.RUNNING, True, (("lifecycle", 1),))
    assert play.instance.next_start == SagaStarted(
        at=NOON,
        saga="counting",
        version=None,
        input=1,
        tags={"a": 1},
        deadline=NOON + HOUR,
        parent_id="p",
        root_id="r",
        started_by=("s", "1"),
    )
    assert play.instance.waiting == []


def test_an_execution_that_goes_on_has_no_next_one() -> None:
    assert Play(counting, 0).instance.next_start is None


def test_what_comes_behind_the_end_of_an_execution_is_left_to_the_next() -> None:
    play = Play(counting, 0)

    turn = play.turn(raised("go", 1), raised("go", 2), CancelRequested())

    assert (turn.taken, kinds(turn.events)) == (1, ["EventReceived", "ContinuedAsNew"])
    assert play.turn(raised("go", 2)).taken == 0


def test_events_that_nobody_read_go_along_in_the_order_of_their_arrival_across_names() -> None:
    @saga("skipping")
    async def skipping(ctx: SagaContext) -> list[object]:
        if ctx.execution == 1:
            await ctx.wait_for_event("go", object)
            ctx.continue_as_new()
        return [await ctx.wait_for_event(name, int) for name in "aabb"]

    play = Play(skipping)
    play.turn(raised("a", 1), raised("b", 2), raised("a", 3), raised("b", 4), raised("go"))
    assert next_of(play).events == (("a", 1), ("b", 2), ("a", 3), ("b", 4))
    instance, history = following(play)

    assert instance.output == [1, 3, 2, 4]
    assert kinds(history) == ["SagaStarted", "SagaCompleted"]
    assert instance.unread_events == 0


def test_carried_events_that_are_not_read_count_as_unread() -> None:
    play = Play(counting, 0)
    play.turn(raised("other", 1), raised("go", 1))

    instance, _ = following(play)

    assert instance.unread_events == 1


def test_events_that_waited_behind_a_suspension_go_along() -> None:
    play = Play(counting, 0)
    play.turn(Suspended())
    play.turn(raised("go", 1), raised("go", 2), raised("other", 3))

    turn = play.turn(Resumed())

    assert kinds(turn.events) == ["Resumed", "ContinuedAsNew"]
    assert next_of(play).events == (("go", 2), ("other", 3))


def test_a_cancel_that_waited_behind_a_suspension_cancels_the_next_execution() -> None:
    play = Play(counting, 0)
    play.turn(Suspended())
    play.turn(raised("go", 1), CancelRequested(reason="enough"), CancelRequested(reason="really"))
    play.turn(Resumed())
    assert next_of(play).cancelled == "enough"

    instance, history = following(play)

    assert kinds(history) == ["SagaStarted", "CancelRequested", "SagaCancelled"]
    assert instance.status is Status.CANCELLED


def test_a_cancel_that_a_shield_held_up_cancels_the_next_execution() -> None:
    @saga("shielded", version="1")
    async def shielded(ctx: SagaContext) -> None:
        async with ctx.shield():
            await ctx.wait_for_event("go", int)
            if ctx.execution == 1:
                ctx.continue_as_new()
        await ctx.sleep(HOUR)

    play = Play(shielded)
    play.turn(CancelRequested(reason="enough"))
    play.turn(raised("go", 1))

    assert next_of(play).cancelled == "enough"


def test_a_cancel_that_the_code_has_met_does_not_go_along() -> None:
    @saga("stubborn", version="1")
    async def stubborn(ctx: SagaContext) -> None:
        try:
            await ctx.sleep(HOUR)
        finally:
            ctx.continue_as_new()

    play = Play(stubborn)
    play.turn(CancelRequested(reason="enough"))

    assert next_of(play).cancelled is None


def test_an_event_of_the_start_goes_along_if_the_execution_ends_at_once() -> None:
    @saga("moving", version="1")
    async def moving(ctx: SagaContext) -> int:
        if ctx.execution == 1:
            ctx.continue_as_new()
        return await ctx.wait_for_event("go", int)

    play = Play(moving, event=("go", 7))

    assert kinds(play.first.events) == ["SagaStarted", "ContinuedAsNew"]
    assert following(play)[0].output == 7


def test_tags_and_a_version_can_be_given() -> None:
    @saga("moving", version="1")
    async def moving(ctx: SagaContext, number: int) -> None:
        ctx.continue_as_new({"other": "shape"}, version="2", tags={"b": 2, "a": None})

    play = Play(moving, 1, tags={"a": 1})

    start = next_of(play)
    assert (start.version, start.input, start.tags) == ("2", {"other": "shape"}, {"b": 2, "a": None})
    assert following(play)[0].tags == {"b": 2}


def test_the_next_execution_takes_the_newest_version() -> None:
    @saga("counting", version="2")
    async def newer(ctx: SagaContext, number: int) -> str:
        return ctx.version

    play = Play(counting, 0)
    play.turn(raised("go", 1))
    instance = Instance.new(NEXT, setup_of(counting, newer))
    instance.turn([next_of(play)], NOON)

    assert (instance.version, instance.output) == ("2", "2")


def test_the_parent_is_answered_by_the_last_execution_only() -> None:
    parent = ParentTask(instance_id="p", run="r", execution=1, task_id=3)
    play = Play(counting, 0, parent=parent)
    turn = play.turn(raised("go", 1))

    assert [way for way, _ in turn.outbox] == ["lifecycle"]
    assert next_of(play).parent == parent


def test_open_calls_are_left_and_open_children_are_asked_to_cancel() -> None:
    @saga("leaving", version="1")
    async def leaving(ctx: SagaContext) -> None:
        ctx.call(ADD, 1)
        ctx.call_saga(counting, 1)
        await ctx.wait_for_event("go", int)
        ctx.continue_as_new()

    play = Play(leaving)

    assert play.kinds(raised("go", 1)) == ["EventReceived", "ActivityCancelRequested", "ContinuedAsNew"]


def test_an_input_that_does_not_fit_is_an_error_where_it_is_given() -> None:
    @saga("misfit", version="1")
    async def misfit(ctx: SagaContext, number: int) -> str:
        try:
            ctx.continue_as_new("one")
        except TypeError as error:
            return str(error)

    assert str(Play(misfit, 1).instance.output).startswith("expected a value of int")


def test_no_except_clause_of_a_saga_holds_it_up() -> None:
    @saga("catching", version="1")
    async def catching(ctx: SagaContext) -> str:
        try:
            ctx.continue_as_new()
        except Exception as error:
            return str(error)

    assert isinstance(Play(catching).history[-1], ContinuedAsNew)


def test_what_a_started_execution_was_brought_is_recorded_while_it_is_blocked_too() -> None:
    instance = Instance.new(NEXT, setup_of(counting))
    instance.block("a fault")

    turn = instance.turn([SagaStarted(saga="counting", input=0, event=("go", 1), cancelled="enough")], NOON)

    assert kinds(turn.events) == ["Blocked", "SagaStarted", "EventReceived", "CancelRequested"]
    repaired = Instance.replay(NEXT, setup_of(counting), turn.events)
    assert kinds(repaired.turn([], NOON).events) == ["Unblocked", "ContinuedAsNew"]
    assert repaired.next_start is not None
    assert repaired.next_start.cancelled == "enough"
