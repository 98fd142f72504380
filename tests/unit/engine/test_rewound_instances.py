from durable import RetryPolicy, SagaContext, Status, Timeouts, saga
from durable.events import (
    ActivityCompleted,
    ActivityFailed,
    ActivityScheduled,
    ChildFailed,
    ChildStarted,
    EventReceived,
    Rewound,
    SagaStarted,
)
from orchestrator.engine import Identity, Instance
from orchestrator.engine.rewinding import failed_step, rewind
from tests.support.drive import IDENTITY, NOON, reread
from tests.support.plays import Play
from tests.support.rewound import HOUR, NEXT, NO, child, lived, rewound, taken, trip, whole_trip
from tests.support.tables import ADD, UNDO_ADD, kinds, setup_of


def test_a_retry_of_a_failed_instance_does_its_failed_step_again() -> None:
    history = whole_trip()
    assert failed_step(history) == 8

    instance, turn = rewound(trip, history, failed_step(history))

    assert turn.events[:8] == tuple(history[:8])
    mark = Rewound(at=NOON + 9 * HOUR, sequence=9, instance_id="a", run="run", execution=1, to=8, reason="again")
    assert turn.events[8:] == (mark,)
    assert turn.outbox == (("command", 7),)
    assert (turn.head_changed, turn.taken) == (True, 0)
    instance.turn([ActivityCompleted(task_id=3, output=15)], NOON)
    assert instance.status is Status.COMPLETED


def test_a_rewound_instance_keeps_its_uuids_and_goes_on_with_new_ones() -> None:
    @saga("keyed")
    async def keyed(ctx: SagaContext) -> list[object]:
        first, chance = ctx.uuid(), ctx.random.random()
        if chance < 2:
            await ctx.call(ADD, 1)
        return [first, chance, ctx.uuid(), ctx.random.random()]

    old = Play(keyed)
    old.turn(taken(ActivityCompleted(task_id=1, output=0), 1))
    instance, turn = rewound(keyed, old.history, 2)
    last = instance.turn([ActivityCompleted(task_id=1, output=0)], NOON)

    told, before = instance.output, old.instance.output
    assert isinstance(told, list)
    assert isinstance(before, list)
    assert told[:2] == before[:2]
    assert not {*told[2:]} & {*before[2:]}
    again = Instance.replay(NEXT, setup_of(keyed), reread([*turn.events, *last.events]))
    assert again.output == told


def test_a_history_rewound_twice_keeps_the_chance_of_each_of_its_parts() -> None:
    @saga("lots")
    async def lots(ctx: SagaContext) -> list[object]:
        told: list[object] = []
        for number in range(3):
            told.append(ctx.uuid())
            await ctx.call(ADD, number, label=str(told[-1]))
        return told

    history = lived(
        lots,
        ActivityCompleted(task_id=1, output=0),
        ActivityCompleted(task_id=2, output=0),
        ActivityCompleted(task_id=3, output=0),
    )
    _, once = rewound(lots, history, 5)
    third = Identity("b", "other", 1)
    mark = Rewound(instance_id="a", run="run", execution=2, to=len(once.events), at=NOON + 10 * HOUR)
    twice, turn = rewind(third, setup_of(lots), once.events, mark)

    assert twice.mismatch is None
    assert Instance.replay(third, setup_of(lots), reread(turn.events)).mismatch is None


def test_rewound_to_its_start_an_instance_begins_anew() -> None:
    instance, turn = rewound(trip, whole_trip(), 1)

    assert kinds(turn.events) == ["Rewound", "SagaStarted", "ActivityScheduled", "EventReceived", "EventReceived"]
    assert turn.outbox == (("lifecycle", 1), ("command", 2))
    assert (instance.status, turn.taken) == (Status.RUNNING, 3)


def test_every_open_task_of_what_is_kept_is_handed_out_again_with_its_time_outs() -> None:
    @saga("many")
    async def many(ctx: SagaContext) -> None:
        ctx.call(ADD, 0)
        ctx.call(ADD, 1, timeouts=Timeouts(schedule_to_start=HOUR))
        ctx.call(ADD, 2, timeouts=Timeouts(schedule_to_close=HOUR))
        ctx.call_saga(child, timeout=HOUR)
        ctx.call_saga(child)
        ctx.start_saga(child)
        ctx.sleep(HOUR)
        ctx.call(ADD, 3).cancel()
        await ctx.wait_for_event("e", int)
        await ctx.wait_for_event("e", int)

    history = lived(many, EventReceived(name="e", payload=1))

    instance, turn = rewound(many, history, next(e.sequence for e in history if isinstance(e, EventReceived)))

    assert turn.outbox[:9] == (
        ("command", 1),
        ("command", 2),
        ("timeout", 2),
        ("command", 3),
        ("timeout", 3),
        ("child", 4),
        ("timeout", 4),
        ("child", 5),
        ("timer", 7),
    )
    assert instance.inherits(4)
    assert not instance.inherits(1)


