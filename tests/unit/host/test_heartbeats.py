import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import count

from durable import RetryPolicy, SagaContext, Timeouts, saga
from durable.control import CONTROL, ActivityHeartbeat, CancelActivity
from durable.events import ActivityFailed, SagaTerminated
from durable.failure import Failure
from durable.ids import message_id
from durable.messages import INSTANCES, Command, InstanceMessage
from durable.status import Status
from tests.support.host_sagas import ADD_ONE, SAGAS, Number
from tests.support.host_world import PARTITION, HostWorld

SECOND = timedelta(seconds=1)
AGAIN = RetryPolicy(max_attempts=2, first_delay=SECOND, jitter="none")


@saga("hasty")
async def hasty(ctx: SagaContext, start: Number) -> Number:
    timeouts = Timeouts(schedule_to_start=30 * SECOND, schedule_to_close=300 * SECOND)
    return await ctx.call(ADD_ONE, start, timeouts=timeouts, retry=AGAIN)


@saga("fickle")
async def fickle(ctx: SagaContext, start: Number) -> Number:
    call = ctx.call(ADD_ONE, start)
    await ctx.wait_for_event("enough", Number)
    call.cancel()
    return await ctx.wait_for_event("number", Number)


class World(HostWorld):
    """A host whose commands nobody takes but the test."""

    def __post_init__(self) -> None:
        self.sagas = (*SAGAS, hasty, fickle)
        super().__post_init__()
        self.beats = count()

    async def command(self) -> Command:
        receiver = await self.broker.receiver("commands.steps")
        (delivery,) = await receiver.receive(1, timedelta(hours=1))
        await receiver.complete([delivery])
        await receiver.close()
        return Command.from_message(delivery.body, delivery.properties)

    async def beat(self, command: Command, detail: object = None, control: str = "replica") -> None:
        heartbeat = ActivityHeartbeat(
            f"beat {next(self.beats)}",
            command.instance_id,
            command.run,
            command.execution,
            command.task_id,
            command.attempt,
            command.activity,
            detail,
            "a worker",
            control,
        )
        await self.broker.send(INSTANCES, [heartbeat.to_message(PARTITION)])
        await asyncio.sleep(1)

    async def cancels(self, control: str = "replica") -> list[CancelActivity]:
        receiver = await self.broker.session(CONTROL, control)
        found = await receiver.receive(10, SECOND)
        await receiver.complete(found)
        await receiver.close()
        return [CancelActivity.from_body(each.body, each.properties) for each in found]

    async def failures(self) -> list[ActivityFailed]:
        return [event for event in await self.history() if isinstance(event, ActivityFailed)]


async def nothing_left(world: HostWorld) -> bool:
    receiver = await world.broker.session(INSTANCES, PARTITION)
    left = await receiver.receive(10, SECOND)
    await receiver.close()
    return not left


async def test_a_heartbeat_causes_no_turn_and_is_settled() -> None:
    world = World()
    async with world.hosting():
        await world.start("hasty", {"value": 1})
        await world.beat(await world.command(), {"done": 1})
        turns = await world.turns()

    assert len(turns) == 1
    assert await nothing_left(world)
    assert await world.cancels() == []


async def test_a_heartbeat_is_counted_with_the_next_turn() -> None:
    costs = []
    for beats in (0, 3):
        world = World()
        async with world.hosting():
            await world.start("chain", {"value": 1})
            command = await world.command()
            for _ in range(beats):
                await world.beat(command)
            await world.tell(InstanceMessage("end", "a", SagaTerminated(reason="enough")))
            head = await world.ended()
        assert head.cost is not None
        costs.append(head.cost.totals()["messages"])

    assert costs[1] == costs[0] + 3


async def test_an_attempt_that_was_heard_of_has_started_in_time() -> None:
    world = World()
    async with world.hosting():
        await world.start("hasty", {"value": 1})
        await world.beat(await world.command())
        await asyncio.sleep(60)

        assert await world.failures() == []
        await asyncio.sleep(300)

    assert [failed.failure.details for failed in await world.failures()] == [{"kind": "schedule_to_close"}]


async def test_an_attempt_that_nobody_heard_of_has_not_started_in_time() -> None:
    world = World()
    async with world.hosting():
        await world.start("hasty", {"value": 1})
        await world.command()
        await asyncio.sleep(60)

    assert (await world.failures())[0].failure.details == {"kind": "schedule_to_start"}


async def test_the_last_detail_of_an_attempt_goes_with_its_failure_to_the_next() -> None:
    world = World()
    async with world.hosting():
        await world.start("hasty", {"value": 1})
        command = await world.command()
        await world.beat(command, {"done": 1})
        await world.beat(command, {"done": 2})
        failed = ActivityFailed(task_id=command.task_id, attempt=1, failure=Failure("shop.Broken", "it broke"))
        await world.tell(InstanceMessage("failed", "a", failed, command.run, 1))
        again = await world.command()

    (recorded,) = await world.failures()
    assert recorded.heartbeat == {"done": 2}
    assert (again.attempt, again.last_heartbeat) == (2, {"done": 2})


async def test_an_attempt_that_was_heard_of_is_cancelled_when_it_is_given_up() -> None:
    world = World()
    async with world.hosting():
        await world.start("fickle", {"value": 1})
        command = await world.command()
        await world.beat(command)
        await world.raise_event("enough", {"value": 1})
        await asyncio.sleep(1)
        (cancel,) = await world.cancels()
        await world.beat(command)
        again = await world.cancels()

    assert (cancel.instance_id, cancel.task_id, cancel.attempt) == ("a", command.task_id, 1)
    assert again == []


async def test_an_attempt_that_is_heard_of_after_it_was_given_up_is_cancelled_once_by_each_owner() -> None:
    world = World()
    async with world.hosting():
        await world.start("fickle", {"value": 1})
        command = await world.command()
        await world.raise_event("enough", {"value": 1})
        await asyncio.sleep(1)
        await world.beat(command)
        await world.beat(command)
        await world.beat(command, control="another")
        first, other = await world.cancels(), await world.cancels("another")
    await asyncio.sleep(3600)
    async with world.hosting():
        await world.beat(command)
        again = await world.cancels()

    assert [len(first), len(other), len(again)] == [1, 1, 1]


async def test_an_attempt_of_an_instance_that_has_ended_is_cancelled() -> None:
    world = World()
    async with world.hosting():
        await world.start("hasty", {"value": 1})
        command = await world.command()
        end = SagaTerminated(reason="enough")
        await world.tell(InstanceMessage(message_id("a", "", "SagaTerminated", "x"), "a", end))
        assert (await world.ended()).status is Status.TERMINATED
        await world.beat(command)
        await world.beat(replace(command, run="another run", task_id=9))

        cancels = await world.cancels()

    assert [cancel.run for cancel in cancels] == [command.run, "another run"]


async def test_a_heartbeat_for_an_instance_that_never_was_is_settled() -> None:
    world = World()
    async with world.hosting():
        await world.start("hasty", {"value": 1})
        command = await world.command()
        await world.beat(replace(command, instance_id="nobody"))

    assert await world.cancels() == []
    assert await nothing_left(world)
