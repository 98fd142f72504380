"""A topic: every subscription gets copies of the messages that its rules let pass."""

from emulators.servicebus.broker.content import Content, DeadLetter
from emulators.servicebus.broker.counts import Counts
from emulators.servicebus.broker.dates import Dates
from emulators.servicebus.broker.intake import Intake
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.refusals import EntityDisabled, QuotaExceeded
from emulators.servicebus.broker.rules.properties import Properties
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
        self.dates = Dates()
        self.subscriptions = subscriptions
        self.intake = Intake(entity_id, settings.duplicate_window, around, self._fan_out)

    def check_acceptable(self, _: Content) -> None:
        """Raise unless a sender may send to this topic."""
        if self.settings.status.refuses_sends:
            raise EntityDisabled(f"Messaging entity '{self.name}' is currently disabled for Send operations.")
        if self.settings.bytes_max and self.size() >= self.settings.bytes_max:
            raise QuotaExceeded(
                f"The maximum entity size has been reached or exceeded for '{self.name}': the messages of its "
                f"subscriptions take {self.size()} bytes, {self.settings.bytes_max} are allowed. Receive some."
            )

    def size(self) -> int:
        """The bytes of all that its subscriptions hold, and of its scheduled messages."""
        return self.intake.bytes + sum(subscription.size() for subscription in self.subscriptions)

    def change(self, settings: Settings) -> None:
        """Take other settings."""
        self.settings = settings
        self.intake.set_window(settings.duplicate_window)

    def advance(self, now: int) -> None:
        self.intake.release_due(now)

    def next_at(self) -> int | None:
        return self.intake.next_at()

    def counts(self) -> Counts:
        return Counts(scheduled=len(self.intake.scheduled), accepted=self.intake.accepted)

    def _fan_out(self, content: Content, sequence: int, now: int) -> None:
        content = content.living_at_most(self.settings.time_to_live)
        origin = content.first_sequence or sequence
        properties: Properties | None = None
        for subscription in self.subscriptions:
            rules = subscription.rules
            if rules is None or rules.everything:
                subscription.copy_from_topic(content, origin, now)
                continue
            properties = properties or Properties(content)
            copies, fault = rules.copies(properties)
            for copy in copies:
                subscription.copy_from_topic(copy, origin, now)
            if fault is not None and subscription.settings.dead_letters_filter_errors:
                subscription.copy_from_topic(content, origin, now, DeadLetter("FilterException", fault))
