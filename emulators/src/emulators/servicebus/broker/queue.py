"""A queue, a subscription or a dead-letter sub-queue: holds messages until they are settled.

1. A message is in `messages` from the time it is active until it is settled for good, deferred or locked or not.
2. Every delivery that ends in abandon, in defer or in an expired lock counts; at the maximum the message goes to the
   dead-letter queue. There, an expired lock doesn't count.
3. A dead-lettered message keeps its sequence number.
"""

import heapq
from itertools import islice

from emulators.servicebus.amqp.sections import with_application_properties
from emulators.servicebus.broker.admission import check_admission
from emulators.servicebus.broker.agenda import Agenda
from emulators.servicebus.broker.changes import key_of
from emulators.servicebus.broker.content import Content, DeadLetter, Message, State
from emulators.servicebus.broker.counts import Counts
from emulators.servicebus.broker.dates import Dates
from emulators.servicebus.broker.dispatch import Competition, Consumer
from emulators.servicebus.broker.forwarding import Outlet
from emulators.servicebus.broker.intake import Intake
from emulators.servicebus.broker.locks import Locks
from emulators.servicebus.broker.numbered import Numbered
from emulators.servicebus.broker.refusals import NotAllowed
from emulators.servicebus.broker.rules.ruleset import RuleSet
from emulators.servicebus.broker.sessions import Session, Sessions
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.broker.surroundings import Surroundings

SUBSCRIPTIONS_INFIX = "/Subscriptions/"

_EXPIRED = DeadLetter("TTLExpiredException", "The message expired and was dead lettered.")
_NO_SESSION = DeadLetter(
    "Session ID is null", "Session-enabled entity doesn't allow a message whose session identifier is null."
)


