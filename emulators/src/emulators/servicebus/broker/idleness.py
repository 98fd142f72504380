"""When an entity that is to be deleted for want of use has been idle for long enough.

1. Sending, asking for messages and every request to an entity are use; messages that only lie there are not.
2. While a receiver waits, a session is held or a message is scheduled, the entity is in use.
3. Whatever is done with a subscription is use of its topic; a copy from the topic is no use of the subscription.
"""

from emulators.servicebus.broker.entities import Entity
from emulators.servicebus.broker.topic import Topic


def idle_until(entity: Entity, now: int) -> int:
    """When the entity, which may not be idle for ever, will have been so for too long if nothing happens."""
    return (now if _is_in_use(entity) else _last_use(entity)) + entity.settings.idle_max


def _last_use(entity: Entity) -> int:
    dates = entity.dates
    own = max(dates.used_at, dates.updated_at, dates.created_at)
    below = entity.subscriptions if isinstance(entity, Topic) else (entity.dead_letters, entity.undelivered)
    return max((own, *(_last_use(each) for each in below if each is not None)))


def _is_in_use(entity: Entity) -> bool:
    if entity.intake.scheduled:
        return True
    if isinstance(entity, Topic):
        return any(_is_in_use(each) for each in entity.subscriptions)
    below = (entity.dead_letters, entity.undelivered)
    return entity.is_wanted or any(_is_in_use(each) for each in below if each is not None)
