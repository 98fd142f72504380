"""Descriptions of entities: written from what an entity is, read into the settings that it shall have."""

from collections.abc import Iterable
from dataclasses import replace
from xml.etree.ElementTree import Element

from emulators.servicebus.admin import markup
from emulators.servicebus.admin.access_rules import access_rules_in
from emulators.servicebus.admin.properties import (
    ACCESS_RULES_TAG,
    NEEDS_DETECTION,
    SIZE_DEFAULT,
    Property,
)
from emulators.servicebus.broker.entities import Entity
from emulators.servicebus.broker.settings import DUPLICATE_WINDOW, Remarks, Settings

_REMARKS = "remarks."
_SCOPED = {
    "CountDetails": {"xmlns__d2p1": markup.COUNTS},
}
_NAMED = ("ForwardTo", "ForwardDeadLetteredMessagesTo")


def description_markup(tag: str, table: Iterable[Property], entity: Entity, host: str) -> str:
    """The description of an entity; `host` is how its client calls this endpoint."""
    parts = []
    for each in table:
        told = each.tell(entity)
        if told is None:
            continue
        told = f"sb://{host}/{told}" if each.tag in _NAMED else told
        parts.append(markup.element(each.tag, told, **_SCOPED.get(each.tag, {})))
    return markup.element(tag, "".join(parts), xmlns=markup.SERVICE, xmlns__i=markup.INSTANCE)


def settings_in(node: Element, table: Iterable[Property], before: Settings | None, now: int) -> Settings:
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
    size = SIZE_DEFAULT if "MaxSizeInMegabytes" in known else 0
    return replace(Settings(bytes_max=size), **values, remarks=Remarks(**remarks))  # type: ignore[arg-type]  # By the table.


def _unchangeable(before: Settings | None) -> dict[str, object]:
    if before is None:
        return {NEEDS_DETECTION: False}
    return {NEEDS_DETECTION: bool(before.duplicate_window), "requires_session": before.requires_session}
