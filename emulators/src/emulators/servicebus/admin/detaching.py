"""Links that are taken from their clients, because their entity is gone or lets them through no more."""

from collections.abc import Collection

from emulators.servicebus.broker.entities import Entity
from emulators.servicebus.broker.refusals import EntityDisabled, EntityNotFound, NotAllowed
from emulators.servicebus.broker.settings import Settings
from emulators.servicebus.wire.hub import Hub

_MANAGEMENT = "/$management"


def detach_from_gone(hub: Hub, name: str, gone: Collection[str]) -> None:
    """Detach everybody from entities that are gone: their names in lower case, and that of what was deleted."""
    refusal = EntityNotFound(f"The messaging entity '{name}' could not be found.")
    hub.let_go(lambda path, _: path.lower().removesuffix(_MANAGEMENT) in gone, refusal)


def detach_from_changed(hub: Hub, entity: Entity, before: Settings) -> None:
    """Detach those from an entity whom its new settings don't let through any more."""
    own, now = entity.name.lower(), entity.settings
    disabled = EntityDisabled(f"Messaging entity '{entity.name}' is currently disabled.")
    if now.status.refuses_sends:
        hub.let_go(lambda path, receives: path.lower() == own and not receives, disabled)
    if now.status.refuses_receives:
        hub.let_go(lambda path, receives: path.lower() == own and receives, disabled)
    if now.forward_to and not before.forward_to:
        text = f"'{entity.name}' has auto-forwarding enabled now: receive from '{now.forward_to}'."
        hub.let_go(lambda path, receives: path.lower() == own and receives, NotAllowed(text))
