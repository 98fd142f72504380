import pytest

from emulators.servicebus.amqp.sections import DATA, section
from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan, TopicPlan, stored_nothing
from emulators.servicebus.broker.content import Content, DeadLetter, Message
from emulators.servicebus.broker.forwarding import HOPS_MAX
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.rules.properties import Properties
from emulators.servicebus.broker.settings import Settings
from tests.support.broker_core import MINUTE, NOW, Receiver

BODY = section(DATA, b"body")


def forwarding(name: str, to: str = "", dead_letters_to: str = "", time_to_live: int = 0) -> QueuePlan:
    settings = Settings(
        time_to_live=time_to_live,
        dead_letters_expired=True,
        forward_to=to,
        forward_dead_letters_to=dead_letters_to,
    )
    return QueuePlan(name, settings)


def a_broker(*queues: QueuePlan, topics: tuple[TopicPlan, ...] = ()) -> Broker:
    plan = Plan(queues, topics)
    return Broker(plan, stored_nothing(plan))


def find(broker: Broker, name: str) -> Queue:
    entity = broker.find(name)
    assert isinstance(entity, Queue)
    return entity


def send(broker: Broker, name: str, content: Content | None = None) -> None:
    broker.find(name).intake.send(content or Content(BODY), NOW)
    broker.pump(NOW)


def held(broker: Broker) -> dict[str, int]:
    """How many messages each entity holds; sub-queues under their own names."""
    return {name: len(queue.messages) for name in broker.counts() for queue in shelves(broker, name) if queue.messages}


def shelves(broker: Broker, name: str) -> list[Queue]:
    entity = broker.find(name)
    return [] if not isinstance(entity, Queue) else [entity]


def receive(broker: Broker, name: str) -> Message:
    queue, receiver = find(broker, name), Receiver(1)
    assert queue.competition is not None
    queue.competition.ask(receiver)
    broker.wake(queue.name)
    broker.pump(NOW)
    return receiver.messages[0]


def test_a_message_goes_on_to_the_end_of_the_chain() -> None:
    broker = a_broker(forwarding("a", "b"), forwarding("b", "c"), QueuePlan("c"))

    send(broker, "a")

    assert held(broker) == {"c": 1}
    assert broker.counts()["c"].accepted == 1


def test_a_subscription_forwards_to_a_topic() -> None:
    inner = TopicPlan("inner", subscriptions=(QueuePlan("s"),))
    outer = TopicPlan("outer", subscriptions=(forwarding("s", "inner"), QueuePlan("plain")))
    broker = a_broker(topics=(inner, outer))

    send(broker, "outer")

    assert held(broker) == {"inner/Subscriptions/s": 1, "outer/Subscriptions/plain": 1}


def test_a_scheduled_message_goes_on_when_it_is_due() -> None:
    broker = a_broker(forwarding("a", "b"), QueuePlan("b"))
    send(broker, "a", Content(BODY, due_at=NOW + MINUTE))
    waiting = held(broker)

    broker.advance(NOW + MINUTE)
    broker.pump(NOW + MINUTE)

    assert (waiting, held(broker)) == ({}, {"b": 1})


def test_after_four_times_a_message_goes_to_the_transfer_dead_letter_queue() -> None:
    names = [f"q{number}" for number in range(HOPS_MAX + 2)]
    chain = [forwarding(name, to) for name, to in zip(names, [*names[1:], ""], strict=True)]
    broker = a_broker(*chain)

    send(broker, "q0")
    send(broker, "q1")

    assert held(broker) == {"q5": 1}
    assert broker.counts()["q4"].transfer_dead_lettered == 1
    (dead,) = find(broker, "q4/$Transfer/$DeadLetterQueue").messages.values()
    assert dead.dead_letter is not None
    assert dead.dead_letter.reason == "MaxTransferHopCountExceeded"


def test_what_the_destination_refuses_goes_to_the_transfer_dead_letter_queue() -> None:
    broker = a_broker(forwarding("a", "s"), QueuePlan("s", Settings(requires_session=True)))

    send(broker, "a")

    dead = receive(broker, "a/$Transfer/$DeadLetterQueue")
    assert dead.dead_letter is not None
    assert "SessionId was not set" in str(dead.dead_letter.description)


def test_the_destination_drops_repeats() -> None:
    broker = a_broker(forwarding("a", "b"), QueuePlan("b", Settings(duplicate_window=MINUTE)))

    for _ in range(2):
        send(broker, "a", Content(BODY, b"id"))

    assert held(broker) == {"b": 1}


def test_a_dead_letter_goes_on_with_its_reason_and_its_source() -> None:
    broker = a_broker(forwarding("a", dead_letters_to="graves"), QueuePlan("graves"))
    send(broker, "a")
    settlement.dead_letter(find(broker, "a"), receive(broker, "a").lock_id, DeadLetter("why", "because"))
    broker.pump(NOW)

    message = receive(broker, "graves")

    properties = Properties(message.content)
    assert (properties.user("DeadLetterReason"), properties.user("DeadLetterErrorDescription")) == ("why", "because")
    assert message.content.annotations.endswith(b"x-opt-deadletter-source\xa1\x01a")
    assert (message.delivery_count, held(broker)) == (0, {"graves": 1})


@pytest.mark.parametrize("to", ["b", "B"])
def test_dead_letters_that_go_round_come_to_rest(to: str) -> None:
    there, back = forwarding("a", dead_letters_to=to, time_to_live=1000), forwarding("b", "", "a", 1000)
    broker = a_broker(there, back)
    send(broker, "a")

    for step in range(1, 8):
        broker.advance(NOW + step * 1000)
        broker.pump(NOW + step * 1000)

    assert held(broker) == {}
    assert broker.counts()["a"].transfer_dead_lettered == 1
