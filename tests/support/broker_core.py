from dataclasses import dataclass, field

from emulators.servicebus.broker.broker import Broker, Plan, QueuePlan, Stored, stored_nothing
from emulators.servicebus.broker.content import Content, Message
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.settings import Settings

NOW = 1_000_000
MINUTE = 60_000


@dataclass(eq=False)
class Receiver:
    """A consumer that remembers what it was told."""

    credit: int = 0
    deletes: bool = False
    messages: list[Message] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def deliver(self, message: Message) -> None:
        self.messages.append(message)

    def session_granted(self, session_id: str, locked_until: int) -> None:
        self.told.append(f"granted {session_id}")

    def session_refused(self) -> None:
        self.told.append("refused")

    def session_lost(self) -> None:
        self.told.append("lost")

    def take(self) -> list[str]:
        """The bodies that came since the last time."""
        taken = [message.content.bare.decode() for message in self.messages]
        self.messages.clear()
        return taken


class Core:
    """A broker with one queue `q`, and a hand to move it."""

    def __init__(self, settings: Settings | None = None, stored: Stored | None = None) -> None:
        self.plan = Plan((QueuePlan("q", settings or Settings()),))
        records = stored_nothing(self.plan)
        if stored is not None:
            records["q"] = stored
        self.broker = Broker(self.plan, records)
        self.now = NOW

    @property
    def queue(self) -> Queue:
        return self.find("q")

    @property
    def dead_letters(self) -> Queue:
        return self.find("q/$DeadLetterQueue")

    def find(self, name: str) -> Queue:
        entity = self.broker.find(name)
        assert isinstance(entity, Queue)
        return entity

    def send(self, *texts: str, session_id: str | None = None, due_in: int = 0, time_to_live: int = 0) -> list[int]:
        due_at = self.now + due_in if due_in else 0
        contents = [Content(text.encode(), b"", session_id, time_to_live, due_at) for text in texts]
        return [self.queue.intake.send(content, self.now) for content in contents]

    def send_with_id(self, message_id: str, due_in: int = 0) -> int:
        due_at = self.now + due_in if due_in else 0
        return self.queue.intake.send(Content(message_id.encode(), message_id.encode(), due_at=due_at), self.now)

    def receive(self, count: int = 100, queue: Queue | None = None) -> list[Message]:
        """What a receiver without a session gets when it asks once."""
        queue = queue or self.queue
        receiver = Receiver(count)
        assert queue.competition is not None
        queue.competition.ask(receiver)
        queue.pump(self.now)
        queue.competition.leave(receiver)
        return receiver.messages

    def pass_time(self, span: int) -> None:
        self.now += span
        self.broker.advance(self.now)
        self.broker.pump(self.now)


def texts(messages: list[Message]) -> list[str]:
    return [message.content.bare.decode() for message in messages]
