"""Which faults are set, and which of them hits what is about to happen.

1. Faults are asked in the order in which they were set. The first that hits an occasion has it; those behind it do not
   see it.
2. A fault that is over stays listed, with its hits, until it is removed.
3. All of a script is set, or nothing of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol

from emulators.faults.fault import Fault, FaultError, Occasion, Recurring
from emulators.faults.reading import Kinds, read_script, written
from emulators.faults.schedule import Schedule

_FAULTS_MAX = 1000


@dataclass(frozen=True, slots=True)
class Listed:
    """A fault that is set: how many occasions it met, how many it hit, and whether it is over."""

    name: str
    fault: Fault
    seen: int
    hits: int
    is_over: bool

    def as_json(self) -> dict[str, Any]:
        """The fault with its figures."""
        figures = {"name": self.name, "seen": self.seen, "hits": self.hits, "over": self.is_over}
        return {**written(self.fault), **figures}


class Effects(Protocol):
    """The side of the endpoint: what becomes of faults when they are set and removed."""

    def begin(self, fault: Fault) -> bool:
        """Carry out at once what waits for no occasion; true if that was all. Raises `FaultError`."""

    def end(self, fault: Fault) -> None:
        """Undo what the fault keeps up."""

    def switch(self, *, on: bool) -> None:
        """From now on faults are asked before anything happens, or no longer."""


class _Entry:
    def __init__(self, name: str, fault: Fault) -> None:
        self.name = name
        self.fault = fault
        self.schedule = Schedule(fault) if isinstance(fault, Recurring) else None
        self.done = False

    @property
    def is_over(self) -> bool:
        return self.done or (self.schedule is not None and self.schedule.is_over)

    def listed(self) -> Listed:
        schedule = self.schedule
        if self.done or schedule is None:
            return Listed(self.name, self.fault, 1, 1, self.is_over)
        return Listed(self.name, self.fault, schedule.seen, schedule.hits, self.is_over)


class Faults:
    """The faults of one endpoint, to be used in the thread of its loop."""

    def __init__(self, kinds: Kinds, effects: Effects) -> None:
        self._kinds = kinds
        self._effects = effects
        self._entries: dict[str, _Entry] = {}
        self._names = count(1)
        self._is_on = False

    def add(self, *faults: Fault) -> list[Listed]:
        """Set faults behind those that are set; raises `FaultError`, and has set none then."""
        if len(self._entries) + len(faults) > _FAULTS_MAX:
            raise FaultError(f"At most {_FAULTS_MAX} faults can be set at once: remove some.")
        entries = [_Entry(fault.name or self._new_name(fault), fault) for fault in faults]
        self._check(entries)
        for entry in entries:
            entry.done = self._effects.begin(entry.fault)
            self._entries[entry.name] = entry
        self._switch()
        return [entry.listed() for entry in entries]

    def read(self, script: object) -> list[Listed]:
        """Set the faults of a script, as parsed from JSON; raises `FaultError`."""
        return self.add(*read_script(script, self._kinds))

    def remove(self, name: str) -> Listed:
        """Remove a fault; raises `KeyError` if none has this name."""
        entry = self._entries.pop(name)
        self._effects.end(entry.fault)
        self._switch()
        return entry.listed()

    def clear(self) -> None:
        """Remove all faults."""
        for name in list(self._entries):
            self.remove(name)

    def listing(self) -> list[Listed]:
        """All faults that are set, in order."""
        return [entry.listed() for entry in self._entries.values()]

    def hits(self, name: str) -> int:
        """How many occasions a fault has hit; raises `KeyError` if none has this name."""
        return self._entries[name].listed().hits

    @contextmanager
    def during(self, *faults: Fault) -> Iterator[list[Listed]]:
        """Set faults for the time of a `with` block."""
        added = self.add(*faults)
        try:
            yield added
        finally:
            for each in added:
                if each.name in self._entries:
                    self.remove(each.name)

    def take(self, occasion: Occasion) -> Fault | None:
        """The fault that hits an occasion, if one does."""
        for entry in self._entries.values():
            fault = entry.fault
            if entry.is_over or entry.schedule is None or not isinstance(fault, Recurring) or not fault.meets(occasion):
                continue
            if entry.schedule.hit():
                if entry.is_over:
                    self._switch()
                return fault
        return None

    def _new_name(self, fault: Fault) -> str:
        return next(name for number in self._names if (name := f"{fault.kind}-{number}") not in self._entries)

    def _check(self, entries: list[_Entry]) -> None:
        names = [entry.name for entry in entries]
        for name in names:
            if name in self._entries or names.count(name) > 1:
                raise FaultError(f"There is a fault named '{name}' already: remove it, or take another name.")
        known = tuple(self._kinds.values())
        for entry in entries:
            if not isinstance(entry.fault, known):
                raise FaultError(f"{type(entry.fault).__module__} is not for this endpoint: found {entry.fault!r}.")

    def _switch(self) -> None:
        wanted = any(not entry.is_over for entry in self._entries.values())
        if wanted != self._is_on:
            self._is_on = wanted
            self._effects.switch(on=wanted)
