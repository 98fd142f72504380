import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from durable.errors import MessageTooLarge, RefusedError
from durable.messages import Message
from tests.support.broker_world import BrokerWorld, ids, nothing_comes, some_messages, take, take_one

TOO_LARGE = b"x" * 2_000_000


class SendingContract:
    """What `Broker.send` promises and how `Receiver.receive` gives it."""

    async def test_a_message_arrives_with_all_that_was_sent(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        body = bytes(range(256))
        sent = Message(body, "id-1", properties={"traceparent": "00-ab", "naïve": "Füße"}, content_type="x/y")

        await world.broker.send(queue, [sent])

        delivery = await take_one(await world.broker.receiver(queue))
        assert (delivery.body, delivery.id, delivery.content_type) == (body, "id-1", "x/y")
        assert dict(delivery.properties) == {"traceparent": "00-ab", "naïve": "Füße"}
        assert (delivery.session, delivery.deliveries) == (None, 0)
        assert delivery.enqueued_at.utcoffset() == timedelta(0)

    async def test_a_message_without_an_id_arrives_with_none_or_one_of_the_service(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")

        await world.broker.send(queue, [Message(b"", ""), Message(b"2", "", content_type="")])

        first, second = await take(await world.broker.receiver(queue), 2)
        assert (first.body, first.content_type) == (b"", "application/json")
        assert (second.body, second.content_type) == (b"2", "")
        assert first.id == second.id == "" or first.id != second.id

    async def test_the_messages_of_one_call_arrive_in_order(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        messages = some_messages(300)

        await world.broker.send(queue, messages)

        assert ids(await take(await world.broker.receiver(queue), 300)) == [message.id for message in messages]

    async def test_sending_nothing_is_no_error(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")

        await world.broker.send(queue, [])

        assert await nothing_comes(await world.broker.receiver(queue))

    async def test_many_concurrent_sends_arrive_exactly_once(self, world: BrokerWorld) -> None:
        queue = world.fresh("sessions")
        calls = [some_messages(5, "s", f"call{n}") for n in range(60)]

        await asyncio.gather(*(world.broker.send(queue, call) for call in calls))

        arrived = ids(await take(session := await world.broker.session(queue, "s"), 300))
        assert sorted(arrived) == sorted(message.id for call in calls for message in call)
        for call in calls:
            positions = [arrived.index(message.id) for message in call]
            assert positions == sorted(positions)
        assert await nothing_comes(session)

    async def test_more_than_one_transfer_holds_arrives_whole_and_in_order(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        messages = [Message(bytes([n]) * 100_000, f"large-{n}") for n in range(12)]

        await world.broker.send(queue, messages)

        taken = await take(await world.broker.receiver(queue), 12)
        assert [(delivery.id, delivery.body) for delivery in taken] == [(m.id, m.body) for m in messages]

    async def test_an_unknown_destination_is_said_and_harms_no_other(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")

        with pytest.raises(world.absence):
            await world.broker.send("no-such-queue", some_messages(1))
        await world.broker.send(queue, some_messages(1))

        assert ids([await take_one(await world.broker.receiver(queue))]) == ["m-0"]

    async def test_a_too_large_message_fails_its_call_whole_and_no_other(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        calls = [some_messages(2, head="before"), [*some_messages(1), Message(TOO_LARGE, "big")], some_messages(2)]

        results = await asyncio.gather(
            *(world.broker.send(queue, call) for call in calls),
            return_exceptions=True,
        )

        assert [type(result) for result in results] == [type(None), MessageTooLarge, type(None)]
        receiver = await world.broker.receiver(queue)
        assert ids(await take(receiver, 4)) == ["before-0", "before-1", "m-0", "m-1"]

    async def test_a_message_without_session_is_refused_by_a_queue_with_sessions(self, world: BrokerWorld) -> None:
        with pytest.raises(RefusedError):
            await world.broker.send(world.fresh("sessions"), some_messages(1))

    async def test_a_scheduled_message_comes_when_it_is_due_and_not_before(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        receiver = await world.broker.receiver(queue)
        await world.broker.send(queue, [Message(b"", "probe")])
        probe = await take_one(receiver)
        due = probe.enqueued_at + timedelta(hours=1)

        await world.broker.send(queue, [Message(b"", "timer", due=due)])

        assert await nothing_comes(receiver)
        await world.pass_time(timedelta(hours=1))  # The lock of the probe ends on the way.
        taken = {delivery.id: delivery for delivery in await take(receiver, 2)}
        assert taken["timer"].enqueued_at >= due - timedelta(milliseconds=1)

    async def test_a_message_due_in_the_past_comes_at_once(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")

        await world.broker.send(queue, [Message(b"", "late", due=datetime(2020, 1, 1, tzinfo=UTC))])

        assert (await take_one(await world.broker.receiver(queue))).id == "late"

    async def test_a_repeated_id_is_dropped_and_confirmed(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")

        await world.broker.send(queue, some_messages(2))
        await world.broker.send(queue, some_messages(3))

        receiver = await world.broker.receiver(queue)
        assert ids(await take(receiver, 3)) == ["m-0", "m-1", "m-2"]
        assert await nothing_comes(receiver)

    async def test_a_repeated_id_is_news_when_the_window_has_passed(self, world: BrokerWorld) -> None:
        queue = world.fresh("plain")
        await world.broker.send(queue, some_messages(1))
        receiver = await world.broker.receiver(queue)
        await receiver.complete([await take_one(receiver)])

        await world.pass_time(timedelta(minutes=11))
        await world.broker.send(queue, some_messages(1))

        assert (await take_one(receiver)).id == "m-0"

    async def test_every_subscription_of_a_topic_gets_a_message(self, world: BrokerWorld) -> None:
        topic = world.fresh("topic")
        first, second = [await world.broker.receiver(f"{topic}/{name}") for name in ("first", "second")]

        await world.broker.send(topic, some_messages(2))

        assert ids(await take(first, 2)) == ["m-0", "m-1"]
        assert ids(await take(second, 2)) == ["m-0", "m-1"]

    async def test_an_unknown_source_is_said(self, world: BrokerWorld) -> None:
        topic = world.fresh("topic")

        for source in ("no-such-queue", f"{topic}/no-such-subscription", "no-such-queue/$deadletter"):
            with pytest.raises(world.absence):
                await world.broker.receiver(source)

    async def test_closing_twice_is_no_error(self, world: BrokerWorld) -> None:
        other = await world.other_process()
        receiver = await other.receiver(world.fresh("plain"))

        await receiver.close()
        await receiver.close()
        await other.close()
        await other.close()
