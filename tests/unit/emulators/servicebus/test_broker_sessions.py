import pytest

from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.content import Content
from emulators.servicebus.broker.refusals import (
    MessageLockLost,
    MessageNotFound,
    NotAllowed,
    SessionHeld,
    SessionLockLost,
)
from emulators.servicebus.broker.sessions import Sessions
from emulators.servicebus.broker.settings import Settings
from tests.support.broker_core import MINUTE, Core, Receiver

SESSIONFUL = Settings(requires_session=True)


def sessions_of(core: Core) -> Sessions:
    assert core.queue.sessions is not None
    return core.queue.sessions


def accepted(core: Core, session_id: str, credit: int = 100) -> Receiver:
    receiver = Receiver(credit)
    session = sessions_of(core).accept(session_id, receiver, core.now)
    sessions_of(core).ask(session)
    core.queue.pump(core.now)
    return receiver


def test_a_session_goes_to_one_receiver_and_its_messages_stay_in_order() -> None:
    core = Core(SESSIONFUL)
    core.send("a1", session_id="a")
    core.send("b1", session_id="b")
    core.send("a2", session_id="a")

    receiver = accepted(core, "a")
    core.send("a3", session_id="a")
    core.broker.pump(core.now)

    assert receiver.take() == ["a1", "a2", "a3"]
    with pytest.raises(SessionHeld):
        accepted(core, "a")


def test_leaving_frees_the_session_and_returns_its_messages_uncounted_and_in_order() -> None:
    core = Core(SESSIONFUL)
    core.send("1", "2", "3", session_id="s")
    first = accepted(core, "s", credit=2)
    settlement.complete(core.queue, first.messages[0].lock_id)

    sessions_of(core).leave(first, core.queue)
    second = accepted(core, "s")

    assert [(message.content.bare, message.delivery_count) for message in second.messages] == [(b"2", 0), (b"3", 0)]


def test_a_lock_that_expires_is_told_to_its_holder_and_counts_for_what_was_out() -> None:
    core = Core(SESSIONFUL)
    core.send("out", "waiting", session_id="s")
    first = accepted(core, "s", credit=1)
    lock_id = first.messages[0].lock_id

    core.pass_time(MINUTE)
    second = accepted(core, "s")

    assert first.told == ["lost"]
    assert [message.delivery_count for message in second.messages] == [1, 0]
    with pytest.raises(MessageLockLost):
        settlement.complete(core.queue, lock_id)


def test_renewal_needs_the_holder_and_prolongs_the_lock() -> None:
    core = Core(SESSIONFUL)
    holder = accepted(core, "s")

    core.pass_time(MINUTE - 1)
    until = sessions_of(core).renew("s", holder, core.now)
    core.pass_time(MINUTE - 1)

    assert (until, holder.told) == (core.now + 1, [])
    for session_id, receiver in (("s", Receiver()), ("other", holder)):
        with pytest.raises(SessionLockLost):
            sessions_of(core).renew(session_id, receiver, core.now)


def test_next_available_is_a_free_session_with_messages() -> None:
    core = Core(SESSIONFUL)
    core.send("held", session_id="held")
    accepted(core, "held")
    core.send("x", session_id="older")
    core.send("y", session_id="newer")
    first, second = Receiver(), Receiver()

    for receiver in (first, second):
        sessions_of(core).accept_next(receiver, core.now + MINUTE)
    core.broker.pump(core.now)

    assert (first.told, second.told) == (["granted older"], ["granted newer"])


def test_an_accept_waits_for_the_first_message() -> None:
    core = Core(SESSIONFUL)
    receiver = Receiver()
    sessions_of(core).accept_next(receiver, core.now + MINUTE)
    core.broker.pump(core.now)
    before = list(receiver.told)

    core.send("x", session_id="s")
    core.broker.pump(core.now)

    assert (before, receiver.told) == ([], ["granted s"])


def test_an_accept_that_waited_in_vain_is_refused() -> None:
    core = Core(SESSIONFUL)
    receiver = Receiver()
    sessions_of(core).accept_next(receiver, core.now + 500)

    core.pass_time(499)
    before = list(receiver.told)
    core.pass_time(1)

    assert (before, receiver.told) == ([], ["refused"])


def test_a_session_that_was_left_is_available_to_who_waits() -> None:
    core = Core(SESSIONFUL)
    core.send("x", session_id="s")
    first, second = accepted(core, "s"), Receiver()
    sessions_of(core).accept_next(second, core.now + MINUTE)
    core.broker.pump(core.now)
    before = list(second.told)

    sessions_of(core).leave(first, core.queue)
    core.broker.pump(core.now)

    assert (before, second.told) == ([], ["granted s"])


def test_a_deferred_message_of_another_session_is_not_given() -> None:
    core = Core(SESSIONFUL)
    (number,) = core.send("x", session_id="mine")
    mine = accepted(core, "mine")
    settlement.defer(core.queue, mine.messages[0].lock_id)
    other = accepted(core, "other")

    with pytest.raises(MessageNotFound):
        settlement.receive_deferred(core.queue, [number], core.now, ("other", other))
    (message,) = settlement.receive_deferred(core.queue, [number], core.now, ("mine", mine))

    sessions_of(core).leave(mine, core.queue)
    assert message.lock_id == 0


def test_a_message_without_a_session_id_is_not_acceptable() -> None:
    with pytest.raises(NotAllowed, match="SessionId"):
        Core(SESSIONFUL).queue.check_acceptable(Content(b""))


def test_sessions_with_messages_or_a_state_are_listed() -> None:
    core = Core(SESSIONFUL)
    core.send("x", session_id="b")
    receiver = accepted(core, "a")
    core.queue.set_session_state(sessions_of(core).held_by("a", receiver), b"state", core.now)
    accepted(core, "c")

    assert sessions_of(core).listing() == ["a", "b"]
    assert core.broker.changes.session_states == {(core.queue.entity_id, "a"): (b"state", core.now)}
    assert sessions_of(core).updated_after(core.now - 1) == ["a"]
    assert sessions_of(core).updated_after(core.now) == []
