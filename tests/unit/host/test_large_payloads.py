"""Payloads in the object store, between a partition host, its store and its broker."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from pydantic import BaseModel

from durable import Activity, SagaContext, saga
from durable.events import ActivityCompleted, ActivityScheduled, EventReceived, SagaStarted
from durable.ids import message_id, run_id
from durable.messages import INSTANCES, Command, InstanceMessage
from durable.payload import PAYLOAD_INLINE_BYTES_MAX
from durable.sealed import PayloadRef
from durable.status import Status
from durable.vault import Place, sealed_message
from orchestrator.host.purge import purge_request
from tests.support.host_sagas import SAGAS
from tests.support.host_world import PARTITION, WINDOW, HostWorld

TEXT = "0123456789" * (PAYLOAD_INLINE_BYTES_MAX // 5)


class Page(BaseModel):
    text: str


ECHO = Activity("steps.echo-page", Page, Page)


@saga("paging")
async def paging(ctx: SagaContext, page: Page) -> Page:
    raised = await ctx.wait_for_event("page", Page)
    return await ctx.call(ECHO, raised)


class Large(HostWorld):
    """A world in which messages are sealed as their senders do it."""

    async def tell_sealed(self, message: InstanceMessage, run: str = "") -> None:
        await self.broker.send(INSTANCES, [await sealed_message(self.a_vault(), message, PARTITION, run=run)])

    async def start_paging(self, text: str = TEXT) -> str:
        start = InstanceMessage("start", "a", SagaStarted(saga="paging", input={"text": text}))
        await self.tell_sealed(start)
        return run_id("start")

    async def raise_page(self, text: str = TEXT + "!", event_id: str = "e") -> None:
        event = EventReceived(name="page", payload={"text": text})
        await self.tell_sealed(InstanceMessage(message_id("a", "", "EventReceived", event_id), "a", event))

    async def command(self) -> Command:
        receiver = await self.broker.receiver("commands.steps")
        (delivery,) = await receiver.receive(1, timedelta(hours=1))
        await receiver.complete([delivery])
        await receiver.close()
        return Command.from_message(delivery.body, delivery.properties)

    async def answer(self, command: Command, output: object) -> None:
        event = ActivityCompleted(task_id=command.task_id, name=command.activity, output=output)
        id_ = message_id("a", command.run, "ActivityCompleted", command.task_id, 1)
        await self.tell_sealed(InstanceMessage(id_, "a", event, command.run, 1))

    async def names(self, folder: str = "payloads") -> list[str]:
        return [info.name async for info in self.objects.list(folder)]

    async def stored(self) -> list[Any]:
        return [each.record async for each in self.store.scan(PARTITION, "a", "a~~")]

    async def blocked(self) -> dict[str, str]:
        async def is_blocked() -> bool:
            head = await self.head()
            return head is not None and head.status is Status.BLOCKED

        await self.until(is_blocked)
        head = await self.head()
        assert head is not None
        return dict(head.reasons)


def large_world() -> Large:
    return Large(sagas=(*SAGAS, paging))


async def test_large_payloads_go_by_reference_and_the_saga_sees_values() -> None:
    world = large_world()
    async with world.hosting():
        run = await world.start_paging()
        await world.raise_page()
        command = await world.command()
        output = await world.a_vault().open(command.input)
        await world.answer(command, output)
        head = await world.ended()

    assert head.status is Status.COMPLETED
    assert isinstance(head.input, PayloadRef)
    assert isinstance(head.output, PayloadRef)
    assert await world.a_vault().open(head.output) == {"text": TEXT + "!"}
    assert output == {"text": TEXT + "!"}
    assert max(len(orjson.dumps(record)) for record in await world.stored()) < 4000
    # One for the input; one for what the event, the command, the answer and the result all are, under two names.
    assert len(await world.names(f"payloads/a/{run}")) == 2
    assert len(await world.names("payloads/a/raised")) == 1


async def test_a_large_payload_of_a_stranger_becomes_one_of_the_instance() -> None:
    world = large_world()
    run = run_id("start")
    ref = await world.a_vault().seal({"text": TEXT}, Place("child", "00"))
    async with world.hosting():
        await world.tell(InstanceMessage("start", "a", SagaStarted(saga="paging", input=ref)))
        await world.until(world.turns)

    (started, *_) = await world.history()
    assert isinstance(started, SagaStarted)
    assert isinstance(started.input, PayloadRef)
    assert started.input.object.startswith(f"payloads/a/{run}/")
    assert await world.a_vault().open(started.input) == {"text": TEXT}


async def test_a_new_owner_reads_large_payloads_back_and_goes_on() -> None:
    world = large_world()
    async with world.hosting():
        await world.start_paging()
        await world.until(world.turns)
    async with world.hosting():
        await world.raise_page()
        command = await world.command()
    async with world.hosting():
        await world.answer(command, {"text": "short"})
        head = await world.ended()

    assert (head.status, head.output) == (Status.COMPLETED, {"text": "short"})


async def test_a_command_sent_again_carries_the_same_reference() -> None:
    world = large_world()
    async with world.hosting():
        await world.start_paging()
        await world.raise_page()
        first = await world.command()
    raised = EventReceived(name="page", payload={"text": "again"})
    await asyncio.sleep(WINDOW.total_seconds() + 1)
    async with world.hosting():
        repeat = InstanceMessage(message_id("a", "", "EventReceived", "e"), "a", raised)
        await world.tell(repeat, broker_id="again")
        second = await world.command()

    assert second == replace(first, resent=True)


async def test_a_message_whose_payload_is_gone_blocks_its_instance_and_is_kept_until_it_is_back() -> None:
    world = large_world()
    async with world.hosting():
        await world.start_paging()
        await world.until(world.turns)
    await world.raise_page()
    (name,) = await world.names("payloads/a/raised")
    body = await world.objects.get(name)
    await world.objects.delete(name)
    async with world.working(), world.hosting():
        reasons = await world.blocked()
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
        kept = [event for event in await world.history() if isinstance(event, EventReceived)]
    await world.objects.put(name, body)
    async with world.hosting():
        await world.raise_page("unread", event_id="wakes it up")
        command = await world.command()

    assert neighbour.status is Status.COMPLETED
    assert f"in object '{name}'; found none: put it back" in reasons["found"]
    assert "payload of EventReceived can't be read" in reasons["found"]
    assert len(kept) == 1
    assert isinstance(kept[0].payload, PayloadRef)
    assert await world.a_vault().open(command.input) == {"text": TEXT + "!"}


async def test_a_start_whose_input_is_gone_is_blocked_and_starts_when_it_is_back() -> None:
    world = large_world()
    run = await world.start_paging()
    (name,) = await world.names(f"payloads/a/{run}")
    body = await world.objects.get(name)
    await world.objects.delete(name)
    async with world.hosting():
        reasons = await world.blocked()
    await world.objects.put(name, body)
    async with world.hosting():
        await world.raise_page()
        command = await world.command()

    assert "input of SagaStarted can't be read" in reasons["found"]
    assert await world.a_vault().open(command.input) == {"text": TEXT + "!"}


async def test_a_history_whose_payload_is_damaged_is_blocked_and_goes_on_when_it_is_mended() -> None:
    world = large_world()
    async with world.hosting():
        run = await world.start_paging()
        await world.until(world.turns)
    (name,) = await world.names(f"payloads/a/{run}")
    body = await world.objects.get(name)
    await world.objects.put(name, body[:-1] + b" ")
    async with world.hosting():
        await world.raise_page()
        reasons = await world.blocked()
    await world.objects.put(name, body)
    async with world.hosting():
        await world.raise_page("unread", event_id="wakes it up")
        command = await world.command()

    assert "put the right ones back" in reasons["found"]
    assert await world.a_vault().open(command.input) == {"text": TEXT + "!"}


async def test_purging_takes_the_payloads_along() -> None:
    world = large_world()
    async with world.hosting():
        run = await world.start_paging()
        await world.raise_page()
        await world.answer(await world.command(), {"text": TEXT})
        await world.ended()
        await world.ask(purge_request("a", run))
        await world.until(world.tombstone)

    assert await world.names() == []


async def test_a_small_instance_writes_no_object() -> None:
    world = large_world()
    async with world.working(), world.hosting():
        await world.start("chain", {"value": 1})
        await world.ended()

    assert await world.names() == []
    scheduled = [event for event in await world.history() if isinstance(event, ActivityScheduled)]
    assert scheduled[0].input == {"value": 1}
