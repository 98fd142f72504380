"""A rule: a filter, and perhaps an action."""

from dataclasses import dataclass, field

from emulators.servicebus.broker.rules.actions import Change, changes_of
from emulators.servicebus.broker.rules.conditions import Evaluate, condition_of
from emulators.servicebus.broker.rules.operators import equal
from emulators.servicebus.broker.rules.properties import Properties

EVERYTHING = "1=1"


def _named(parameters: tuple[tuple[str, object], ...]) -> dict[str, object]:
    """Parameters by their names in lower case, each with its sign."""
    return {f"@{name.removeprefix('@').lower()}": value for name, value in parameters}


@dataclass(frozen=True)
class SqlFilter:
    """Lets a message pass if a condition is true; raises `InvalidArgument` if it is not understood."""

    expression: str
    parameters: tuple[tuple[str, object], ...] = ()
    _condition: Evaluate = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_condition", condition_of(self.expression, _named(self.parameters)))

    def passes(self, properties: Properties) -> bool:
        return self._condition(properties) is True

    @property
    def passes_all(self) -> bool:
        return self.expression.replace(" ", "") == EVERYTHING


@dataclass(frozen=True, slots=True)
class CorrelationFilter:
    """Lets a message pass if all that it names is equal: system properties by their names in lower case."""

    system: tuple[tuple[str, str], ...] = ()
    user: tuple[tuple[str, object], ...] = ()

    def passes(self, properties: Properties) -> bool:
        return all(str(properties.system(name)) == value for name, value in self.system) and all(
            equal(properties.user(name), value) is True for name, value in self.user
        )

    @property
    def passes_all(self) -> bool:
        return False


@dataclass(frozen=True)
class Action:
    """Changes a copy of a message; raises `InvalidArgument` if it is not understood."""

    expression: str
    parameters: tuple[tuple[str, object], ...] = ()
    _changes: tuple[Change, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_changes", changes_of(self.expression, _named(self.parameters)))

    def change(self, properties: Properties) -> None:
        for change in self._changes:
            change(properties)


@dataclass(frozen=True, slots=True)
class Rule:
    """A filter and an action under a name; `created_at` is 0 if it is not known."""

    name: str
    filter: SqlFilter | CorrelationFilter
    action: Action | None = None
    created_at: int = field(default=0, compare=False)


DEFAULT_RULE = Rule("$Default", SqlFilter(EVERYTHING))
