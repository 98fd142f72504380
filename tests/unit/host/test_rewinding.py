from durable.events import ActivityCompleted, EventReceived, Rewound, SagaCompleted, SagaFailed, Unblocked
from durable.requests import UNBLOCK, OwnerRequest
from durable.status import Status
from tests.support.host_world import HostWorld
from tests.support.rewind_world import a_world, deployed, history, idle, in_execution, mended, rewind, toppling, unlike
from tests.unit.host.test_strays import dead_letters


async def test_the_step_that_failed_is_done_anew_and_what_came_before_it_is_not() -> None:
    world = a_world(toppling)
    async with world.working(), world.hosting():
        await world.start("toppling", {"value": 1})
        await world.ended()
        before = len(world.effects)
        await rewind(world, None)
        await in_execution(world, 2, Status.FAILED)

    second = await history(world, "a", 2)
    assert [type(event) for event in second].count(ActivityCompleted) == 1
    assert [name for name, _ in world.effects[before:]] == ["fail"]
    mark = next(event for event in second if isinstance(event, Rewound))
    assert (mark.instance_id, mark.execution, mark.reason) == ("a", 1, "again")
    assert [event.sequence for event in second] == list(range(1, len(second) + 1))


async def test_an_instance_that_failed_completes_once_its_code_is_mended() -> None:
    world = a_world(toppling)
    async with world.working(), world.hosting():
        await world.start("toppling", {"value": 1})
        failed = await world.ended()
    later = deployed(world, mended)
    async with later.working(), later.hosting():
        # Not the step that failed but the one before is done anew: the other activity is a decision after it.
        await rewind(later, 2)
        await in_execution(later, 2, Status.COMPLETED)

    head = await later.head()
    assert failed.status is Status.FAILED
    assert head is not None
    assert (head.output, head.failure, head.run) == ({"value": 3}, None, failed.run)
    assert head.ended_at is not None


async def test_a_running_instance_is_rewound_and_takes_its_events_again() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.until(world.turns)
        await rewind(world, 1)
        await in_execution(world, 2, Status.RUNNING)
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    assert head.output == {"value": 42}
    second = await history(world, "a", 2)
    assert [event.payload for event in second if isinstance(event, EventReceived)] == [{"value": 4}, {"value": 2}]


async def test_what_the_execution_before_had_asked_for_answers_nobody() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("chain", {"value": 1})
        await world.until(world.turns)
        await rewind(world, 2)
        await in_execution(world, 2, Status.RUNNING)
        async with world.working():
            head = await world.ended()

    assert head.output == {"value": 6}
    assert len(world.effects) == 6, "both commands of the first step run, and one of their answers is taken"
    assert len(set(world.effects)) == 6


async def test_a_request_that_comes_again_changes_nothing() -> None:
    world = a_world(toppling)
    async with world.working(), world.hosting():
        await world.start("toppling", {"value": 1})
        await world.ended()
        await rewind(world, None)
        await in_execution(world, 2, Status.FAILED)
        await rewind(world, None)
        await idle(world)
        head = await world.head()

    assert head is not None
    assert head.execution == 2
    assert await dead_letters(world) == []


async def test_a_request_for_another_execution_or_run_says_nothing() -> None:
    world = a_world(toppling)
    async with world.working(), world.hosting():
        await world.start("toppling", {"value": 1})
        await world.ended()
        await rewind(world, None, execution=3, id="one")
        await rewind(world, None, run="another", id="two")
        await idle(world)
        head = await world.head()

    assert head is not None
    assert (head.execution, head.status) == (1, Status.FAILED)


async def test_an_event_that_the_history_does_not_have_is_told_in_the_dead_letter_queue() -> None:
    world = HostWorld()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.ended()
        await rewind(world, 99)
        await idle(world)

    (dead,) = await dead_letters(world)
    assert dead["DeadLetterReason"] == "RequestFailed"
    assert "expected an event of the history, 1 to" in dead["DeadLetterErrorDescription"]


async def test_a_rewound_instance_is_read_again_as_it_stands() -> None:
    world = HostWorld()
    async with world.hosting():
        await world.start("waiting")
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.until(world.turns)
        await rewind(world, 1)
        await in_execution(world, 2, Status.RUNNING)
    async with world.hosting():
        await world.raise_event("number", {"value": 4}, event_id="first")
        await world.raise_event("number", {"value": 2}, event_id="second")
        head = await world.ended()

    assert head.output == {"value": 42}


async def test_an_instance_goes_on_when_it_is_unblocked_after_its_code_was_put_right() -> None:
    world = a_world(toppling)
    async with world.hosting():
        await world.start("toppling", {"value": 1})
        await world.until(world.turns)
    wrong = deployed(world, unlike)
    async with wrong.working(), wrong.hosting():
        await in_execution(wrong, 1, Status.BLOCKED)
    right = deployed(world, mended)
    async with right.hosting():
        head = await right.head()
        assert head is not None
        await right.ask(OwnerRequest("request", "a", UNBLOCK, head.run, {"reason": "deployed"}))
        await in_execution(right, 1, Status.RUNNING)
        async with right.working():
            ended = await right.ended()

    whole = await right.history()
    assert ended.output == {"value": 3}
    assert any(isinstance(event, Unblocked) for event in whole)
    assert isinstance(whole[-1], SagaCompleted)
    assert not any(isinstance(event, SagaFailed) for event in whole)


async def test_an_instance_whose_code_still_does_not_fit_stays_blocked_when_it_is_tried_again() -> None:
    world = a_world(toppling)
    async with world.hosting():
        await world.start("toppling", {"value": 1})
        await world.until(world.turns)
    wrong = deployed(world, unlike)
    async with wrong.working(), wrong.hosting():
        await in_execution(wrong, 1, Status.BLOCKED)
        before = await wrong.history()
        head = await wrong.head()
        assert head is not None
        await wrong.ask(OwnerRequest("request", "a", UNBLOCK, head.run))
        await idle(wrong)

    assert await wrong.history() == before
