"""Values of Bicep expressions, as far as they are known before anything is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""JSON, a `Runtime`, or a `Reference` to a resource or module, alone or in a list."""


class NotEvaluated(Exception):
    """An expression can't be worked out; says why."""


class Runtime(str):
    """Something that Azure alone knows, by the name of where it comes from."""

    __slots__ = ()


class Located(dict[str, Value]):
    """An object that knows the lines of its properties."""

    def __init__(self, values: Mapping[str, Value], lines: Mapping[str, int]) -> None:
        super().__init__(values)
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource or a module as others refer to it.

    Attributes:
        id: what stands for its id: the types and names on the way to it.
        known: what can be said of it before it is deployed.
    """

    id: str
    known: Mapping[str, Value] = field(default_factory=dict)

    def get(self, name: str) -> Value:
        """Give a property; what is not known yet has the name of where it comes from."""
        return self.known.get(name, Runtime(f"{self.id}.{name}"))


def member(value: Value, name: Value, *, safe: bool) -> Value:
    """Give a property or an element.

    Raises:
        NotEvaluated: there is none, and the access is not a safe one.
    """
    if isinstance(value, Runtime):
        return Runtime(f"{value}.{name}")
    if isinstance(value, Reference):
        return value.get(str(name))
    if isinstance(value, Mapping) and name in value:
        return value[name]
    if isinstance(value, list) and isinstance(name, int) and 0 <= name < len(value):
        return value[name]
    if safe and (value is None or isinstance(value, Mapping)):
        return None
    raise NotEvaluated(f"expected {name!r} in {_shown(value)}; found none")


def as_text(value: Value) -> str:
    """Give the text of a value within other text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Reference):
        return value.id
    return str(value)


def _shown(value: Value) -> str:
    if isinstance(value, Mapping):
        return f"an object of {', '.join(sorted(map(str, value))) or 'nothing'}"
    return repr(value)[:80]
