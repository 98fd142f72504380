import errno
import sqlite3
from pathlib import Path

import pytest

from emulators.redo import log
from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan
from emulators.servicebus.broker.content import Content, DeadLetter, Message
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.journal import Journal, JournalError
from emulators.servicebus.wire.hub import StoringFailed
from tests.support.broker_core import MINUTE, NOW, Receiver, texts

PLAN = Plan((QueuePlan("Q", Settings(duplicate_window=MINUTE)), QueuePlan("S", Settings(requires_session=True))))


class Life:
    """One life of a broker over a directory; the next one sees what this one committed."""

    def __init__(self, directory: Path) -> None:
        self.journal = Journal(directory)
        self.broker = Broker(PLAN, self.journal.load(PLAN))

    def queue(self, name: str = "q") -> Queue:
        entity = self.broker.find(name)
        assert isinstance(entity, Queue)
        return entity

    def commit(self) -> None:
        self.journal.commit(self.broker.changes)
        self.broker.changes.clear()

    def receive(self) -> list[Message]:
        receiver = Receiver(100)
        competition = self.queue().competition
        assert competition is not None
        competition.ask(receiver)
        self.broker.pump(NOW)
        competition.leave(receiver)
        return receiver.messages

    def end(self) -> None:
        self.journal.close()


def test_a_message_comes_back_whole(tmp_path: Path) -> None:
    said = Content(b"bare", b"id", None, 5 * MINUTE, 0, b"annotations", 2)
    first = Life(tmp_path)
    first.queue().intake.send(said, NOW)
    (message,) = first.receive()
    settlement.abandon(first.queue(), message.lock_id)
    first.commit()
    first.end()

    second = Life(tmp_path)
    (again,) = second.receive()
    second.end()

    assert again.content == said
    fields = ("key", "sequence", "enqueued_at", "origin_sequence", "expires_at", "delivery_count", "state")
    assert [getattr(again, name) for name in fields] == [getattr(message, name) for name in fields]


def test_what_was_not_committed_is_not_there(tmp_path: Path) -> None:
    first = Life(tmp_path)
    first.queue().intake.send(Content(b"a"), NOW)
    first.commit()
    settlement.complete(first.queue(), first.receive()[0].lock_id)
    first.queue().intake.send(Content(b"b"), NOW)
    first.end()

    second = Life(tmp_path)

    assert texts(second.receive()) == ["a"]
    second.end()


def test_states_moves_and_deletions_are_kept(tmp_path: Path) -> None:
    first = Life(tmp_path)
    for body in (b"completed", b"deferred", b"dead"):
        first.queue().intake.send(Content(body), NOW)
    first.queue().intake.send(Content(b"timer", due_at=NOW + MINUTE), NOW)
    first.commit()
    completed, deferred, dead = first.receive()
    settlement.complete(first.queue(), completed.lock_id)
    settlement.defer(first.queue(), deferred.lock_id)
    settlement.dead_letter(first.queue(), dead.lock_id, DeadLetter("why", "because"))
    first.commit()
    first.end()

    second = Life(tmp_path)
    queue, buried = second.queue(), second.queue("q/$deadletterqueue").peek(0, 5, None)
    second.end()

    assert [message.content.bare for message in queue.deferred.values()] == [b"deferred"]
    assert [message.content.bare for message in queue.intake.scheduled.values()] == [b"timer"]
    assert [(message.content.bare, message.dead_letter) for message in buried] == [
        (b"dead", DeadLetter("why", "because"))
    ]
    assert queue.counts().active == 0


def test_numbers_and_sightings_go_on_where_they_were(tmp_path: Path) -> None:
    first = Life(tmp_path)
    number = first.queue().intake.send(Content(b"a", b"id"), NOW)
    first.commit()
    settlement.complete(first.queue(), first.receive()[0].lock_id)
    first.commit()
    first.end()

    second = Life(tmp_path)
    repeated = second.queue().intake.send(Content(b"a", b"id"), NOW)
    new = second.queue().intake.send(Content(b"b", b"other"), NOW)
    second.end()

    assert (repeated, new) == (number, number + 1)


def test_sightings_out_of_the_window_leave_the_file(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.queue().intake.send(Content(b"a", b"old"), NOW)
    life.commit()
    life.queue().intake.send(Content(b"b", b"new"), NOW + MINUTE)
    life.commit()

    stored = life.journal.load(PLAN)["q"].sightings
    life.end()

    assert [sighting.message_id for sighting in stored] == [b"new"]


def test_session_states_are_kept_and_cleared(tmp_path: Path) -> None:
    first = Life(tmp_path)
    sessions = first.queue("s").sessions
    assert sessions is not None
    for name in ("kept", "cleared"):
        first.queue("s").set_session_state(sessions.accept(name, Receiver(), NOW), b"state", NOW)
    first.commit()
    first.queue("s").set_session_state(sessions.accept("cleared again", Receiver(), NOW), None, NOW)
    cleared = sessions.find("cleared")
    assert cleared is not None
    first.queue("s").set_session_state(cleared, None, NOW)
    first.commit()
    first.end()

    second = Life(tmp_path)
    stored = second.journal.load(PLAN)["s"].session_states
    second.end()

    assert stored == (("kept", b"state", NOW),)


def test_a_message_that_comes_and_goes_between_commits_is_never_written(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.queue().intake.send(Content(b"a"), NOW)
    settlement.complete(life.queue(), life.receive()[0].lock_id)

    assert not life.broker.changes.inserted
    assert not life.broker.changes.deleted
    life.end()


def test_an_entity_that_left_the_topology_keeps_its_messages(tmp_path: Path) -> None:
    first = Life(tmp_path)
    first.queue().intake.send(Content(b"a"), NOW)
    first.commit()
    first.journal.load(Plan((QueuePlan("other"),)))
    first.end()

    second = Life(tmp_path)

    assert texts(second.receive()) == ["a"]
    second.end()


def test_a_second_process_is_kept_out(tmp_path: Path) -> None:
    first = Journal(tmp_path)

    with pytest.raises(JournalError, match="locked"):
        Journal(tmp_path)

    first.close()


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    with sqlite3.connect(tmp_path / "servicebus.sqlite") as database:
        database.execute("pragma user_version = 99")
    database.close()

    with pytest.raises(JournalError, match="version is 99"):
        Journal(tmp_path)


def test_a_commit_that_fails_says_so_and_keeps_what_was_stored_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    life = Life(tmp_path)
    life.queue().intake.send(Content(b"a"), NOW)
    life.commit()
    life.queue().intake.send(Content(b"b"), NOW)
    with monkeypatch.context() as patch:
        patch.setattr(log, "_force", full)
        with pytest.raises(StoringFailed, match="No space left"):
            life.commit()
    life.end()

    again = Life(tmp_path)
    found = texts(again.receive())
    again.end()

    assert found[0] == "a"