def test_a_child_that_runs_is_waited_for_by_the_new_execution() -> None:
    @saga("parent")
    async def parent(ctx: SagaContext) -> int:
        called = ctx.call_saga(child)
        await ctx.wait_for_event("e", int)
        return await called

    history = lived(parent, EventReceived(name="e", payload=1))
    instance, turn = rewound(parent, history, 2)

    started = next(event for event in turn.events if isinstance(event, ChildStarted))
    assert started.instance_id == next(e for e in history if isinstance(e, ChildStarted)).instance_id
    assert instance.inherits(1)
    assert [one.kind for one in instance.waiting] == ["child"]


def test_an_open_step_of_a_running_instance_is_handed_out_again() -> None:
    history = lived(trip, data=1)

    instance, turn = rewound(trip, history, 2)

    assert kinds(turn.events) == ["SagaStarted", "ActivityScheduled", "Rewound"]
    assert turn.outbox == (("command", 1),)
    assert instance.status is Status.RUNNING


def test_code_that_no_longer_fits_what_is_kept_blocks_the_new_execution_until_it_does() -> None:
    @saga("trip", version="1")
    async def other(ctx: SagaContext, number: int) -> list[object]:
        await ctx.sleep(HOUR)
        return []

    history = whole_trip()
    mark = Rewound(instance_id="a", execution=1, to=4, at=NOON + HOUR)
    blocked, turn = rewind(NEXT, setup_of(other), history, mark)

    assert kinds(turn.events)[3:] == ["Rewound", "Blocked", "EventReceived", "EventReceived"]
    assert blocked.status is Status.BLOCKED
    repaired = Instance.replay(NEXT, setup_of(trip), reread(turn.events))
    assert kinds(repaired.turn([], NOON).events) == ["Unblocked", "TimerCreated"]
    assert repaired.status is Status.RUNNING


def test_a_rewound_saga_that_continues_as_new_leaves_what_is_behind_it_to_the_next() -> None:
    @saga("eternal")
    async def eternal(ctx: SagaContext) -> None:
        await ctx.wait_for_event("e", int)
        await ctx.wait_for_event("e", int)
        await ctx.call(ADD, 1)

    @saga("eternal")
    async def continuing(ctx: SagaContext) -> None:
        await ctx.wait_for_event("e", int)
        ctx.continue_as_new()

    history = lived(eternal, EventReceived(name="e", payload=1), EventReceived(name="e", payload=2))
    mark = Rewound(instance_id="a", execution=1, to=2, at=NOON)
    instance, turn = rewind(NEXT, setup_of(continuing), history, mark)

    assert kinds(turn.events) == ["SagaStarted", "Rewound", "EventReceived", "ContinuedAsNew"]
    assert instance.next_start is not None
    assert instance.next_start.events == (("e", 2),)


def test_a_child_that_is_tried_again_is_the_new_execution_s_own() -> None:
    @saga("parent")
    async def parent(ctx: SagaContext) -> int:
        called = ctx.call_saga(child, retry=RetryPolicy(max_attempts=2))
        await ctx.wait_for_event("e", int)
        return await called

    history = lived(parent, EventReceived(name="e", payload=1))
    instance, _ = rewound(parent, history, 2)
    assert dict(instance.inherited) == {1: 1}

    instance.turn([ChildFailed(task_id=1, failure=NO, message_id="f")], NOON)

    assert dict(instance.inherited) == {}


def test_undos_of_what_is_kept_are_still_registered() -> None:
    @saga("undoing")
    async def undoing(ctx: SagaContext) -> None:
        await ctx.call(ADD, 1, compensate_with=UNDO_ADD)
        await ctx.call(ADD, 2)

    history = lived(
        undoing,
        ActivityCompleted(task_id=1, output=10),
        ActivityFailed(task_id=3, failure=NO),
        ActivityCompleted(task_id=4, output=0),
    )
    assert kinds(history)[-1] == "SagaCompensated"
    to = next(event.sequence for event in history if isinstance(event, ActivityScheduled) and event.task_id == 3)
    instance, _ = rewound(undoing, history, to)

    turn = instance.turn([ActivityFailed(task_id=3, failure=NO)], NOON)

    assert kinds(turn.events) == ["ActivityFailed", "CompensationStarted", "ActivityScheduled"]


def test_a_start_stays_on_its_version_in_the_new_execution() -> None:
    _, turn = rewound(trip, whole_trip(), 1)

    started = next(event for event in turn.events if isinstance(event, SagaStarted))
    assert started.version == "1"
    assert IDENTITY.execution + 1 == NEXT.execution
