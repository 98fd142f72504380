"""Bicep's functions, as far as the project's files use them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from infra_check.bicep.values import Located, NotEvaluated, Runtime, Value, as_text

# A hash that only has to look like one.
_TOKEN = "abcdefghijklm"
_ROLE = "role:"


def called(name: str, arguments: Sequence[Value]) -> Value:
    """Give what a function gives.

    Raises:
        NotEvaluated: it is not known here, or takes no such arguments.
    """
    function = _FUNCTIONS.get(name)
    if function is None:
        known = ", ".join(sorted(_FUNCTIONS))
        raise NotEvaluated(f"expected one of the functions that infra-check knows ({known}); found {name}()")
    try:
        return function(*arguments)
    except (TypeError, ValueError) as error:
        raise NotEvaluated(f"{name}() can't be worked out: {error}") from error


def _concat(*parts: list[Value] | str) -> Value:
    if all(isinstance(part, list) for part in parts):
        return [item for part in parts for item in part]
    return "".join(map(as_text, parts))


def _union(*parts: Mapping[str, Value]) -> Located:
    lines: dict[str, int] = {}
    values: dict[str, Value] = {}
    for part in parts:
        values |= part
        lines |= getattr(part, "lines", {})
    return Located(values, lines)


def _empty(value: Value) -> bool:
    return not isinstance(value, Runtime) and (value is None or len(value) == 0)


def _json(text: str) -> Value:
    return Runtime(text) if isinstance(text, Runtime) else json.loads(text)


def _role(kind: str, *names: str) -> str:
    return f"{_ROLE}{names[-1]}" if kind.endswith("/roleDefinitions") else "/".join((kind, *map(as_text, names)))


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "any": lambda value: value,
    "concat": _concat,
    "contains": lambda within, what: what in within,
    "empty": _empty,
    "environment": lambda: {"suffixes": {"storage": "core.windows.net"}},
    "guid": lambda *parts: f"guid({', '.join(map(as_text, parts))})",
    "join": lambda items, between: between.join(map(as_text, items)),
    "json": _json,
    "length": len,
    "max": max,
    "min": min,
    "resourceGroup": lambda: {"id": "group", "name": "group", "location": Runtime("location")},
    "subscription": lambda: {"id": "subscription", "subscriptionId": Runtime("subscriptionId")},
    "subscriptionResourceId": _role,
    "tenant": lambda: {"tenantId": Runtime("tenantId")},
    "split": lambda text, at: text.split(at),
    "toLower": lambda text: text.lower(),
    "union": _union,
    "uniqueString": lambda *_: _TOKEN,
}
# What reads a file is worked out where the file is known.
FUNCTIONS = frozenset({*_FUNCTIONS, "loadJsonContent", "loadTextContent"})
