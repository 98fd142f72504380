"""The index policy of a container: which paths of a document are indexed, and the entries that they give.

1. Of the included and excluded paths that match, the longest one decides.
2. `id` and `_ts` are always indexed. They are not counted as terms, since the published formulas don't.
3. A path such as `/kind/?`, when everything else is excluded, becomes a column of the local store.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue

_LISTS = ("includedPaths", "excludedPaths")
_PATH = re.compile(r"(/([^/?*]+|\"[^\"]+\"))*/[?*]")
_KNOWN_PATHS_MAX = 10_000
_ALWAYS = (("id",), ("_ts",))
_DEFAULT: JsonObject = {
    "indexingMode": "consistent",
    "automatic": True,
    "includedPaths": [{"path": "/*"}],
    "excludedPaths": [{"path": '/"_etag"/?'}],
}

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    steps: Steps
    subtree: bool
    included: bool

    def matches(self, path: Steps) -> bool:
        head = path[: len(self.steps)]
        return head == self.steps and (self.subtree or len(path) == len(self.steps))


class IndexPolicy:
    """What a container indexes, read from its `indexingPolicy`."""

    def __init__(self, properties: JsonObject) -> None:
        self.properties = properties or _DEFAULT
        off = self.properties.get("indexingMode", "consistent") == "none"
        rules = [] if off else [*_rules(self.properties, included=True), *_rules(self.properties, included=False)]
        self._rules = sorted(rules, key=lambda rule: (len(rule.steps), not rule.subtree), reverse=True)
        self._known: dict[Steps, bool] = {}
        self.composites = tuple(_composites(self.properties))
        self.columns = self._columns()

    def indexes(self, path: Steps) -> bool:
        """Is the value at this path indexed?"""
        if path in _ALWAYS:
            return True
        return next((rule.included for rule in self._rules if rule.matches(path)), False)

    def explicitly(self, path: Steps) -> bool:
        """Is the path itself included, rather than one above it? Then a sort keeps documents without it."""
        return path in _ALWAYS or any(
            rule.included and rule.matches(path) and len(rule.steps) == len(path) for rule in self._rules
        )

    def entries(self, document: JsonObject) -> dict[Steps, JsonValue]:
        """Return the indexed leaves of a document by their paths, system properties left out."""
        if self.columns is not None:
            found = ((path, pick_leaf(document, path)) for path in self.columns)
            return {path: value for path, value in found if not isinstance(value, Missing)}
        known = self._known
        return {
            path: value
            for path, value in _leaves(document, ())
            if (known[path] if path in known else self._is_term(path))
        }

    def _is_term(self, path: Steps) -> bool:
        """Whether a leaf counts as an indexed one; documents of a container are alike, so the answer is remembered."""
        if len(self._known) >= _KNOWN_PATHS_MAX:
            self._known.clear()
        counts = not path[0].startswith("_") and path != ("id",) and self.indexes(_without_numbers(path))
        self._known[path] = counts
        return counts

    def _columns(self) -> tuple[Steps, ...] | None:
        included = [rule for rule in self._rules if rule.included]
        if any(rule.subtree or "[]" in rule.steps for rule in included):
            return None
        return tuple(rule.steps for rule in included if rule.steps not in _ALWAYS)


def check_policy(policy: JsonValue) -> None:
    """Refuse a policy that the service refuses, or that this endpoint can't follow."""
    if not isinstance(policy, dict):
        raise CosmosError(400, f"The indexingPolicy is an object, found {type(policy).__name__}.")
    mode = str(policy.get("indexingMode", "consistent")).lower()
    if mode not in {"consistent", "none"}:
        raise CosmosError(400, f"The indexing mode '{mode}' is invalid: expected 'consistent' or 'none'.")
    for name in ("vectorIndexes", "fullTextIndexes"):
        if policy.get(name):
            raise CosmosError(400, f"'{name}' are refused: this local endpoint has no vector or full-text search.")
    paths = [_path(entry) for name in _LISTS for entry in _entries(policy, name)]
    if mode == "consistent" and paths and "/*" not in paths:
        raise CosmosError(400, "The special mandatory indexing path '/' is not provided in any of the path type sets.")
    for group in _entries(policy, "compositeIndexes"):
        if not isinstance(group, list) or len(group) < 2:
            raise CosmosError(400, f"A composite index has two paths or more, found {group!r}.")


def _entries(policy: JsonObject, name: str) -> list[JsonValue]:
    entries = policy.get(name) or []
    if not isinstance(entries, list):
        raise CosmosError(400, f"'{name}' of the indexingPolicy is a list, found {type(entries).__name__}.")
    return entries


def _path(entry: JsonValue) -> str:
    path = entry.get("path") if isinstance(entry, dict) else None
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise CosmosError(
            400,
            f"The indexing path {path!r} could not be accepted: expected one such as '/a/b/?', '/a/[]/b/?' or '/*'.",
        )
    return path


class Missing:
    """The type of `MISSING`."""


MISSING = Missing()


def pick_leaf(document: JsonValue, steps: Steps) -> "JsonValue | Missing":
    """Return the scalar at a path, or MISSING."""
    for step in steps:
        if not isinstance(document, dict) or step not in document:
            return MISSING
        document = document[step]
    return MISSING if isinstance(document, dict | list) else document


def _rules(properties: JsonObject, *, included: bool) -> Iterator[_Rule]:
    for entry in _objects(properties.get("includedPaths" if included else "excludedPaths")):
        steps = tuple(step.strip('"') for step in str(entry.get("path", "")).strip("/").split("/"))
        last = steps[-1]
        yield _Rule(steps[:-1] if last in {"*", "?"} else steps, last == "*", included)


def _composites(properties: JsonObject) -> Iterator[tuple[tuple[Steps, bool], ...]]:
    groups = properties.get("compositeIndexes")
    for group in groups if isinstance(groups, list) else []:
        yield tuple(
            (tuple(str(entry.get("path")).strip("/").split("/")), entry.get("order", "ascending") == "descending")
            for entry in _objects(group)
        )


def _objects(values: JsonValue) -> list[JsonObject]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _leaves(value: JsonValue, path: Steps) -> Iterator[tuple[Steps, JsonValue]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*path, f"[{number}]"))
    elif path:
        yield path, value


def _without_numbers(path: Steps) -> Steps:
    return tuple("[]" if step.startswith("[") else step for step in path)
