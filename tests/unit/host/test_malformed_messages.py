from collections.abc import Mapping
from datetime import timedelta

import orjson
import pytest

from durable.messages import INSTANCES, Message
from durable.status import Status
from tests.support.host_world import PARTITION, HostWorld

_DEEP = b"[" * 252 + b"]" * 252
_CAUSES = b'{"type":"t","message":"m","cause":' * 900 + b"null" + b"}" * 900


def _body(**fields: object) -> bytes:
    return orjson.dumps({"v": 1, "id": "p", "instance_id": "a", "kind": "EventReceived", "name": "number"} | fields)


def _nested(fields: Mapping[str, object], place: str, nested: bytes) -> bytes:
    return _body(**fields, **{place: "HERE"}).replace(b'"HERE"', nested)


_COMPLETED = {"kind": "ActivityCompleted", "task_id": 1, "attempt": 1}
_FAILED = {"kind": "ActivityFailed", "task_id": 1, "attempt": 1}
MALFORMED = {
    "payload nested too deeply": _nested({}, "payload", _DEEP),
    "causes nested too deeply": _nested(_FAILED, "failure", _CAUSES),
    "id of an owner document": _body(instance_id="~owner~0000000001"),
    "id of a turn": _body(instance_id="a~1~0000000001"),
    "id that no store takes": _body(instance_id="a/b?#"),
    "id of 5,000 characters": _body(instance_id="a" * 5000),
    "text as task id": _body(**{**_COMPLETED, "task_id": "x"}),
    "list as task id": _body(**{**_COMPLETED, "task_id": [1]}),
    "text as attempt": _body(**{**_COMPLETED, "attempt": "x"}),
    "number as name": _body(name=5),
    "object as name": _body(name={"a": 1}),
    "object as version of a head": _body(head_etag={"a": 1}),
    "object as saga": _body(kind="SagaStarted", saga={"a": 1}),
    "bool as execution": _body(execution=True),
    "text as failure": _body(**_FAILED, failure="boom"),
    "numbers as texts of a failure": _body(**_FAILED, failure={"type": 5, "message": [1]}),
    "time without offset": _body(kind="TimerFired", task_id=1, due="2026-01-01T00:00:00"),
    "a decision": _body(kind="SagaCompleted", output=1),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_message_goes_to_the_dead_letter_queue_and_harms_nobody(body: bytes) -> None:
    world = HostWorld()
    await world.start("waiting")
    async with world.working(), world.hosting():
        await world.until(world.turns)
        await world.broker.send(INSTANCES, [Message(body, "malformed", PARTITION)])
        await world.start("chain", {"value": 1}, id="neighbour")
        neighbour = await world.ended("neighbour")
        head = await world.head()

    receiver = await world.broker.receiver(f"{INSTANCES}/$deadletter")
    (dead,) = await receiver.receive(10, timedelta(seconds=1))
    await receiver.close()
    assert dead.properties["DeadLetterReason"] == "Undecodable"
    assert neighbour.status is Status.COMPLETED
    assert head is not None
    assert head.status is Status.RUNNING
