"""Payloads sealed and opened: in place, or in the object store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from durable.adapters.memory import MemoryObjects
from durable.codec import decode_event, encode_event
from durable.errors import PayloadUnreadable, TransientError, UndecodableMessage
from durable.events import ActivityCompleted, ActivityFailed, CarriedUndo, EventReceived, HistoryEvent, SagaStarted
from durable.failure import Failure
from durable.messages import Command, InstanceMessage
from durable.objects import ObjectInfo
from durable.payload import PAYLOAD_INLINE_BYTES_MAX
from durable.sealed import PayloadRef, folder_of
from durable.vault import Place, Vault, delete_payloads, open_command, open_event, seal_event, sealed_message

PLACE = Place("order:7", "0123456789abcdef")
LARGE = ["x" * PAYLOAD_INLINE_BYTES_MAX]
TEXT = "x" * (PAYLOAD_INLINE_BYTES_MAX // 2)


class CountingObjects(MemoryObjects):
    """Counts writes, and is away as often as it is told."""

    def __init__(self, away: int = 0) -> None:
        super().__init__()
        self.puts: list[str] = []
        self.away = away

    async def put(self, name: str, data: bytes | AsyncIterable[bytes]) -> ObjectInfo:
        if self.away:
            self.away -= 1
            raise TransientError("away")
        self.puts.append(name)
        return await super().put(name, data)


def written_and_read(event: HistoryEvent) -> HistoryEvent:
    return decode_event(orjson.loads(orjson.dumps(encode_event(event))))


async def a_ref(vault: Vault) -> PayloadRef:
    ref = await vault.seal(LARGE, PLACE)
    assert isinstance(ref, PayloadRef)
    return ref


async def test_a_payload_up_to_the_limit_stays_where_it_is() -> None:
    objects = CountingObjects()
    data = ["x" * (PAYLOAD_INLINE_BYTES_MAX - 4)]

    assert await Vault(objects).seal(data, PLACE) is data
    assert objects.puts == []


async def test_a_larger_one_lies_under_instance_run_and_hash() -> None:
    objects = MemoryObjects()
    vault = Vault(objects)

    ref = await a_ref(vault)

    assert ref.object == f"payloads/order:7/0123456789abcdef/{ref.hash}"
    assert (ref.of, ref.run, ref.bytes) == ("order:7", "0123456789abcdef", PAYLOAD_INLINE_BYTES_MAX + 4)
    assert await objects.get(ref.object) == orjson.dumps(LARGE)
    assert await vault.open(ref) == LARGE


async def test_the_same_data_is_written_once_by_whoever_wrote_or_read_it() -> None:
    objects = CountingObjects()
    first, second = Vault(objects), Vault(objects)
    ref = await a_ref(first)

    await a_ref(first)
    await second.open(ref)
    again = await a_ref(second)

    assert again == ref
    assert objects.puts == [ref.object]


async def test_another_instance_gets_an_object_of_its_own() -> None:
    objects = CountingObjects()
    vault = Vault(objects)
    ref = await a_ref(vault)

    own = await vault.seal(await vault.open(ref), Place("parent", "00"))

    assert isinstance(own, PayloadRef)
    assert (own.of, own.hash) == ("parent", ref.hash)
    assert objects.puts == [ref.object, own.object]


async def test_an_object_store_that_is_away_is_waited_for() -> None:
    objects = CountingObjects(away=2)
    vault = Vault(objects)

    assert await vault.open(await a_ref(vault)) == LARGE


async def test_an_object_that_is_gone_is_named() -> None:
    objects = MemoryObjects()
    ref = await a_ref(Vault(objects))
    await objects.delete(ref.object)

    with pytest.raises(PayloadUnreadable, match=rf"expected 65540 bytes in object '{ref.object}'; found none"):
        await Vault(objects).open(ref)


async def test_an_object_that_holds_something_else_is_refused() -> None:
    objects = MemoryObjects()
    ref = await a_ref(Vault(objects))
    await objects.put(ref.object, b'["other"]')

    with pytest.raises(PayloadUnreadable, match=rf"SHA-256 {ref.hash}.*found 9 with"):
        await Vault(objects).open(ref)


async def test_a_reference_of_a_size_that_no_payload_has_is_not_even_fetched() -> None:
    ref = replace(await a_ref(Vault(MemoryObjects())), bytes=10**12)

    with pytest.raises(PayloadUnreadable, match="expected a payload of at most"):
        await Vault(MemoryObjects()).open(ref)


async def test_purging_takes_the_payloads_of_all_runs_and_of_no_other_instance() -> None:
    objects = MemoryObjects()
    vault = Vault(objects)
    await a_ref(vault)
    await vault.seal(LARGE, Place("order:7", "another"))
    await vault.seal(LARGE, Place("order:77", "run"))
    await objects.put("order:7/file", b"a file of a worker")

    await delete_payloads(objects, "order:7")
    await delete_payloads(objects, "never-was")

    assert [info.name async for info in objects.list("payloads/order:7")] == []
    assert len([info async for info in objects.list("payloads/order:77")]) == 1
    assert await objects.get("order:7/file") == b"a file of a worker"


@pytest.mark.parametrize("instance_id", ["..", ".", "a..", "A-b_c:d.e", "9" * 128])
async def test_every_legal_instance_id_has_a_folder(instance_id: str) -> None:
    vault = Vault(MemoryObjects())

    ref = await vault.seal(LARGE, Place(instance_id, "run"))

    assert isinstance(ref, PayloadRef)
    assert ref.of == instance_id
    assert ref.object.startswith(folder_of(instance_id) + "/run/")
    assert await vault.open(ref) == LARGE


async def test_every_kind_of_payload_of_an_event_is_sealed_and_comes_back_equal() -> None:
    vault = Vault(MemoryObjects())
    event = SagaStarted(
        saga="s",
        input=LARGE,
        event=("early", LARGE),
        events=(("first", TEXT), ("second", TEXT), ("third", TEXT)),
        undos=(CarriedUndo(name="undo", input=LARGE),),
        tags={"a": "b"},
    )

    sealed = await seal_event(vault, event, PLACE)
    record = encode_event(sealed)

    assert {name for name in record if name.endswith("_ref")} == {"input_ref", "event_ref", "events_ref", "undos_ref"}
    assert len(orjson.dumps(record)) < 2000
    assert await open_event(vault, written_and_read(sealed)) == event


async def test_a_failure_is_a_payload_too() -> None:
    vault = Vault(MemoryObjects())
    event = ActivityFailed(task_id=1, failure=Failure("a.B", "no", details=LARGE, cause=Failure("a.C", "why")))

    sealed = await seal_event(vault, event, PLACE)

    assert "failure_ref" in encode_event(sealed)
    assert await open_event(vault, written_and_read(sealed)) == event


async def test_an_event_with_small_payloads_is_the_same_object_after_all() -> None:
    vault = Vault(MemoryObjects())
    event = ActivityCompleted(task_id=1, output={"a": 1})

    assert await seal_event(vault, event, PLACE) is event
    assert await open_event(vault, event) is event


async def test_a_message_of_many_payloads_stays_below_what_a_broker_takes() -> None:
    vault = Vault(MemoryObjects())
    full = "x" * (PAYLOAD_INLINE_BYTES_MAX - 10)
    event = SagaStarted(saga="s", input=full, event=("e", full), events=(("f", full),), undos=(CarriedUndo(name=full),))
    message = InstanceMessage("id", "a", event)

    sent = await sealed_message(vault, message, "000")

    assert len(sent.body) < 200 * 1024
    back = InstanceMessage.from_body(sent.body, {})
    assert (await open_event(vault, replace(back.event, message_id=None))) == event


async def test_a_small_message_is_sent_as_it_is() -> None:
    objects = CountingObjects()
    message = InstanceMessage("id", "a", EventReceived(name="e", payload=[1]))

    assert await sealed_message(Vault(objects), message, "000") == message.to_message("000")


async def test_a_command_carries_references() -> None:
    vault = Vault(MemoryObjects())
    ref = await a_ref(vault)
    command = Command("a", "r", 1, 1, 1, "w.do", ref, "key", "000", last_heartbeat=ref)

    message = command.to_message("id")
    back = Command.from_message(message.body, message.properties)

    assert orjson.loads(message.body)["input_ref"] == {"object": ref.object, "bytes": ref.bytes, "hash": ref.hash}
    assert back == command
    assert await open_command(vault, back) == replace(command, input=LARGE, last_heartbeat=LARGE)


BAD_REFS: list[Any] = [
    "text",
    {},
    {"object": "uploads/1/secret.pdf", "bytes": 1, "hash": "0" * 64},
    {"object": "payloads/a/../../etc/" + "0" * 64, "bytes": 1, "hash": "0" * 64},
    {"object": "payloads/a/r/" + "0" * 64, "bytes": 1, "hash": "1" * 64},
    {"object": "payloads/a/r/" + "0" * 64, "bytes": -1, "hash": "0" * 64},
    {"object": "payloads/a/r/" + "0" * 64, "bytes": 1, "hash": "0" * 64, "codecs": "gzip"},
    {"object": "payloads/a b/r/" + "0" * 64, "bytes": 1, "hash": "0" * 64},
]


@pytest.mark.parametrize("written", BAD_REFS)
def test_what_is_no_reference_is_undecodable(written: Any) -> None:
    with pytest.raises(UndecodableMessage, match="payload_ref"):
        decode_event({"kind": "EventReceived", "name": "e", "payload_ref": written})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
)


@given(data=JSON, limit=st.integers(0, 60))
@settings(max_examples=50)
def test_whatever_is_sealed_opens_to_the_same(data: object, limit: int) -> None:
    async def there_and_back() -> object:
        vault = Vault(MemoryObjects())
        sealed = await vault.seal(data, PLACE, limit)
        return await vault.open(sealed)

    assert asyncio.run(there_and_back()) == data


@given(JSON)
def test_no_data_of_an_author_is_taken_for_a_sealed_payload(data: object) -> None:
    for payload in (data, {"payload_ref": data}, {"object": data, "bytes": 1}, {"of": data, "codecs": [], "data": ""}):
        event = EventReceived(name="e", payload=payload)

        assert written_and_read(event) == event
