import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from durable import CloudEvent, SagaContext, saga
from durable.adapters.memory import LoopClock, MemoryObjects
from durable.cloudevent import CONTENT_TYPE
from durable.errors import BrokerUnavailable, MessageTooLarge, UnknownDestination
from durable.events import EventReceived, SagaStarted
from durable.ids import instance_id_for, partition_of
from durable.messages import EVENTS, INSTANCES, InstanceMessage, Message
from durable.ports import Delivery, Receiver
from durable.telemetry.metrics.declared import EVENTS_ROUTED
from durable.telemetry.tracing import Tracing
from durable.vault import Vault
from orchestrator.engine import Registry
from orchestrator.router import SUBSCRIPTION, Router
from orchestrator.routings import Routings, Settlement
from orchestrator.sends import telling_sends
from tests.support.api_world import memory_broker
from tests.support.ports_with_faults import FaultyBroker

PARTITIONS = 4
TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


@saga("ship", starts_on="order.paid", key="order.id")
async def ship(ctx: SagaContext, order: dict[str, object]) -> None: ...


@saga("thank", starts_on="order.paid", starts_if=lambda event: isinstance(event.data, dict) and "note" in event.data)
async def thank(ctx: SagaContext, order: dict[str, object]) -> None: ...


@saga("choosy", starts_on="order.lost", starts_if=lambda event: bool(1 / 0))
async def choosy(ctx: SagaContext, order: dict[str, object]) -> None: ...


@saga("settle-order", resumes_on={"payment.captured": ("payment", "order.id")})
async def settle_order(ctx: SagaContext, order: dict[str, object]) -> None: ...


@saga("settle-order", version="2", resumes_on={"payment.captured": ("payment", "order_id")})
async def settle_order_2(ctx: SagaContext, order: dict[str, object]) -> None: ...


@saga("sweep", starts_on="night.fell", singleton=True, resumes_on={"payment.captured": ("payment", "whatever")})
async def sweep(ctx: SagaContext, night: dict[str, object]) -> None: ...


def an_event(data: object, type: str = "order.paid", id: str = "1") -> CloudEvent:
    return CloudEvent(id, "/shop", type, data)


class World:
    def __init__(self, failures: int = 0, tracing: Tracing | None = None) -> None:
        self.memory = memory_broker(LoopClock())
        self.broker = FaultyBroker(self.memory, [BrokerUnavailable("away")] * failures)
        self.router = Router(
            telling_sends(self.broker, tracing, LoopClock()),
            Registry([ship, thank, choosy, settle_order, settle_order_2, sweep]),
            PARTITIONS,
            Vault(MemoryObjects()),
            routings=None if tracing is None else Routings(tracing, LoopClock()),
        )

    async def publish(self, *events: CloudEvent | bytes) -> None:
        bodies = [event if isinstance(event, bytes) else event.to_json() for event in events]
        messages = [
            Message(body, f"m{number}", properties=TRACE, content_type=CONTENT_TYPE)
            for number, body in enumerate(bodies)
        ]
        await self.memory.send(EVENTS, messages)

    @asynccontextmanager
    async def routing(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.router.run())
        yield
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def started(self, instance_id: str) -> list[InstanceMessage]:
        found: Sequence[Delivery] = ()
        while not found:
            receiver = await self.memory.session(INSTANCES, partition_of(instance_id, PARTITIONS))
            found = await receiver.receive(100, timedelta(seconds=5))
            await receiver.close()
        return [InstanceMessage.from_body(each.body, each.properties) for each in found]

    async def dead(self) -> Delivery:
        receiver = await self.memory.receiver(f"{SUBSCRIPTION}/$deadletter")
        (found,) = await receiver.receive(10, timedelta(hours=1))
        return found


async def test_what_events_lead_to_is_counted_by_their_type() -> None:
    world = World()
    await world.publish(an_event({"order": {"id": 17}, "note": "soon"}))
    async with world.routing():
        await world.started(instance_id_for("ship", "17"))

    assert world.router.metrics.value(EVENTS_ROUTED, "order.paid") == 2


async def test_an_event_starts_the_instance_that_its_key_names() -> None:
    world = World()
    await world.publish(an_event({"order": {"id": 17}}))
    async with world.routing():
        (message,) = await world.started("ship:17")

    assert message.instance_id == "ship:17"
    assert message.event == SagaStarted(
        saga="ship", input={"order": {"id": 17}}, started_by=("/shop", "1"), message_id=message.id
    )
    assert TRACE.items() <= dict(message.trace).items()


async def test_an_event_may_start_several_sagas_and_one_without_a_key_is_named_after_the_event() -> None:
    world = World()
    event = an_event({"order": {"id": "a b"}, "note": "quick"})
    starts = await world.router.messages_of(await delivered(world, event))

    ids = [InstanceMessage.from_body(start.body, {}).instance_id for start in starts]
    assert ids[0] == instance_id_for("ship", "a b")
    assert ids[1].startswith("thank:")
    assert [start.session for start in starts] == [partition_of(id, PARTITIONS) for id in ids]


async def test_the_same_event_gives_the_same_starts_however_often_it_comes() -> None:
    world = World()
    event = an_event({"order": {"id": 17}, "note": ""})

    first = await world.router.messages_of(await delivered(world, event))
    second = await world.router.messages_of(await delivered(world, event))

    assert [(one.id, one.session, one.body) for one in first] == [(one.id, one.session, one.body) for one in second]


