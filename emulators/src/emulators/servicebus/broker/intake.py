"""The way into a queue or topic: sequence numbers, duplicate detection, schedules.

1. A repeat within the duplicate window is accepted and dropped; its sender gets the sequence number of the first copy.
2. A scheduled message has a sequence number of its own while it waits; when it becomes active it is enqueued like any
   other, with a new one.
"""

from collections.abc import Callable, Iterable

from emulators.servicebus.broker.agenda import Agenda
from emulators.servicebus.broker.changes import Sighting, key_of
from emulators.servicebus.broker.content import Content, Message, State
from emulators.servicebus.broker.duplicates import DuplicateWindow
from emulators.servicebus.broker.numbered import Numbered
from emulators.servicebus.broker.refusals import MessageNotFound
from emulators.servicebus.broker.surroundings import Surroundings

# Puts content into the entity under a sequence number at a time.
Enqueue = Callable[[Content, int, int], None]


class Intake:
    """Accepts messages for one entity and hands them on when they become active."""

    def __init__(self, entity_id: int, duplicate_window: int, around: Surroundings, enqueue: Enqueue) -> None:
        self.entity_id = entity_id
        self.accepted = 0
        self.scheduled = Numbered()
        self._changes = around.changes
        self._enqueue = enqueue
        self.bytes = 0
        self._agenda = Agenda(around.deadline)
        self._last_sequence = 0
        self._window = DuplicateWindow(entity_id, duplicate_window, around.changes) if duplicate_window else None

    def set_window(self, span: int) -> None:
        """Change how long an id is remembered; detection itself can't be switched on or off."""
        if self._window is not None and span:
            self._window.span = span

    def next_sequence(self) -> int:
        """A number that this entity never gave before."""
        self._last_sequence += 1
        self._changes.sequences[self.entity_id] = self._last_sequence
        return self._last_sequence

    def send(self, content: Content, now: int) -> int:
        """Accept a message, to be active at once or when it is due; gives its sequence number."""
        message_id = content.message_id
        window = self._window
        if window is not None and message_id:
            known = window.find(message_id, now)
            if known is not None:
                return known
        sequence = self.next_sequence()
        if window is not None and message_id:
            window.add(message_id, sequence, now)
        self.accepted += 1
        if content.due_at > now:
            self._hold(content, sequence, now)
        else:
            self._enqueue(content, sequence, now)
        return sequence

    def check_cancellable(self, sequences: Iterable[int]) -> None:
        """Raise `MessageNotFound` unless every number is that of a message which still waits."""
        for sequence in sequences:
            if sequence not in self.scheduled:
                raise MessageNotFound(f"There is no scheduled message with sequence number {sequence}.")

    def cancel(self, sequences: Iterable[int]) -> None:
        """Remove scheduled messages: all of them or, if one is missing, none."""
        numbers = list(sequences)
        self.check_cancellable(numbers)
        for sequence in numbers:
            self._forget(self.scheduled[sequence])

    def release_due(self, now: int) -> None:
        """Enqueue the scheduled messages whose time has come."""
        for message in self._agenda.take(now):
            self._forget(message)
            self._enqueue(message.content, self.next_sequence(), now)

    def hasten(self, sequence: int, due_at: int) -> None:
        """Make a scheduled message active at another time than it says, if that is earlier."""
        self._agenda.add(due_at, self.scheduled[sequence])

    def next_at(self) -> int | None:
        return self._agenda.next_at() if self.scheduled else None

    def restore_scheduled(self, message: Message) -> None:
        """Take back a scheduled message from the journal."""
        self.scheduled.put(message)
        self.bytes += len(message.content.bare)
        self._agenda.add(message.content.due_at, message)

    def restore_numbers(self, last_sequence: int, sightings: Iterable[Sighting]) -> None:
        """Take back what may not be given or accepted twice."""
        self._last_sequence = last_sequence
        if self._window is not None:
            self._window.restore(sightings)

    def _forget(self, message: Message) -> None:
        del self.scheduled[message.sequence]
        self.bytes -= len(message.content.bare)
        message.state = State.GONE
        self._changes.delete(message)

    def _hold(self, content: Content, sequence: int, now: int) -> None:
        key = key_of(self.entity_id, sequence)
        message = Message(key, sequence, content, now, sequence, state=State.SCHEDULED)
        self._changes.insert(message)
        self.restore_scheduled(message)
