"""The SDK of .NET sets properties when it gives messages back; that of Python does not, but it reads them."""

from pathlib import Path
from typing import Any

import pytest

from emulators.servicebus.amqp.decode import decode
from emulators.servicebus.amqp.performatives import DISPOSITION, Disposition, Transfer, error
from emulators.servicebus.amqp.sections import APPLICATION_PROPERTIES, DATA, HEADER, section, spans
from emulators.servicebus.amqp.values import Array, Described, Symbol, Uint, Uuid
from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan
from emulators.servicebus.broker.content import DeadLetter
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import NotAllowed
from emulators.servicebus.broker.settlement import abandon, dead_letter
from emulators.servicebus.journal import Journal
from tests.support.broker_core import NOW, Core
from tests.support.wire_answers import answers
from tests.support.wire_client import NO, YES, WireClient, a_hub, of_kind

PLAN = Plan((QueuePlan("q"),))
MESSAGE = section(APPLICATION_PROPERTIES, {"kept": 1, "old": "before"}) + section(DATA, b"body")
CHANGED: dict[object, object] = {"old": "after", "new": True, "nothing": None}
AFTERWARDS = {"kept": 1, **CHANGED}
_WHY = DeadLetter("late", None)


def a_receiver() -> WireClient:
    """A client that has received one message on handle 1."""
    client = WireClient(a_hub(PLAN))
    client.open()
    client.attach(9, "q", receives=False)
    client.transfer(9, 0, MESSAGE)
    client.attach(1, "q", receives=True)
    client.grant(1, 10)
    client.hear()
    return client


def settle(client: WireClient, state: Described) -> list[tuple[Any, bytes]]:
    client.say(DISPOSITION, YES, Uint(0), Uint(0), NO, state)
    return list(client.hear())


def properties(client: WireClient, queue: str = "q") -> Any:
    """The application properties of the one message of a queue, as any receiver gets them now."""
    if queue != "q":
        client.attach(2, queue, receives=True)
        client.grant(2, 10)
    found = [payload for performative, payload in client.hear() if isinstance(performative, Transfer)]
    return properties_of(found[0])


def properties_of(payload: bytes) -> Any:
    (span,) = [span for span in spans(payload) if span.code == APPLICATION_PROPERTIES]
    return decode(payload, span.value)[0]


async def test_an_abandoned_message_comes_again_with_the_properties_that_were_set() -> None:
    client = a_receiver()

    heard = settle(client, Described(0x27, [YES, NO, CHANGED]))
    (payload,) = [payload for performative, payload in heard if isinstance(performative, Transfer)]

    assert properties_of(payload) == AFTERWARDS


async def test_a_modified_message_counts_as_abandoned_even_if_its_delivery_is_not_said_to_have_failed() -> None:
    client = a_receiver()

    heard = settle(client, Described(0x27, [None, NO]))
    (payload,) = [payload for performative, payload in heard if isinstance(performative, Transfer)]
    (header,) = [span for span in spans(payload) if span.code == HEADER]

    assert decode(payload, header.value)[0] == [None, None, None, None, 1]


async def test_a_dead_letter_has_the_properties_that_were_set_beside_its_reason() -> None:
    client = a_receiver()
    why = error("com.microsoft:dead-letter", "no description")
    info = {Symbol("DeadLetterReason"): "late", Symbol("DeadLetterErrorDescription"): "by far", **CHANGED}

    settle(client, Described(0x25, [Described(why.descriptor, [Symbol("com.microsoft:dead-letter"), None, info])]))

    expected = AFTERWARDS | {"DeadLetterReason": "late", "DeadLetterErrorDescription": "by far"}
    assert properties(client, "q/$DeadLetterQueue") == expected


async def test_a_deferred_message_keeps_the_properties_that_were_set() -> None:
    client = a_receiver()
    settle(client, Described(0x27, [YES, YES, CHANGED]))
    client.attach(3, "q/$management", receives=True)
    client.attach(4, "q/$management", receives=False)
    client.grant(3, 10)

    client.request(4, 1, "com.microsoft:receive-by-sequence-number", {"sequence-numbers": Array((1,))})
    ((status, body),) = answers(client.hear())

    assert status["statusCode"] == 200
    assert properties_of(body["messages"][0]["message"]) == AFTERWARDS


@pytest.mark.parametrize("status", ["abandoned", "suspended"])
async def test_a_request_may_set_properties_too(status: str) -> None:
    client = a_receiver()
    queue = client.hub.broker.find("q")
    assert isinstance(queue, Queue)
    (lock_id,) = (message.lock_id for message in queue.locks.held())
    client.attach(3, "q/$management", receives=True)
    client.attach(4, "q/$management", receives=False)
    client.grant(3, 10)
    client.hear()
    tokens = Array((Uuid(client.hub.tokens.uuid(lock_id)),))

    body = {"disposition-status": status, "lock-tokens": tokens, "properties-to-modify": CHANGED}
    client.request(4, 1, "com.microsoft:update-disposition", body)

    heard = client.hear()
    if status == "suspended":
        assert properties(client, "q/$DeadLetterQueue") == AFTERWARDS
    else:
        found = [payload for each, payload in heard if isinstance(each, Transfer) and each.handle == 1]
        assert properties_of(found[0]) == AFTERWARDS


@pytest.mark.parametrize("changed", [{"a": [1]}, {"a": {"b": 1}}, "text"])
async def test_what_can_be_no_property_is_refused_and_the_lock_stays(changed: object) -> None:
    client = a_receiver()

    (outcome,) = of_kind(settle(client, Described(0x27, [YES, NO, changed])), Disposition)

    assert "com.microsoft:argument-error" in str(outcome.state)
    assert of_kind(settle(client, Described(0x24, [])), Disposition) != []


def test_properties_that_were_set_survive_a_restart(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    broker = Broker(PLAN, journal.load(PLAN))
    core = Core()
    core.broker = broker
    queue = broker.find("q")
    assert isinstance(queue, Queue)
    core.send("placeholder")
    queue.messages[1].content = queue.messages[1].content._replace(bare=MESSAGE)
    journal.commit(broker.changes)
    broker.changes.clear()

    (message,) = core.receive()
    abandon(queue, message.lock_id, {"old": "after"})
    journal.commit(broker.changes)
    journal.close()

    journal = Journal(tmp_path)
    again = Broker(PLAN, journal.load(PLAN)).find("q")
    journal.close()
    assert isinstance(again, Queue)
    (kept,) = again.messages.values()
    assert properties_of(kept.content.bare) == {"kept": 1, "old": "after"}
    assert kept.enqueued_at == NOW


def test_a_dead_letter_that_is_dead_lettered_again_is_refused_and_stays() -> None:
    core = Core()
    core.send("x")
    (message,) = core.receive()
    core.queue.set_aside(core.queue.unlock(message.lock_id), _WHY)
    (dead,) = core.receive(queue=core.dead_letters)

    with pytest.raises(NotAllowed, match="can be completed, not dead-lettered"):
        dead_letter(core.dead_letters, dead.lock_id, _WHY)

    assert core.dead_letters.locks.holds(dead.lock_id)
