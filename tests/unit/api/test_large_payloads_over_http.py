"""Inputs, events and outputs above what a message carries, over HTTP."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from durable.adapters.memory import MemoryObjects, MemoryStore
from durable.errors import TransientError
from durable.events import ActivityCompleted, EventReceived, SagaStarted
from durable.objects import ObjectInfo
from durable.payload import PAYLOAD_INLINE_BYTES_MAX
from durable.ports import Operation, Receipt
from durable.sealed import PayloadRef
from durable.status import Status
from durable.vault import Place, Vault, delete_payloads
from tests.support.api_world import ApiWorld

NOTE = "0123456789" * (PAYLOAD_INLINE_BYTES_MAX // 5)
INPUT = {"amount": 1, "note": NOTE}


class PurgingStore(MemoryStore):
    """Loses all objects just before a head is written, as a purge of an earlier run would."""

    def __init__(self, objects: MemoryObjects) -> None:
        super().__init__()
        self.objects = objects

    async def write(self, partition: str, operations: Sequence[Operation]) -> Receipt:
        await delete_payloads(self.objects, "a")
        return await super().write(partition, operations)


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


async def test_a_large_input_starts_an_instance_whose_records_are_small(world: ApiWorld) -> None:
    answer = await world.client().post("/sagas/pay/instances?instance_id=a", INPUT)

    head = await world.head("a")
    (message,) = await world.messages("a")
    assert answer.status == 202
    assert head is not None
    assert isinstance(head.input, PayloadRef)
    assert head.input.object.startswith(f"payloads/a/{head.run}/")
    assert isinstance(message.event, SagaStarted)
    assert message.event.input == head.input
    assert await Vault(world.objects).open(head.input) == INPUT


async def test_a_large_input_is_shown_as_data(world: ApiWorld) -> None:
    await world.client().post("/sagas/pay/instances?instance_id=a", INPUT)

    shown = (await world.client().get("/instances/a")).json

    assert shown["input"] == INPUT
    assert "input_ref" not in shown


async def test_an_output_whose_object_is_gone_is_shown_as_its_reference(world: ApiWorld) -> None:
    ref = await Vault(world.objects).seal(INPUT, Place("a", "run"))
    assert isinstance(ref, PayloadRef)
    await world.objects.delete(ref.object)
    await world.put_head(replace(world.a_head("a", Status.COMPLETED), output=ref))

    shown = (await world.client().get("/instances/a")).json

    assert (shown["output"], shown["output_ref"]["object"]) == (None, ref.object)


async def test_a_large_event_is_raised_by_reference_under_the_run_of_its_instance(world: ApiWorld) -> None:
    await world.put_head(world.a_head("a"))

    answer = await world.client().post("/instances/a/events/page", {"text": NOTE})

    (message,) = await world.messages("a")
    assert answer.status == 202
    assert isinstance(message.event, EventReceived)
    assert isinstance(message.event.payload, PayloadRef)
    assert message.event.payload.object.startswith("payloads/a/00aa00aa00aa00aa/")


async def test_a_history_shows_references(world: ApiWorld) -> None:
    ref = await Vault(world.objects).seal(INPUT, Place("a", "run"))
    await world.put_head(world.a_head("a"))
    await world.put_turn(world.a_turn(1, ActivityCompleted(task_id=1, output=ref)))

    (event,) = (await world.client().get("/instances/a/history")).json["events"]

    assert isinstance(ref, PayloadRef)
    assert event["output_ref"] == {"object": ref.object, "bytes": ref.bytes, "hash": ref.hash}


async def test_a_history_is_resolved_on_request(world: ApiWorld) -> None:
    ref = await Vault(world.objects).seal(INPUT, Place("a", "run"))
    await world.put_head(world.a_head("a"))
    await world.put_turn(world.a_turn(1, ActivityCompleted(task_id=1, output=ref)))

    (event,) = (await world.client().get("/instances/a/history?resolve=true")).json["events"]

    assert event["output"] == INPUT


async def test_a_start_while_the_object_store_is_away_is_unavailable_and_starts_nothing(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(name: str, data: object) -> ObjectInfo:
        raise TransientError("away")

    monkeypatch.setattr(world.objects, "put", away)
    monkeypatch.setattr("orchestrator.operations.patience.PATIENCE", timedelta(milliseconds=1))

    answer = await world.client().post("/sagas/pay/instances?instance_id=a", INPUT)

    assert answer.status == 503
    assert "nothing has started" in orjson.loads(answer.body)["detail"]
    assert await world.head("a") is None


async def test_an_input_that_a_purge_took_along_before_its_head_was_written_is_written_again(world: ApiWorld) -> None:
    world.store = PurgingStore(world.objects)

    await world.client().post("/sagas/pay/instances?instance_id=a", INPUT)

    head = await world.head("a")
    assert head is not None
    assert await Vault(world.objects).open(head.input) == INPUT
