"""What all faults have in common: a kind, a name, a place, and how often.

1. A fault is a frozen dataclass; its fields are what JSON may say of it (`reading.py`), its docstring what it does.
2. The fields that `places` names say where a fault hits: None means anywhere, else an occasion must agree with it.
3. A `Recurring` fault meets occasions and hits some of them. Any other is in force from when it is set to when it is
   removed.
"""

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

When: TypeAlias = Literal["before", "after"]
"""On which side of what happens a fault strikes."""

NAME_CHARACTERS_MAX = 128


class FaultError(ValueError):
    """A fault that can't be set; the text says what was expected and what was found."""


class Occasion(Protocol):
    """Something that is about to happen, and that faults may hit."""

    def agrees(self, place: str, wanted: Any) -> bool:
        """Whether it happens where a fault wants it; `place` is the name of a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault; `name` is how it is listed and removed, made up if missing."""

    kind: ClassVar[str] = ""
    name: str | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense; raises `FaultError`."""
        if self.name is not None and not 0 < len(self.name) <= NAME_CHARACTERS_MAX:
            raise FaultError(f"Expected a name of 1 to {NAME_CHARACTERS_MAX} characters, found {self.name!r}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurring(Fault):
    """A fault that hits occasions: after the first `skip`, each `every`-th, with `probability`, `count` times in all.

    `count` None means without end. Two faults with the same `seed` that meet the same occasions hit the same ones.
    """

    places: ClassVar[frozenset[str]] = frozenset()
    count: int | None = 1
    skip: int = 0
    every: int = 1
    probability: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no sense; raises `FaultError`."""
        Fault.__post_init__(self)
        check(self.count is None or self.count >= 1, "'count' must be at least 1, or null for no end", self.count)
        check(self.skip >= 0, "'skip' must not be negative", self.skip)
        check(self.every >= 1, "'every' must be at least 1", self.every)
        check(0 < self.probability <= 1, "'probability' must be more than 0 and at most 1", self.probability)

    def meets(self, occasion: Occasion) -> bool:
        """Whether the occasion is where this fault wants it."""
        wishes = ((each.name, getattr(self, each.name)) for each in fields(self) if each.name in self.places)
        return all(wanted is None or occasion.agrees(name, wanted) for name, wanted in wishes)


def check(holds: bool, expected: str, found: object) -> None:  # noqa: FBT001  # A condition reads best first.
    """Raise `FaultError` unless a condition holds."""
    if not holds:
        raise FaultError(f"{expected}; found {found!r}.")
