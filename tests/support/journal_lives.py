"""Lives of a broker over one directory, and a random life whose every commit can be the last."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from emulators.servicebus.broker import settlement
from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan
from emulators.servicebus.broker.content import Content, DeadLetter
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.journal import Journal
from tests.support.broker_core import MINUTE, NOW, Receiver

CRASH_PLAN = Plan(
    (
        QueuePlan("q"),
        QueuePlan("once", Settings(duplicate_window=MINUTE)),
        QueuePlan("s", Settings(requires_session=True)),
    )
)


class RandomLife:
    """A broker that is used at random; `step` does a few things and commits them."""

    def __init__(self, directory: Path, seed: int, log_bytes: int) -> None:
        self.directory = directory
        self.journal = Journal(directory, log_bytes=log_bytes)
        self.broker = Broker(CRASH_PLAN, self.journal.load(CRASH_PLAN))
        self._random = Random(seed)
        self._now = NOW
        self._log_bytes = log_bytes
        self._receiver = Receiver(0)

    def queue(self, name: str) -> Queue:
        entity = self.broker.find(name)
        assert isinstance(entity, Queue)
        return entity

    def step(self) -> None:
        for _ in range(self._random.randrange(1, 6)):
            self._random.choice((self._send, self._send, self._settle, self._schedule, self._set_state, self._wait))()
        self.commit()

    def commit(self) -> None:
        if self.broker.changes:
            self.journal.commit(self.broker.changes)
            self.broker.changes.clear()

    def crashed(self, into: Path) -> "RandomLife":
        """What starts from the files as they are now."""
        shutil.rmtree(into, ignore_errors=True)
        shutil.copytree(self.directory, into)
        return RandomLife(into, 0, self._log_bytes)

    def end(self) -> None:
        self.journal.close()

    def _send(self) -> None:
        body = self._random.randbytes(self._random.choice((1, 30, 400)))
        self.queue("q").intake.send(Content(body, b"id", None, 0, 0, b"", 0), self._now)
        self.queue("once").intake.send(Content(body, b"%d" % self._random.randrange(9)), self._now)
        self.queue("s").intake.send(Content(body, session_id="a"), self._now)

    def _schedule(self) -> None:
        intake = self.queue("q").intake
        number = intake.send(Content(b"timer", due_at=self._now + self._random.randrange(MINUTE)), self._now)
        if self._random.random() < 0.3:
            intake.cancel([number])

    def _set_state(self) -> None:
        queue = self.queue("s")
        assert queue.sessions is not None
        name = self._random.choice("abc")
        session = queue.sessions.accept(name, self._receiver, self._now)
        queue.set_session_state(session, self._random.choice((None, b"state")), self._now)
        queue.sessions.leave(self._receiver, queue)

    def _wait(self) -> None:
        self._now += self._random.randrange(MINUTE // 4)
        self.broker.advance(self._now)

    def _settle(self) -> None:
        queue = self.queue("q")
        receiver = Receiver(self._random.randrange(1, 8))
        assert queue.competition is not None
        queue.competition.ask(receiver)
        self.broker.pump(self._now)
        queue.competition.leave(receiver)
        for message in receiver.messages:
            self._random.choice((self._complete, self._complete, self._abandon, self._defer, self._bury))(
                queue, message.lock_id
            )

    def _complete(self, queue: Queue, lock_id: int) -> None:
        settlement.complete(queue, lock_id)

    def _abandon(self, queue: Queue, lock_id: int) -> None:
        settlement.abandon(queue, lock_id)

    def _defer(self, queue: Queue, lock_id: int) -> None:
        settlement.defer(queue, lock_id)

    def _bury(self, queue: Queue, lock_id: int) -> None:
        settlement.dead_letter(queue, lock_id, DeadLetter("why", None))


def everything_in(life: RandomLife) -> dict[str, Any]:
    """What a broker knows that must survive."""
    return {name: dict(_known(life.queue(name))) for name in ("q", "q/$DeadLetterQueue", "once", "s")}


def _known(queue: Queue) -> Iterator[tuple[str, Any]]:
    yield "messages", {number: _told(message) for number, message in sorted(queue.messages.items())}
    yield "scheduled", {number: _told(message) for number, message in sorted(queue.intake.scheduled.items())}
    yield "deferred", sorted(queue.deferred)
    yield "last number", queue.intake._last_sequence
    yield "sightings", queue.intake._window and dict(queue.intake._window._sequences)
    if queue.sessions is not None:
        held = queue.sessions._sessions.values()
        yield "states", {each.session_id: each.state for each in held if each.state is not None}


def _told(message: Any) -> tuple[Any, ...]:
    return (message.content, message.delivery_count, int(message.state), message.dead_letter, message.enqueued_at)
