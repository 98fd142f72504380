"""Which sagas there is code for, and which of them an event starts or resumes.

1. A registry is complete when it is made and never changes.
2. Versions are ordered as people read them: `2` stands before `10`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from durable.cloudevent import CloudEvent
from durable.errors import AuthorError
from durable.saga import Saga

AnySaga = Saga[Any, Any]
_NUMBERS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Resumption:
    """That an event is raised to a running instance of a saga.

    Attributes:
        wait: name under which the instance waits for it.
        key: dotted path in the event's data that names the instance.
    """

    saga: AnySaga
    wait: str
    key: str


class Registry:
    """The sagas of a process, by name and version.

    Raises:
        AuthorError: two of them have the same name and version.
        TypeError: one is no saga.
    """

    __slots__ = ("_newest", "_resumptions", "_sagas", "_starters")

    def __init__(self, sagas: Iterable[AnySaga]) -> None:
        self._sagas: dict[tuple[str, str], AnySaga] = {}
        for saga in sagas:
            if not isinstance(saga, Saga):
                raise TypeError(f"expected sagas; found {saga!r}: is it decorated with @saga(...)?")
            known = self._sagas.setdefault((saga.name, saga.version), saga)
            if known is not saga:
                raise AuthorError(
                    f"expected one saga {saga.name!r} of version {saga.version!r}; "
                    f"found {_place(known)} and {_place(saga)}"
                )
        ordered = sorted(self._sagas.values(), key=_order)
        self._newest = {saga.name: saga for saga in ordered}
        self._starters: dict[str, list[AnySaga]] = {}
        for saga in self._newest.values():
            if saga.starts_on is not None:
                self._starters.setdefault(saga.starts_on, []).append(saga)
        self._resumptions = _resumptions(ordered)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sagas, sorted."""
        return tuple(sorted(self._newest))

    def find(self, name: str, version: str | None = None) -> AnySaga | None:
        """Give the saga of a version, of the newest one if none is asked for; `None` if there is none."""
        return self._newest.get(name) if version is None else self._sagas.get((name, version))

    def started_by(self, event: CloudEvent) -> list[AnySaga]:
        """List the sagas, each in its newest version, that start on an event; by name.

        Raises:
            AuthorError: the `starts_if` of one raised.
        """
        return [saga for saga in self._starters.get(event.type, ()) if _takes(saga, event)]

    def resumed_by(self, event_type: str) -> Sequence[Resumption]:
        """List what an event of a type resumes, by saga.

        Of several versions that wait under one name, the newest says where the key is.
        """
        return self._resumptions.get(event_type, ())


def _resumptions(ordered: Iterable[AnySaga]) -> dict[str, list[Resumption]]:
    newest: dict[tuple[str, str, str], Resumption] = {}
    for saga in ordered:
        for event_type, (wait, key) in saga.resumes_on.items():
            newest[event_type, saga.name, wait] = Resumption(saga, wait, key)
    found: dict[str, list[Resumption]] = {}
    for (event_type, _, _), resumption in newest.items():
        found.setdefault(event_type, []).append(resumption)
    return found


def _takes(saga: AnySaga, event: CloudEvent) -> bool:
    if saga.starts_if is None:
        return True
    try:
        return bool(saga.starts_if(event))
    except Exception as error:  # It is its author's code and may raise anything.
        raise AuthorError(
            f"expected starts_if of saga {saga.name!r} (version {saga.version!r}) to give a bool for event "
            f"{event.id!r} of type {event.type!r}; it raised {type(error).__name__}: {error}"
        ) from error


def _order(saga: AnySaga) -> tuple[str, list[tuple[str, int]]]:
    pieces = _NUMBERS.split(saga.version)
    return saga.name, [(text, int(number)) for text, number in zip(pieces[::2], [*pieces[1::2], "0"], strict=True)]


def _place(saga: AnySaga) -> str:
    return f"{saga.function.__module__}.{saga.function.__qualname__}"
