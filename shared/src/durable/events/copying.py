"""Copies of events with some fields changed: what `dataclasses.replace` does, at a fifth of its cost.

An event is copied through the descriptors of its slots. It stays frozen for everybody else: a copy is changed before
anyone has seen it, and never after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from operator import attrgetter
from typing import Any, TypeVar

from durable.events.event import HistoryEvent

E = TypeVar("E", bound=HistoryEvent)
_Write = Callable[[Any, Any], None]
_Slots = tuple[Callable[[Any], Any], tuple[_Write, ...], dict[str, _Write]]
_SLOTS: dict[type[HistoryEvent], _Slots] = {}


def _slots_of(kind: type[HistoryEvent]) -> _Slots:
    writers = {field.name: getattr(kind, field.name).__set__ for field in fields(kind)}
    slots = _SLOTS[kind] = (attrgetter(*writers), tuple(writers.values()), writers)
    return slots


def copied(event: E, changes: Mapping[str, object]) -> E:
    """Give a copy of an event with these fields changed.

    Raises:
        KeyError: the event has no such field.
    """
    kind: Any = type(event)
    read, all_writers, writers = _SLOTS.get(kind) or _slots_of(kind)
    copy: E = kind.__new__(kind)
    for write, value in zip(all_writers, read(event), strict=True):
        write(copy, value)
    for name, value in changes.items():
        writers[name](copy, value)
    return copy
