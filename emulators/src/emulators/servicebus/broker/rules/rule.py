"""A rule: a filter, and perhaps an action."""

from dataclasses import dataclass, field

from emulators.servicebus.broker.rules.actions import Change, changes_of
from emulators.servicebus.broker.rules.conditions import Evaluate, condition_of
from emulators.servicebus.broker.rules.operators import equal
from emulators.servicebus.broker.rules.properties import Properties

EVERYTHING = "1=1"


@dataclass(frozen=True)
class SqlFilter:
    """Lets a message pass if a condition is true; raises `InvalidArgument` if it is not understood."""

    expression: str
    _condition: Evaluate = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_condition", condition_of(self.expression))

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
    _changes: tuple[Change, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_changes", changes_of(self.expression))

    def change(self, properties: Properties) -> None:
        for change in self._changes:
            change(properties)


@dataclass(frozen=True, slots=True)
class Rule:
    """A filter and an action under a name."""

    name: str
    filter: SqlFilter | CorrelationFilter
    action: Action | None = None


DEFAULT_RULE = Rule("$Default", SqlFilter(EVERYTHING))
