"""A topic: every subscription gets a copy of every message."""

from emulators.servicebus.broker.content import Content
from emulators.servicebus.broker.intake import Intake
from emulators.servicebus.broker.queue import Counts, Queue
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.broker.surroundings import Surroundings


class Topic:
    """Keeps scheduled messages until they are due, and nothing else."""

    def __init__(
        self, entity_id: int, name: str, settings: Settings, around: Surroundings, subscriptions: list[Queue]
    ) -> None:
        self.entity_id = entity_id
        self.name = name
        self.settings = settings
        self.subscriptions = subscriptions
        self.intake = Intake(entity_id, settings.duplicate_window, around, self._fan_out)

    def check_acceptable(self, content: Content) -> None:
        """Any message may be sent to a topic."""

    def advance(self, now: int) -> None:
        self.intake.release_due(now)

    def next_at(self) -> int | None:
        return self.intake.next_at()

    def counts(self) -> Counts:
        return Counts(scheduled=len(self.intake.scheduled), accepted=self.intake.accepted)

    def _fan_out(self, content: Content, sequence: int, now: int) -> None:
        for subscription in self.subscriptions:
            subscription.copy_from_topic(content, sequence, now)
