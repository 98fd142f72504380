"""SQL actions: what a rule changes in its copy of a message.

actions = action {[;|,] action};  action = SET property = condition | REMOVE property
"""

from collections.abc import Callable
from functools import partial

from emulators.servicebus.broker.rules.conditions import Conditions, Evaluate, Parameters
from emulators.servicebus.broker.rules.properties import SYSTEM_FIELDS, Properties
from emulators.servicebus.broker.rules.scan import Kind
from emulators.servicebus.broker.rules.words import Name, Words

Change = Callable[[Properties], None]


def changes_of(text: str, parameters: Parameters | None = None) -> tuple[Change, ...]:
    """The changes that an action means, in order. Raises `InvalidArgument` that names the position."""
    words = Words(text)
    changes = [_change(words, parameters)]
    while words.head.kind is not Kind.END:
        changes.append(_change(words, parameters))
    return tuple(changes)


def _change(words: Words, parameters: Parameters | None) -> Change:
    word = words.accept("SET", "REMOVE")
    if word is None:
        raise words.unexpected("SET or REMOVE")
    at = words.head.at
    name = words.name()
    if name.system and name.text not in SYSTEM_FIELDS:
        raise words.fault(f"system property '{name.text}' can't be changed", at)
    change = partial(_remove, name)
    if word == "SET":
        words.expect("=")
        change = partial(_set, name, Conditions(words, parameters).condition())
    words.accept(";", ",")
    return change


def _set(name: Name, value: Evaluate, properties: Properties) -> None:
    if name.system:
        properties.set_system(name.text, value(properties))
    else:
        properties.set_user(name.text, value(properties))


def _remove(name: Name, properties: Properties) -> None:
    if name.system:
        properties.set_system(name.text, None)
    else:
        properties.remove_user(name.text)
