"""Descriptions of entities: written from what an entity is, read into the settings that it shall have."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple
from xml.etree.ElementTree import Element

from emulators.servicebus.admin import markup
from emulators.servicebus.admin.access_rules import access_rules_in
from emulators.servicebus.admin.complaints import invalid
from emulators.servicebus.admin.properties import (
    ACCESS_RULES_TAG,
    KILOBYTE,
    MEGABYTE,
    MESSAGE_SIZE_TAG,
    NEEDS_DETECTION,
    SIZE_DEFAULT,
    STANDARD_SIZES,
    Property,
)
from emulators.servicebus.broker.entities import Entity
from emulators.servicebus.broker.settings import DUPLICATE_WINDOW, Remarks, Settings
from emulators.servicebus.wire.limits import Tier, limits_of

_REMARKS = "remarks."
_SCOPED = {
    "CountDetails": {"xmlns__d2p1": markup.COUNTS},
}
_NAMED = ("ForwardTo", "ForwardDeadLetteredMessagesTo")


class Scope(NamedTuple):
    """How the client calls this endpoint, and the tier of the namespace."""

    host: str
    tier: Tier

    @property
    def message_bytes(self) -> int:
        """How large a message may be if its entity has no limit of its own."""
        return limits_of(self.tier, Settings()).message_bytes


def description_markup(tag: str, table: Iterable[Property], entity: Entity, scope: Scope) -> str:
    """The description of an entity."""
    parts = []
    for each in table:
        told = each.tell(entity)
        if told is None:
            continue
        if each.tag in _NAMED:
            told = f"sb://{scope.host}/{told}"
        elif each.tag == MESSAGE_SIZE_TAG and told == "0":
            told = str(scope.message_bytes // KILOBYTE)
        parts.append(markup.element(each.tag, told, **_SCOPED.get(each.tag, {})))
    return markup.element(tag, "".join(parts), xmlns=markup.SERVICE, xmlns__i=markup.INSTANCE)


def settings_in(node: Element, table: Iterable[Property], before: Settings | None, now: int, scope: Scope) -> Settings:
    """The settings that a description asks for; raises `Complaint`.

    `before` are those that the entity has, or None if it is to be made.
    """
    known = {each.tag: each for each in table}
    values: dict[str, object] = _unchangeable(before)
    remarks: dict[str, object] = {"partitioned": before is not None and before.remarks.partitioned}
    for part in node:
        tag = markup.local_name(part)
        each = known.get(tag)
        if tag == ACCESS_RULES_TAG:
            remarks["access_rules"] = access_rules_in(part, now)
        elif each is not None and each.kind is not None:
            value = each.kind.read((part.text or "").strip(), tag)
            holder = remarks if each.field.startswith(_REMARKS) else values
            holder[each.field.removeprefix(_REMARKS)] = value
    if not values.pop(NEEDS_DETECTION):
        remarks["idle_window"] = values.pop("duplicate_window", DUPLICATE_WINDOW)
    else:
        values.setdefault("duplicate_window", DUPLICATE_WINDOW)
    _check_message_size(values, scope)
    _check_size(values, scope)
    size = SIZE_DEFAULT if "MaxSizeInMegabytes" in known else 0
    return replace(Settings(bytes_max=size), **values, remarks=Remarks(**remarks))  # type: ignore[arg-type]  # By the table.


def _check_message_size(values: dict[str, object], scope: Scope) -> None:
    """Forget a limit that is that of the tier; a Standard namespace has no other, a Premium one at least its own."""
    asked = values.pop("message_bytes_max", scope.message_bytes)
    if asked == scope.message_bytes:
        return
    if scope.tier is not Tier.PREMIUM:
        raise invalid(f"The property '{MESSAGE_SIZE_TAG}' can only be set in a namespace of the 'Premium' tier.")
    if not isinstance(asked, int) or asked < scope.message_bytes:
        raise invalid(f"The specified value of {MESSAGE_SIZE_TAG} is invalid. It must be between 1024 and 102400.")
    values["message_bytes_max"] = asked


def _check_size(values: dict[str, object], scope: Scope) -> None:
    """A Standard namespace has no entities of more than 5 GB."""
    size = values.get("bytes_max", 0)
    if scope.tier is Tier.STANDARD and isinstance(size, int) and size > STANDARD_SIZES[-1] * MEGABYTE:
        choice = ";".join(map(str, STANDARD_SIZES))
        raise invalid(
            f"The specified value {size // MEGABYTE} is invalid. The property MaxSizeInMegabytes, must be one of the "
            f"following values: {choice}."
        )


def _unchangeable(before: Settings | None) -> dict[str, object]:
    if before is None:
        return {NEEDS_DETECTION: False}
    return {NEEDS_DETECTION: bool(before.duplicate_window), "requires_session": before.requires_session}
