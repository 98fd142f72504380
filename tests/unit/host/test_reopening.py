import pytest

from durable import RetryPolicy, SagaContext, saga
from durable.events import ActivityFailed, CompensationSkipped, HistoryEvent, Resumed, SagaCompensationFailed
from durable.ids import message_id
from durable.messages import InstanceMessage
from durable.status import Status
from orchestrator.heads import Head
from tests.support.host_sagas import FAIL, SAGAS, UNDO, Number
from tests.support.host_world import HostWorld


@saga("stuck")
async def stuck(ctx: SagaContext, start: Number) -> Number:
    ctx.compensate(FAIL, start, retry=RetryPolicy(max_attempts=1))
    ctx.compensate(UNDO, start)
    return await ctx.call(FAIL, start)


@pytest.fixture
async def world() -> HostWorld:
    return HostWorld(sagas=(*SAGAS, stuck))


async def failed(world: HostWorld) -> Head:
    await world.start("stuck", {"value": 1})
    return await world.ended()


async def tell(world: HostWorld, event: HistoryEvent, id: str = "x") -> None:
    head = await world.head()
    assert head is not None
    kind = type(event).__name__
    await world.tell(InstanceMessage(message_id("a", head.run, kind, id), "a", event, head.run))


async def moved(world: HostWorld, before: Head) -> Head:
    async def has_moved() -> bool:
        head = await world.head()
        return head is not None and head.status.ended and head.updated_at != before.updated_at

    await world.until(has_moved)
    head = await world.head()
    assert head is not None
    return head


@pytest.mark.parametrize("anew", [True, False])
async def test_undos_that_failed_run_again_when_an_operator_resumes_them(world: HostWorld, *, anew: bool) -> None:
    async with world.working(), world.hosting():
        before = await failed(world)
        if not anew:
            await tell(world, Resumed(reason="mended"))
            after = await moved(world, before)
    if anew:
        async with world.working(), world.hosting():
            await tell(world, Resumed(reason="mended"))
            after = await moved(world, before)

    assert before.status is after.status is Status.COMPENSATION_FAILED
    history = await world.history()
    assert [type(event) for event in history].count(SagaCompensationFailed) == 2
    assert [type(event) for event in history].count(ActivityFailed) == 3
    await world.check()


async def test_an_undo_that_is_skipped_lets_the_instance_be_compensated(world: HostWorld) -> None:
    async with world.working(), world.hosting():
        before = await failed(world)
        end = (await world.history())[-1]
        assert isinstance(end, SagaCompensationFailed)
        (task_id,) = end.not_undone
        await tell(world, CompensationSkipped(task_id=task_id, reason="by hand"))
        after = await moved(world, before)

    assert after.status is Status.COMPENSATED
    await world.check()


async def test_what_is_told_to_an_instance_that_is_done_with_it_changes_nothing(world: HostWorld) -> None:
    async with world.working(), world.hosting():
        await failed(world)
        before = await world.history()
        await tell(world, CompensationSkipped(task_id=99, reason="no such task"))
        await world.start("chain", {"value": 1}, id="neighbour")
        await world.ended("neighbour")

    assert await world.history() == before
