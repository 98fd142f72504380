import pytest

from emulators.servicebus.amqp.sections import DATA, PROPERTIES, section
from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan, TopicPlan, stored_nothing
from emulators.servicebus.broker.content import Content, DeadLetter
from emulators.servicebus.broker.refusals import InvalidArgument, QuotaExceeded
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.wire.messages import content_of
from tests.support.broker_core import NOW, Core

ANY = Content(b"")


def with_ids(message_id: str | None, session_id: str | None) -> bytes:
    return section(PROPERTIES, [message_id, *[None] * 9, session_id]) + section(DATA, b"body")


@pytest.mark.parametrize(
    ("message_id", "session_id", "complaint"),
    [("m" * 129, None, "MessageId has 129 characters"), (None, "é" * 129, "SessionId has 129 characters")],
)
def test_an_id_of_more_than_128_characters_is_refused(
    message_id: str | None, session_id: str | None, complaint: str
) -> None:
    with pytest.raises(InvalidArgument, match=complaint):
        content_of(with_ids(message_id, session_id))


def test_an_id_of_128_characters_is_taken_however_many_bytes_it_has() -> None:
    assert content_of(with_ids("é" * 128, "é" * 128)).session_id == "é" * 128


def test_a_full_queue_takes_nothing_until_something_leaves() -> None:
    core = Core(Settings(bytes_max=10))
    core.send("1234567890")

    with pytest.raises(QuotaExceeded, match="letters take 10 bytes, 10 are allowed"):
        core.queue.check_acceptable(ANY)
    settlement.complete(core.queue, core.receive()[0].lock_id)

    core.queue.check_acceptable(ANY)


def test_dead_letters_count_as_part_of_their_queue() -> None:
    core = Core(Settings(bytes_max=10))
    core.send("1234567890")
    settlement.dead_letter(core.queue, core.receive()[0].lock_id, DeadLetter("why", None))

    with pytest.raises(QuotaExceeded):
        core.queue.check_acceptable(ANY)
    settlement.complete(core.dead_letters, core.receive(queue=core.dead_letters)[0].lock_id)

    core.queue.check_acceptable(ANY)


def test_scheduled_messages_count_as_part_of_their_queue() -> None:
    core = Core(Settings(bytes_max=10))
    (number,) = core.send("1234567890", due_in=1000)

    with pytest.raises(QuotaExceeded):
        core.queue.check_acceptable(ANY)
    core.queue.intake.cancel([number])

    core.queue.check_acceptable(ANY)


def test_a_scheduled_message_that_became_active_counts_once() -> None:
    core = Core()
    core.send("1234567890", due_in=1000)

    core.pass_time(1000)

    assert core.queue.size() == 10


def test_a_topic_is_full_of_what_its_subscriptions_hold() -> None:
    plan = Plan((), (TopicPlan("t", Settings(bytes_max=20), (QueuePlan("a"), QueuePlan("b"))),))
    broker = Broker(plan, stored_nothing(plan))
    topic = broker.find("t")

    topic.check_acceptable(ANY)
    topic.intake.send(Content(b"1234567890"), NOW)

    with pytest.raises(QuotaExceeded, match="subscriptions take 20 bytes, 20 are allowed"):
        topic.check_acceptable(ANY)
