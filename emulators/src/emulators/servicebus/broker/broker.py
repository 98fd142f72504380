"""All entities, and the two things that happen to them together: time passes, messages move."""

from collections.abc import Callable, Collection

from emulators.servicebus.broker.changes import Changes
from emulators.servicebus.broker.counts import Counts
from emulators.servicebus.broker.deadline import NEVER
from emulators.servicebus.broker.entities import Entities, Entity
from emulators.servicebus.broker.idleness import idle_until
from emulators.servicebus.broker.plan import (
    DEAD_LETTER_SUFFIX,
    TRANSFER_SUFFIX,
    Plan,
    QueuePlan,
    Stored,
    TopicPlan,
    stored_nothing,
)
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.surroundings import Surroundings
from emulators.servicebus.broker.topic import Topic

__all__ = [
    "DEAD_LETTER_SUFFIX",
    "TRANSFER_SUFFIX",
    "Broker",
    "Entity",
    "Plan",
    "QueuePlan",
    "Stored",
    "TopicPlan",
    "stored_nothing",
]


class Broker:
    """The entities of one namespace, and their time."""

    def __init__(self, plan: Plan, stored: dict[str, Stored], declared: Collection[str] | None = None) -> None:
        """Make the entities with what was stored of them: one entry for each of `plan.names()`, in lower case.

        `declared` are the names that the topology has, in lower case; without it, those of the plan. `on_removed` is
        called with the name of an entity that was idle for too long, and with all names that went with it.
        """
        self._around = Surroundings(self.wake)
        self._pending: dict[str, None] = {}
        known = {name.lower() for name in plan.names()} if declared is None else declared
        self.entities = Entities(plan, stored, self._around, known)
        self.on_removed: Callable[[str, list[str]], None] = lambda *_: None

    @property
    def changes(self) -> Changes:
        """What has to be stored."""
        return self._around.changes

    def find(self, name: str) -> Entity:
        """The entity of a name such as `queue`, `topic/Subscriptions/name` or `queue/$DeadLetterQueue`."""
        return self.entities.find(name)

    def advance(self, now: int) -> None:
        """Let time pass up to now."""
        deadline = self._around.deadline
        if now < deadline.at:
            return
        deadline.at = NEVER
        idle: list[Entity] = []
        for entity in self.entities:
            at = entity.next_at()
            if at is not None and at <= now:
                entity.advance(now)
                at = entity.next_at()
            if at is not None:
                deadline.note(at)
            if entity.settings.idle_max and self._is_idle(entity, now):
                idle.append(entity)
        for entity in idle:
            # A subscription may be gone with its topic already.
            if self.entities.get(entity.name) is entity:
                self.on_removed(entity.name, self.entities.remove(entity))

    def _is_idle(self, entity: Entity, now: int) -> bool:
        """Whether the entity has been idle for too long; if not, it is looked at again when it may be."""
        ends = idle_until(entity, now)
        if ends > now:
            self._around.deadline.note(ends)
        return ends <= now

    def next_at(self) -> int | None:
        """When `advance` may have something to do."""
        at = self._around.deadline.at
        return None if at == NEVER else at

    def pump(self, now: int) -> None:
        """Hand out messages wherever something has changed."""
        while self._pending:
            name, _ = self._pending.popitem()
            queue = self.entities.get(name)
            if isinstance(queue, Queue):
                queue.pump(now)

    def wake(self, name: str) -> None:
        """Something has changed in a queue, or its receivers have new credit."""
        self._pending[name] = None

    def counts(self) -> dict[str, Counts]:
        """What each entity holds; dead-letter queues are counted with theirs."""
        return {
            entity.name: entity.counts()
            for entity in self.entities
            if isinstance(entity, Topic) or entity.dead_letters is not None
        }
