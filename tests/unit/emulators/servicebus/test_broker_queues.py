import pytest

from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.content import Content, DeadLetter, State
from emulators.servicebus.broker.refusals import MessageLockLost, MessageNotFound, NotAllowed
from emulators.servicebus.broker.settings import Settings
from tests.support.broker_core import MINUTE, Core, Receiver, texts


def test_messages_are_handed_out_in_order_while_there_is_credit() -> None:
    core = Core()
    core.send("a", "b", "c")

    assert texts(core.receive(2)) == ["a", "b"]
    assert texts(core.receive(2)) == ["c"]


def test_receivers_take_turns() -> None:
    core = Core()
    first, second = Receiver(3), Receiver(3)
    for receiver in (first, second):
        assert core.queue.competition is not None
        core.queue.competition.ask(receiver)

    core.send("a", "b", "c", "d")
    core.broker.pump(core.now)

    assert (first.take(), second.take()) == (["a", "c"], ["b", "d"])


def test_a_receiver_that_deletes_leaves_nothing_behind() -> None:
    core = Core()
    receiver = Receiver(1, deletes=True)
    assert core.queue.competition is not None
    core.queue.competition.ask(receiver)

    core.send("a")
    core.broker.pump(core.now)

    assert (receiver.take(), core.queue.counts().active, len(core.queue.locks)) == (["a"], 0, 0)


def test_a_returned_message_goes_before_later_ones() -> None:
    core = Core()
    core.send("a", "b", "c")
    first, second = core.receive(2)

    settlement.abandon(core.queue, second.lock_id)
    settlement.release(core.queue, first.lock_id)

    assert texts(core.receive()) == ["a", "b", "c"]
    assert (first.delivery_count, second.delivery_count) == (0, 1)


def test_a_settled_message_can_not_be_settled_again() -> None:
    core = Core()
    core.send("a")
    (message,) = core.receive()
    lock_id = message.lock_id
    settlement.complete(core.queue, lock_id)

    for again in (settlement.complete, settlement.abandon, settlement.defer, settlement.release):
        with pytest.raises(MessageLockLost):
            again(core.queue, lock_id)


def test_locks_expire_in_the_order_in_which_they_were_renewed() -> None:
    core = Core()
    core.send("a", "b")
    first, _ = core.receive()

    core.pass_time(30_000)
    core.queue.locks.renew(first.lock_id, core.now)
    core.pass_time(30_000)

    assert texts(core.receive()) == ["b"]
    core.pass_time(30_000)
    assert texts(core.receive()) == ["a"]


def test_the_last_delivery_leads_to_the_dead_letter_queue() -> None:
    core = Core(Settings(delivery_count_max=2))
    (number,) = core.send("a")
    core.receive()
    core.pass_time(MINUTE)
    (message,) = core.receive()

    settlement.abandon(core.queue, message.lock_id)
    (dead,) = core.receive(queue=core.dead_letters)

    assert dead.dead_letter == DeadLetter(
        "MaxDeliveryCountExceeded", "Message could not be consumed after 2 delivery attempts."
    )
    assert (dead.sequence, dead.delivery_count, core.queue.counts().dead_lettered) == (number, 2, 1)


def test_a_dead_letter_queue_has_no_dead_letters_and_no_maximum() -> None:
    core = Core(Settings(delivery_count_max=1))
    core.send("a")
    settlement.dead_letter(core.queue, core.receive()[0].lock_id, DeadLetter("why", None))
    for _ in range(3):
        (dead,) = core.receive(queue=core.dead_letters)
        settlement.abandon(core.dead_letters, dead.lock_id)
    (dead,) = core.receive(queue=core.dead_letters)

    with pytest.raises(NotAllowed):
        settlement.dead_letter(core.dead_letters, dead.lock_id, DeadLetter("again", None))
    assert dead.delivery_count == 3


def test_nobody_sends_to_a_dead_letter_queue() -> None:
    with pytest.raises(NotAllowed, match="filled by its queue"):
        Core().dead_letters.check_acceptable(Content(b""))


def test_a_deferred_message_returns_to_where_it_was() -> None:
    core = Core()
    (number,) = core.send("a")
    settlement.defer(core.queue, core.receive()[0].lock_id)

    (message,) = settlement.receive_deferred(core.queue, [number], core.now)
    with pytest.raises(MessageNotFound):
        settlement.receive_deferred(core.queue, [number], core.now)
    core.pass_time(MINUTE)
    (again,) = settlement.receive_deferred(core.queue, [number], core.now)

    assert (message.state, again.delivery_count, core.receive()) == (State.DEFERRED, 2, [])
    settlement.complete(core.queue, again.lock_id)
    assert core.queue.counts().deferred == 0


def test_deferred_messages_are_received_all_or_none() -> None:
    core = Core()
    (number,) = core.send("a")
    settlement.defer(core.queue, core.receive()[0].lock_id)

    with pytest.raises(MessageNotFound, match="99"):
        settlement.receive_deferred(core.queue, [number, 99], core.now)

    assert settlement.receive_deferred(core.queue, [number], core.now)


@pytest.mark.parametrize(
    ("settings", "buried"),
    [(Settings(time_to_live=5000, dead_letters_expired=True), ["a"]), (Settings(time_to_live=5000), [])],
)
def test_an_expired_message_is_dropped_or_dead_lettered(settings: Settings, buried: list[str]) -> None:
    core = Core(settings)
    core.send("a")

    core.pass_time(5000)

    assert core.receive() == []
    assert texts(core.receive(queue=core.dead_letters)) == buried


def test_the_shorter_time_to_live_counts() -> None:
    core = Core(Settings(time_to_live=5000))
    core.send("short", time_to_live=1000)
    core.send("long", time_to_live=9000)

    core.pass_time(1000)
    assert texts(core.receive()) == ["long"]


def test_a_locked_message_expires_when_its_lock_does() -> None:
    core = Core(Settings(time_to_live=5000))
    core.send("a")
    (message,) = core.receive()

    core.pass_time(6000)
    held = core.queue.counts().active
    settlement.abandon(core.queue, message.lock_id)
    core.pass_time(0)

    assert (held, core.queue.counts().active) == (1, 0)


def test_a_deferred_message_that_has_expired_ends_when_it_is_asked_for() -> None:
    core = Core(Settings(time_to_live=5000, dead_letters_expired=True))
    (number,) = core.send("a")
    settlement.defer(core.queue, core.receive()[0].lock_id)
    core.pass_time(5000)
    assert (core.queue.counts().deferred, core.queue.counts().dead_lettered) == (1, 0)

    with pytest.raises(MessageNotFound):
        settlement.receive_deferred(core.queue, [number], core.now)

    assert (core.queue.counts().deferred, core.queue.counts().dead_lettered) == (0, 1)


def test_peek_goes_by_number_through_everything() -> None:
    core = Core()
    core.send("waiting", "locked", "deferred")
    core.send("scheduled", due_in=MINUTE)
    messages = core.receive()
    settlement.release(core.queue, messages[0].lock_id)
    settlement.defer(core.queue, messages[2].lock_id)

    assert texts(core.queue.peek(0, 10, None)) == ["waiting", "locked", "deferred", "scheduled"]
    assert texts(core.queue.peek(2, 2, None)) == ["locked", "deferred"]
