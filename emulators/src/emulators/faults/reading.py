"""Faults as JSON: an object with `kind` and the fields of its class.

1. Points of a span of time are written in milliseconds: the field `delay` is the property `delay_ms`.
2. What nobody knows is an error that names what is known.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields
from datetime import timedelta
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from emulators.faults.fault import Fault, FaultError

Kinds = Mapping[str, type[Fault]]

_MILLISECOND = timedelta(milliseconds=1)
_LONGEST = timedelta(days=36_500)
_FAULTS_MAX = 1000


def kinds_of(*classes: type[Fault]) -> dict[str, type[Fault]]:
    """The vocabulary that some classes make."""
    return {each.kind: each for each in classes}


def read_script(content: object, kinds: Kinds) -> list[Fault]:
    """The faults of a script: a list of objects, or one object; raises `FaultError`."""
    entries = content if isinstance(content, list) else [content]
    if len(entries) > _FAULTS_MAX:
        raise FaultError(f"Expected at most {_FAULTS_MAX} faults, found {len(entries)}.")
    return [read_fault(entry, kinds) for entry in entries]


def read_fault(content: object, kinds: Kinds) -> Fault:
    """One fault; raises `FaultError`."""
    if not isinstance(content, dict):
        raise FaultError(f"Expected a fault as a JSON object with a property 'kind', found {_shown(content)}.")
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise FaultError(f"Expected 'kind' to be one of {_listed(kinds)}; found {_shown(kind)}.")
    known = properties_of(kinds[kind])
    unknown = sorted(content.keys() - known.keys() - {"kind"})
    if unknown:
        raise FaultError(
            f"Unknown property '{unknown[0]}' of a fault of kind '{kind}': expected some of {_listed(known)}."
        )
    values = {
        known[name].name: _value(kinds[kind], known[name], value) for name, value in content.items() if name in known
    }
    missing = [name for name, each in known.items() if _is_required(each) and each.name not in values]
    if missing:
        raise FaultError(f"A fault of kind '{kind}' needs the property '{missing[0]}'.")
    make: Callable[..., Fault] = kinds[kind]
    return make(**values)


def written(fault: Fault) -> dict[str, Any]:
    """A fault as JSON; what is as by default is left out."""
    found: dict[str, Any] = {"kind": fault.kind}
    for name, each in properties_of(type(fault)).items():
        value = getattr(fault, each.name)
        if _is_required(each) or value != each.default:
            found[name] = value / _MILLISECOND if isinstance(value, timedelta) else value
    return found


def properties_of(kind: type[Fault]) -> dict[str, Field[Any]]:
    """The JSON properties of a kind of fault, each with its field."""
    hints = get_type_hints(kind)
    return {each.name + ("_ms" if timedelta in _types(hints[each.name]) else ""): each for each in fields(kind)}


def _value(kind: type[Fault], field: Field[Any], value: object) -> object:
    allowed = _types(get_type_hints(kind)[field.name])
    for each in allowed:
        if get_origin(each) is Literal and value in get_args(each):
            return value
        try:
            return _READERS[each](each, value)
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    expected = " or ".join(_name(each) for each in allowed)
    raise FaultError(f"Expected {expected} as '{field.name}' of a fault of kind '{kind.kind}'; found {_shown(value)}.")


def _types(hint: Any) -> tuple[Any, ...]:
    hints = get_args(hint) if isinstance(hint, UnionType) or get_origin(hint) is Union else (hint,)
    return tuple(list if get_origin(each) is list else each for each in hints)


def _read_exactly(kind: type, value: object) -> object:
    if type(value) is not kind:
        raise TypeError
    return value


def _read_number(_: type, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _read_span(_: type, value: object) -> timedelta:
    span = timedelta(milliseconds=_read_number(float, value))
    if abs(span) > _LONGEST:
        raise ValueError
    return span


_READERS: dict[type, Callable[[type, object], object]] = {
    str: _read_exactly,
    int: _read_exactly,
    bool: _read_exactly,
    list: _read_exactly,
    NoneType: lambda _, value: _read_exactly(NoneType, value),
    float: _read_number,
    timedelta: _read_span,
}


_NAMES: dict[type, str] = {
    NoneType: "null",
    timedelta: "a number of milliseconds",
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
}


def _name(kind: Any) -> str:
    return f"one of {_listed(get_args(kind))}" if get_origin(kind) is Literal else _NAMES[kind]


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(str(name) for name in names))


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + "..."