class Queue:
    """Messages, their locks and their receivers."""

    def __init__(
        self, entity_id: int, name: str, settings: Settings, around: Surroundings, dead_letters: "Queue | None" = None
    ) -> None:
        self.entity_id = entity_id
        self.name = name
        self.settings = settings
        self.dates = Dates()
        self.dead_letters = dead_letters
        self.is_subscription = SUBSCRIPTIONS_INFIX in name
        self.messages = Numbered()
        self.deferred: dict[int, Message] = {}
        self.bytes = 0
        self.intake = Intake(entity_id, settings.duplicate_window, around, self.enqueue)
        self.locks = Locks(settings.lock_duration, around.deadline)
        self.sessions = Sessions(settings.lock_duration, around.deadline) if settings.requires_session else None
        self.competition = None if settings.requires_session else Competition(settings.lock_duration)
        self.rules: RuleSet | None = None
        self.undelivered: Queue | None = None
        self.outlet: Outlet | None = None
        self._dispatch: Sessions | Competition = self.sessions or self.competition or Competition(0)
        self._changes = around.changes
        self._wake = around.wake
        self._ends = Agenda(around.deadline)

    @property
    def is_wanted(self) -> bool:
        """Whether a receiver waits for messages, or holds a session."""
        return self._dispatch.is_wanted

    def check_acceptable(self, content: Content) -> None:
        """Raise unless a sender may send this here."""
        check_admission(self, content)

    def change(self, settings: Settings) -> None:
        """Take other settings; locks that are held end when they would have ended."""
        self.settings = settings
        self.locks.set_duration(settings.lock_duration)
        self._dispatch.set_lock_duration(settings.lock_duration)
        self.intake.set_window(settings.duplicate_window)
        plain = settings.of_sub_queues()
        for shelf in (self.dead_letters, self.undelivered):
            if shelf is not None:
                shelf.change(plain)

    def lead(self, outlet: Outlet | None) -> None:
        """Let messages go on from here, those that wait already too; with None they stay."""
        self.outlet = outlet
        if outlet is None:
            return
        for message in [each for each in self.messages.values() if each.state is State.ACTIVE and not each.lock_id]:
            self.remove(message)
            self._leave(message, outlet)

    def enqueue(self, content: Content, sequence: int, now: int) -> None:
        """Add an active message that was accepted here."""
        self._add(Message(key_of(self.entity_id, sequence), sequence, content, now, content.first_sequence))

    def copy_from_topic(self, content: Content, origin_sequence: int, now: int, why: DeadLetter | None = None) -> None:
        """Add a topic's message; it is dead at once if a reason is given, or lacks the session id that it needs."""
        sequence = self.intake.next_sequence()
        self.intake.accepted += 1
        origin = content.first_sequence or origin_sequence
        message = Message(key_of(self.entity_id, sequence), sequence, content, now, origin)
        if self.sessions is not None and content.session_id is None:
            why = why or _NO_SESSION
        if why is not None:
            self.check_buries().bury(message, why)
        else:
            self._add(message)

    def bury(self, message: Message, why: DeadLetter) -> None:
        """Add a copy of a message that another queue sets aside; this queue is its dead-letter queue."""
        copy = Message(
            key_of(self.entity_id, message.sequence),
            message.sequence,
            message.content,
            message.enqueued_at,
            message.origin_sequence,
            delivery_count=message.delivery_count,
            dead_letter=why,
        )
        if self.outlet is not None:
            self._leave(copy, self.outlet)
            return
        self._changes.insert(copy)
        self.restore(copy)

    def hand_out(self, message: Message, consumer: Consumer, locked_until: int) -> None:
        """Lock the message, or remove it if the consumer deletes, and deliver it."""
        if not consumer.deletes:
            self.locks.take(message, locked_until)
        consumer.deliver(message)
        if consumer.deletes:
            self.remove(message)

    def remove(self, message: Message) -> None:
        """Forget a message for good."""
        del self.messages[message.sequence]
        self.bytes -= len(message.content.bare)
        self.deferred.pop(message.sequence, None)
        message.state = State.GONE
        self._changes.delete(message)

    def modify(self, message: Message, properties: dict[str, object]) -> None:
        """Set application properties of a message."""
        bare = with_application_properties(message.content.bare, properties)
        self.bytes += len(bare) - len(message.content.bare)
        message.content = message.content._replace(bare=bare)
        self._changes.rewrite(message)

    def set_aside(self, message: Message, why: DeadLetter) -> None:
        """Move a message to the dead-letter queue."""
        self.remove(message)
        self.check_buries().bury(message, why)

    def check_buries(self) -> "Queue":
        """The dead-letter queue; raises `NotAllowed` if this is one."""
        if self.dead_letters is None:
            raise NotAllowed(f"'{self.name}' is a dead-letter queue: its messages can be completed, not dead-lettered.")
        return self.dead_letters

    def unlock(self, lock_id: int) -> Message:
        """Take the lock off a message; raises `MessageLockLost`."""
        message = self.locks.release(lock_id)
        if self.sessions is not None:
            self.sessions.settle(message, lock_id)
        return message

    def put_back(self, message: Message, *, counted: bool) -> None:
        """Return an unlocked message to where it was; `counted` adds a delivery, which may be its last."""
        if counted:
            message.delivery_count += 1
            if self.dead_letters is not None and message.delivery_count >= self.settings.delivery_count_max:
                text = f"Message could not be consumed after {message.delivery_count} delivery attempts."
                self.set_aside(message, DeadLetter("MaxDeliveryCountExceeded", text))
                return
            self._changes.update(message)
        if message.state is State.ACTIVE:
            if message.expires_at:
                self._ends.add(message.expires_at, message)
            self._return(message)

    def take_back(self, messages: list[Message], *, counted: bool) -> None:
        """Unlock messages and return them."""
        for message in messages:
            self.locks.release(message.lock_id)
            self.put_back(message, counted=counted)

    def defer(self, message: Message) -> None:
        """Keep an unlocked message for those who ask for its number: it doesn't expire by itself."""
        message.state = State.DEFERRED
        self.deferred[message.sequence] = message
        self.put_back(message, counted=True)

    def set_session_state(self, session: Session, state: bytes | None, now: int) -> None:
        """Keep a state for a session, or forget it if None."""
        session.state, session.state_set_at = state, now
        self._changes.session_states[self.entity_id, session.session_id] = None if state is None else (state, now)

    def note_rules(self) -> None:
        """Store the rules: they differ from the topology now."""
        if self.rules is not None:
            self._changes.rules[self.entity_id] = self.rules.listing()

    def peek(self, first_sequence: int, count: int, session_id: str | None) -> list[Message]:
        """Messages by number, waiting, locked, deferred or scheduled; none of them changes."""
        shelves = (self.messages.since(first_sequence), self.intake.scheduled.since(first_sequence))
        found = heapq.merge(*shelves, key=lambda message: message.sequence)
        return list(islice((each for each in found if session_id in {None, each.content.session_id}), count))

    def pump(self, now: int) -> None:
        """Hand out what can be handed out, and pass on what goes on."""
        if self.outlet is not None:
            self.outlet.pass_on(now)
        self._dispatch.pump(now, self)

    def advance(self, now: int) -> None:
        """Do what the time demands: schedules, expired locks, expired messages."""
        self.intake.release_due(now)
        if self.sessions is not None:
            self.sessions.expire(now, self)
            self._wake(self.name)
        else:
            self.take_back(self.locks.expired(now), counted=self.dead_letters is not None)
        for message in self._ends.take(now):
            # A message that was returned is on the agenda more than once.
            if not message.lock_id and message.state is State.ACTIVE:
                self.end(message)

    def next_at(self) -> int | None:
        """When `advance` has something to do."""
        own = self.sessions.next_at() if self.sessions is not None else self.locks.next_at()
        times = (own, self.intake.next_at(), self._ends.next_at())
        return min((at for at in times if at is not None), default=None)

    def restore(self, message: Message) -> None:
        """Take in a message as it is, without a note of it."""
        self.messages.put(message)
        self.bytes += len(message.content.bare)
        if message.expires_at:
            self._ends.add(message.expires_at, message)
        if message.state is State.DEFERRED:
            self.deferred[message.sequence] = message
        else:
            self._dispatch.put(message)
            self._wake(self.name)

    def end(self, message: Message) -> None:
        """The message has expired."""
        if self.settings.dead_letters_expired and self.dead_letters is not None:
            self.set_aside(message, _EXPIRED)
        else:
            self.remove(message)

    def counts(self) -> Counts:
        return Counts(
            active=len(self.messages) - len(self.deferred),
            scheduled=len(self.intake.scheduled),
            deferred=len(self.deferred),
            dead_lettered=0 if self.dead_letters is None else len(self.dead_letters.messages),
            accepted=self.intake.accepted,
            transfer_dead_lettered=0 if self.undelivered is None else len(self.undelivered.messages),
        )

    def _return(self, message: Message) -> None:
        if self.outlet is None:
            self._dispatch.put(message)
            self._wake(self.name)
        else:
            self.remove(message)
            self._leave(message, self.outlet)

    def size(self) -> int:
        """The bytes of its messages, scheduled ones and dead letters included."""
        shelves = (self, self.dead_letters, self.undelivered, self.intake)
        return sum(shelf.bytes for shelf in shelves if shelf is not None)

    def _leave(self, message: Message, outlet: Outlet) -> None:
        outlet.take(message)
        self._wake(self.name)

    def _add(self, message: Message) -> None:
        if self.outlet is not None:
            self._leave(message, self.outlet)
            return
        message.content = message.content.living_at_most(self.settings.time_to_live)
        if message.content.time_to_live:
            message.expires_at = message.enqueued_at + message.content.time_to_live
            self._ends.add(message.expires_at, message)
        self._changes.insert(message)
        self.messages.put(message)
        self.bytes += len(message.content.bare)
        self._dispatch.put(message)
        self._wake(self.name)