async def delivered(world: World, event: CloudEvent) -> Delivery:
    return Delivery(event.to_json(), "m", {}, CONTENT_TYPE, None, 0, LoopClock().now(), None)


@pytest.mark.parametrize(
    ("event", "reason", "told"),
    [
        (b"no json", "Undecodable", "expected a CloudEvent in JSON"),
        (
            an_event({}, type="order.eaten"),
            "NoSaga",
            "no saga starts or resumes on event type 'order.eaten' with such data",
        ),
        (an_event({"order": {"id": True}}), "NoKey", "expects text or a number at 'order.id' of the data; found True"),
        (an_event({"order": 3}), "NoKey", "found None"),
        (an_event({"order_id": ""}, type="payment.captured"), "NoKey", "expects text or a number at 'order_id'"),
        (an_event({}, type="order.lost"), "SagaFailedToDecide", "it raised ZeroDivisionError"),
    ],
)
async def test_what_starts_nothing_goes_to_the_dead_letter_queue_with_the_reason_and_harms_no_neighbour(
    event: CloudEvent | bytes, reason: str, told: str
) -> None:
    world = World()
    await world.publish(event, an_event({"order": {"id": 17}}, id="2"))
    async with world.routing():
        (neighbour,) = await world.started("ship:17")
        dead = await world.dead()

    assert dead.properties["DeadLetterReason"] == reason
    assert told in dead.properties["DeadLetterErrorDescription"]
    assert neighbour.instance_id == "ship:17"


async def test_an_event_is_routed_once_the_broker_takes_its_starts_again() -> None:
    world = World(failures=2)
    await world.publish(an_event({"order": {"id": 17}}))
    async with world.routing():
        (message,) = await world.started("ship:17")

    assert [destination for destination, _ in world.broker.calls] == [INSTANCES] * 3
    assert message.instance_id == "ship:17"


async def test_an_event_whose_start_no_message_can_carry_is_dead_lettered_and_the_others_go_on() -> None:
    world = World()
    world.broker.errors = [MessageTooLarge("too large")] * 2
    await world.publish(an_event({"order": {"id": 1}}, id="1"), an_event({"order": {"id": 2}}, id="2"))
    async with world.routing():
        dead = await world.dead()
        (message,) = await world.started("ship:2")

    assert dead.properties["DeadLetterReason"] == "TooLarge"
    assert CloudEvent.from_json(dead.body).id == "1"
    assert message.instance_id == "ship:2"


async def test_events_wait_while_the_queue_of_instances_is_not_there() -> None:
    world = World()
    world.broker.errors = [UnknownDestination("instances")] * 2
    await world.publish(an_event({"order": {"id": 1}}))
    async with world.routing():
        (message,) = await world.started("ship:1")

    assert message.instance_id == "ship:1"


async def raised_by(world: World, event: CloudEvent) -> dict[str, InstanceMessage]:
    messages = await world.router.messages_of(await delivered(world, event))
    read = [InstanceMessage.from_body(message.body, {}) for message in messages]
    assert [message.session for message in messages] == [partition_of(each.instance_id, PARTITIONS) for each in read]
    return {message.instance_id: message for message in read}


async def test_an_event_is_raised_to_the_instances_that_its_data_names_by_the_newest_version() -> None:
    world = World()
    event = an_event({"order_id": 17}, type="payment.captured")

    raised = await raised_by(world, event)

    assert set(raised) == {"settle-order:17", "sweep"}
    told = raised["settle-order:17"].event
    assert isinstance(told, EventReceived)
    assert (told.name, told.payload) == ("payment", {"order_id": 17})
    assert raised == await raised_by(world, event)


async def test_two_events_of_one_key_are_two() -> None:
    world = World()

    ids = [
        (await raised_by(world, an_event({"order_id": 17}, "payment.captured", id)))["settle-order:17"].id
        for id in ("1", "2")
    ]

    assert len(set(ids)) == 2


async def test_a_singleton_is_started_under_the_name_of_its_saga_and_again_once_it_has_ended() -> None:
    world = World()

    first, second = [(await raised_by(world, an_event({}, "night.fell", id)))["sweep"] for id in ("1", "2")]

    assert isinstance(first.event, SagaStarted)
    assert isinstance(second.event, SagaStarted)
    assert first.event.if_exists == second.event.if_exists == "restart_if_ended"
    assert first.event.request_id != second.event.request_id
    assert first.id != second.id


async def test_an_event_is_settled_once_the_span_told_of_it_has_left() -> None:
    left: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    tracing = Tracing(lambda _: None, "bus", lambda _: True, leave=lambda: left)
    world = World()
    await world.publish(an_event({"order": {"id": 17}}))
    receiver: Any = Counting(await world.memory.receiver(SUBSCRIPTION))
    settlement = Settlement(receiver, Routings(tracing, LoopClock()))

    await settlement.settle(await receiver.receive(1, timedelta(seconds=1)))
    await asyncio.sleep(0)
    assert receiver.settled == 0

    left.set_result(None)
    await settlement.close()
    assert receiver.settled == 1


class Counting:
    """A receiver that counts what was settled."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.settled = 0

    async def complete(self, deliveries: Sequence[Delivery]) -> None:
        self.settled += len(deliveries)
        await self._receiver.complete(deliveries)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._receiver, name)
