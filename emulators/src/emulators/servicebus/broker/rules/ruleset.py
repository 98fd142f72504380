"""The rules of one subscription.

1. Several rules that let a message pass give one copy for each that has an action, and one for all others together. A
   copy of the first kind tells in its property `RuleName` which rule that was.
2. A subscription without rules gets nothing.
3. A rule that can't be evaluated for a message lets no copy of it pass, and keeps no other rule from doing so.
"""

from collections.abc import Iterable

from emulators.servicebus.broker.content import Content
from emulators.servicebus.broker.refusals import AlreadyExists, EntityNotFound
from emulators.servicebus.broker.rules.operators import EvaluationFault
from emulators.servicebus.broker.rules.properties import Properties
from emulators.servicebus.broker.rules.rule import Rule


class RuleSet:
    """Rules by name; `everything` tells that each message passes once and unchanged, whatever it is."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.name.lower(): rule for rule in rules}
        self.everything = False
        self._judge()

    def add(self, rule: Rule) -> None:
        """Add a rule; raises `AlreadyExists`."""
        if rule.name.lower() in self._rules:
            raise AlreadyExists(f"There is a rule '{rule.name}' already. Remove it first.")
        self._rules[rule.name.lower()] = rule
        self._judge()

    def get(self, name: str) -> Rule | None:
        """The rule of that name, if there is one."""
        return self._rules.get(name.lower())

    def replace(self, rule: Rule) -> None:
        """Put a rule in the place of that of the same name; raises `EntityNotFound`."""
        if rule.name.lower() not in self._rules:
            raise EntityNotFound(f"There is no rule '{rule.name}'.")
        self._rules[rule.name.lower()] = rule
        self._judge()

    def remove(self, name: str) -> None:
        """Remove a rule; raises `EntityNotFound`."""
        if self._rules.pop(name.lower(), None) is None:
            raise EntityNotFound(f"There is no rule '{name}'.")
        self._judge()

    def listing(self) -> tuple[Rule, ...]:
        """The rules in the order in which they came."""
        return tuple(self._rules.values())

    def copies(self, properties: Properties) -> tuple[list[Content], str | None]:
        """The copies that the subscription gets of a message, and the first fault of a rule if there was one."""
        plain = False
        copies: list[Content] = []
        fault: str | None = None
        for rule in self._rules.values():
            try:
                if rule.filter.passes(properties):
                    plain = plain or rule.action is None
                    copies += _changed(rule, properties)
            except EvaluationFault as cause:
                fault = fault or f"Rule '{rule.name}': {cause}"
        return ([properties.original, *copies] if plain else copies), fault

    def _judge(self) -> None:
        rules = self._rules.values()
        self.everything = any(rule.filter.passes_all for rule in rules) and all(rule.action is None for rule in rules)


def _changed(rule: Rule, properties: Properties) -> list[Content]:
    if rule.action is None:
        return []
    edited = Properties(properties.original)
    edited.set_user("RuleName", rule.name)
    rule.action.change(edited)
    return [edited.content()]
