"""Neither lines nor metrics nor spans hold anything of what sagas, activities and events carry."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import BaseModel

from durable import Activity, CloudEvent, RetryPolicy, SagaContext, saga
from durable.adapters.memory import LoopClock, MemoryObjects
from durable.adapters.metered import MeteredBroker, MeteredStore
from durable.cloudevent import CONTENT_TYPE
from durable.events import EventReceived
from durable.messages import EVENTS, INSTANCES, InstanceMessage, Message
from durable.telemetry.metrics import Metrics
from durable.telemetry.tracing import recording
from durable.vault import Vault
from durable.worker import Worker
from orchestrator.engine import Registry
from orchestrator.router import Router
from tests.support import worker_world
from tests.support.api_world import memory_broker
from tests.support.host_sagas import MEASURE, UNDO, Number, Text
from tests.support.host_world import HostWorld
from tests.support.ingestor_world import IngestorWorld
from tests.support.marked import MARK, assert_unseen, at_debug, said_of
from tests.support.worker_world import SHOUT, a_command, a_world


class Note(BaseModel):
    text: str
    number: int = 0


STRANGE = Activity("nowhere.at-all", Note, Note)


@saga("marked", starts_on="note.written", key="text")
async def marked(ctx: SagaContext, note: Note) -> Note:
    ctx.log.info("begins")
    ctx.set_status({"note": note.text})
    ctx.set_tags({"note": note.text})
    if note.number == 2:
        ctx.compensate(UNDO, Number(value=1))
    await ctx.call(MEASURE, Text(text=note.text))
    told = await ctx.wait_for_event("told", Note)
    await ctx.gather(ctx.call(STRANGE, told, retry=RetryPolicy(max_attempts=2)), return_exceptions=True)
    if note.number == 2:
        raise LookupError("nothing found")
    return told


async def test_of_sagas_in_all_that_a_host_does(caplog: pytest.LogCaptureFixture) -> None:
    at_debug(caplog)
    world, metrics = HostWorld(sagas=[marked]), Metrics()
    tracing, spans = recording()
    broker, store = MeteredBroker(world.broker, metrics, world.clock), MeteredStore(world.store, metrics)
    ports = replace(world.ports(broker, store), metrics=metrics, tracing=tracing)
    note = {"text": MARK}
    async with world.working(), world.hosting(ports) as host:
        await world.raise_event("told", note, id="a", event_id="early")
        for number, id_ in enumerate("abc"):
            await world.start(marked, {**note, "number": number}, id=id_)
        await world.start(marked, {"text": [MARK]}, id="rejected")
        await world.tell(InstanceMessage("x", "nobody", EventReceived(name="told", payload=note)))
        await broker.send(INSTANCES, [Message(f'{{"v": 99, "text": "{MARK}"}}'.encode(), "bad", session="000")])
        await broker.send(INSTANCES, [Message(MARK.encode(), "worse", session="000")])
        for id_ in "bc":
            await world.raise_event("told", note, id=id_, event_id=f"to-{id_}")
        for id_ in ("a", "b", "c", "rejected"):
            await world.ended(id_)
        await asyncio.sleep(timedelta(hours=26).total_seconds())
        assert host is not None

    assert len(said_of(caplog)) > 10
    assert len(spans) > 10
    assert_unseen(caplog, metrics, spans)


async def test_of_commands_in_all_that_a_worker_does(caplog: pytest.LogCaptureFixture) -> None:
    at_debug(caplog)
    metrics, (tracing, spans), worker = Metrics(), recording(), Worker("texts")

    @worker.handles(SHOUT)
    async def shout(text: worker_world.Text) -> worker_world.Text:
        if text.text != MARK:
            raise ValueError("another text")
        return text

    async with a_world(worker, metrics=metrics, tracing=tracing) as world:
        await world.send(
            a_command(input={"text": MARK}),
            a_command(input={"text": f"{MARK} again"}),
            a_command(input={"text": [MARK]}),
            a_command(activity="texts.unknown", input={"text": MARK}),
        )
        await world.send_body(f'{{"v": 99, "text": "{MARK}"}}'.encode())
        await world.send_body(f'{{"v": 1, "instance_id": "a", "attempt": "{MARK}", "activity": ["{MARK}"]}}'.encode())
        await world.completions(4)
        await world.left_in_queue()

    assert said_of(caplog)
    assert len(spans) >= 4
    assert_unseen(caplog, metrics, spans)


async def test_of_events_in_all_that_the_router_does(caplog: pytest.LogCaptureFixture) -> None:
    at_debug(caplog)
    metrics, broker = Metrics(), memory_broker(LoopClock())
    router = Router(broker, Registry([marked]), 4, Vault(MemoryObjects()), metrics)
    data = [{"text": MARK}, {"text": [MARK]}, [MARK]]
    events = [CloudEvent(str(number), "/notes", "note.written", one) for number, one in enumerate(data)]
    messages = [Message(event.to_json(), event.id, content_type=CONTENT_TYPE) for event in events]
    await broker.send(EVENTS, [*messages, Message(f'{{"text": "{MARK}"}}'.encode(), "bad", content_type=CONTENT_TYPE)])
    running = asyncio.create_task(router.run())
    await asyncio.sleep(60)
    running.cancel()

    assert len(said_of(caplog)) == 3
    assert_unseen(caplog, metrics, [])


async def test_of_requests_in_all_that_the_ingestor_does(caplog: pytest.LogCaptureFixture) -> None:
    at_debug(caplog)
    tracing, spans = recording()
    world = IngestorWorld(tracing=tracing)
    client = world.client()
    for body in (
        f'{{"specversion": "1.0", "id": "1", "source": "/x", "type": "rows.received", "data": {{"no": "{MARK}"}}}}',
        f'{{"specversion": "1.0", "id": "1", "source": "/x", "type": "{MARK}", "data": {{}}}}',
        f'{{"text": "{MARK}"',
    ):
        await client.post("/events", body.encode(), {"content-type": "application/cloudevents+json"})
        await client.post(
            "/events", body.encode(), {"content-type": "application/json", "aeg-event-type": "Notification"}
        )

    assert_unseen(caplog, world.metrics, spans)
