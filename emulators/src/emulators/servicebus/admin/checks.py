"""What the service does not let an entity be called, be, or become."""

from collections.abc import Callable

from emulators.servicebus.admin.complaints import invalid
from emulators.servicebus.broker.entities import Entities
from emulators.servicebus.broker.names import ALLOWED, ENTITY_NAME_MAX, PART_NAME_MAX, can_be_entity, can_be_part
from emulators.servicebus.broker.queue import Queue
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.broker.topic import Topic

ENTITIES_MAX = 10_000
SUBSCRIPTIONS_MAX = 2000
RULES_MAX = 2000

_DEFAULT_RULE = "$Default"


def check_entity_name(name: str, url: str) -> None:
    """Raise unless a queue or topic may be called that."""
    _check_name(name, url, can_be_entity, ENTITY_NAME_MAX)


def check_part_name(name: str, url: str) -> None:
    """Raise unless a subscription or rule may be called that."""
    if name != _DEFAULT_RULE:
        _check_name(name, url, can_be_part, PART_NAME_MAX)


def check_count(found: int, most: int, what: str) -> None:
    """Raise if there are so many already that one more is too many."""
    if found >= most:
        raise invalid(f"The limit of {most} {what} has been reached.")


def check_settings(name: str, settings: Settings, entities: Entities) -> None:
    """Raise unless an entity may have these settings."""
    if settings.forward_to and settings.requires_session:
        raise invalid(f"Auto-forwarding isn't allowed for '{name}', which requires sessions.")
    for destination in (settings.forward_to, settings.forward_dead_letters_to):
        _check_destination(name, destination, entities)
    if settings.remarks.express and settings.duplicate_window:
        raise invalid(
            "Both DelayedPersistence property and RequiresDuplicateDetection property cannot be enabled together."
        )


def check_change(kind: str, before: Settings, after: Settings) -> None:
    """Raise if a property differs that is fixed for life."""
    if after.requires_session is not before.requires_session:
        raise invalid(f"The value for the 'RequiresSession' property of an existing {kind} can't be changed.")
    if bool(after.duplicate_window) is not bool(before.duplicate_window):
        raise invalid(
            f"The value for the 'RequiresDuplicateDetection' property of an existing {kind} can't be changed."
        )
    if after.remarks.partitioned is not before.remarks.partitioned:
        raise invalid(f"Partitioning can't be changed for {kind}.")


def _check_name(name: str, url: str, allowed: Callable[[str], bool], longest: int) -> None:
    if len(name) > longest:
        raise invalid(f"The entity path/name '{name[:longest]}...' exceeds the '{longest}' character limit.")
    if not allowed(name):
        raise invalid(
            f"'{url}' contains character(s) that is not allowed by Service Bus. Entity segments can contain only "
            f"{ALLOWED}."
        )


def _check_destination(name: str, destination: str, entities: Entities) -> None:
    if not destination:
        return
    found = entities.get(destination)
    if destination.lower() == name.lower():
        raise invalid(f"Auto-forwarding from '{name}' to itself isn't allowed.")
    if not isinstance(found, Topic) and (not isinstance(found, Queue) or found.dead_letters is None):
        raise invalid(f"The destination entity '{destination}' of '{name}' doesn't exist. Create it first.")
    if found.is_subscription if isinstance(found, Queue) else False:
        raise invalid(f"The destination entity '{destination}' of '{name}' is a subscription; name a queue or topic.")
