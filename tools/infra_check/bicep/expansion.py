"""What a file would deploy: every loop turned, every condition decided, every module followed.

1. Names are worked out when they are asked for, so that the order of declarations does not matter.
2. What only Azure knows is a `Runtime` with the name of where it comes from.
3. What can't be worked out is a fault with its place, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from infra_check.bicep.evaluation import Names, evaluated, turns_of
from infra_check.bicep.source import BicepFile, Declaration, line_of, properties_of, read_bicep
from infra_check.bicep.values import Located, NotEvaluated, Reference, Runtime, Value, as_text

_PARENTS_MAX = 50
_KINDS: Mapping[str, tuple[type, ...]] = {
    "array": (list, Runtime),
    "bool": (bool, Runtime),
    "int": (int, Runtime),
    "object": (dict, Runtime),
    "string": (str,),
}


@dataclass(frozen=True, slots=True)
class Deployed:
    """One resource that would be deployed.

    Attributes:
        kind: its type.
        id: the types and names on the way to it.
        scope: what it is an extension of; none for most resources.
        body: its name and properties.
    """

    kind: str
    version: str
    id: str
    scope: Reference | None
    body: Located
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that can't be worked out."""

    file: Path
    line: int
    told: str


@dataclass(frozen=True, slots=True)
class Place:
    """What names stand for at one place of a file."""

    declared: Callable[[str], Value]
    folder: Path
    names: Mapping[str, Value] = field(default_factory=dict)

    def find(self, name: str) -> Value:
        """Give what a name stands for; raises `NotEvaluated` if it stands for nothing."""
        return self.names[name] if name in self.names else self.declared(name)

    def bound(self, names: Mapping[str, Value]) -> Place:
        """Give the same place with the variables of a loop."""
        return Place(self.declared, self.folder, {**self.names, **names})


def expanded(main: Path, given: Mapping[str, Value]) -> Expansion:
    """Work out what a file deploys with these parameters."""
    expansion = Expansion(_read(main.resolve(), main.stat().st_mtime_ns), given)
    expansion.run()
    return expansion


class Expansion:
    """One file with the values of its parameters.

    Attributes:
        deployed: what it deploys, modules included.
        outputs: what it gives.
        faults: what can't be worked out.
    """

    def __init__(self, file: BicepFile, given: Mapping[str, Value], depth: int = 0) -> None:
        self.deployed: list[Deployed] = []
        self.outputs: Mapping[str, Value] = {}
        self.faults: list[Fault] = []
        self._file = file
        self._given = given
        self._depth = depth
        self._known: dict[str, Value] = {}
        self._asked: list[str] = []
        self._place = Place(self._find, file.path.parent)

    def run(self) -> None:
        """Work everything out."""
        for declared in (*self._file.resources.values(), *self._file.modules.values()):
            self._tried(declared, lambda of: self._find(of.name))
        self.outputs = {name: self._tried(output, self._value_of) for name, output in self._file.outputs.items()}

    def _tried(self, declared: Declaration, work: Callable[[Declaration], Value]) -> Value:
        try:
            return work(declared)
        except NotEvaluated as error:
            self.faults.append(Fault(self._file.path, declared.line, str(error)))
            return None

    def _find(self, name: str) -> Value:
        if name in self._known:
            return self._known[name]
        if name in self._asked:
            raise NotEvaluated(f"expected {name!r} not to depend on itself; found {' -> '.join(self._asked)}")
        self._asked.append(name)
        try:
            self._known[name] = self._worked_out(name)
        finally:
            self._asked.pop()
        return self._known[name]

    def _worked_out(self, name: str) -> Value:
        file = self._file
        if name in file.parameters:
            return self._parameter(file.parameters[name])
        if name in file.variables:
            return self._value_of(file.variables[name])
        if name in file.resources:
            return self._each(file.resources[name], self._resource)
        if name in file.modules:
            return self._each(file.modules[name], self._module)
        raise NotEvaluated(f"expected a name that is declared; found {name!r}")

    def _parameter(self, declared: Declaration) -> Value:
        value = self._given[declared.name] if declared.name in self._given else self._value_of(declared)
        if not isinstance(value, _KINDS.get(declared.kind, object)):
            raise NotEvaluated(f"expected {declared.kind} for parameter {declared.name!r}; found {value!r:.80}")
        if declared.allowed and not isinstance(value, Runtime) and value not in declared.allowed:
            told = ", ".join(declared.allowed)
            raise NotEvaluated(f"expected one of {told} for parameter {declared.name!r}; found {value!r}")
        return value

    def _value_of(self, declared: Declaration) -> Value:
        if declared.value is None:
            raise NotEvaluated(f"expected a value of {declared.name!r}; found none")
        return evaluated(declared.value, self._place)

    def _each(self, declared: Declaration, make: Callable[[Declaration, Node, Names], Reference]) -> Value:
        assert declared.value is not None
        if declared.value.type != "for_statement":
            return _if_wanted(declared, declared.value, self._place, make)
        # Where a condition leaves some out, the others keep their places.
        body = declared.value.named_children[-1]
        return [_if_wanted(declared, body, turn, make) for turn in turns_of(declared.value, self._place)]

    def _resource(self, declared: Declaration, body: Node, place: Names) -> Reference:
        plain = evaluated(body, place)
        parent, scope = plain.pop("parent", None), plain.pop("scope", None)
        plain.pop("dependsOn", None)
        id_ = _id_of(declared.kind, as_text(plain["name"]), parent)
        if not declared.existing:
            on = scope if isinstance(scope, Reference) else None
            self.deployed.append(
                Deployed(declared.kind, declared.version, id_, on, plain, self._file.path, line_of(body))
            )
        return Reference(id_, {"id": id_, "name": plain["name"], "type": declared.kind})

    def _module(self, declared: Declaration, body: Node, place: Names) -> Reference:
        if self._depth > _PARENTS_MAX:
            raise NotEvaluated("expected modules that end somewhere; found one that contains itself")
        parts = properties_of(body)
        given = evaluated(parts["params"], place) if "params" in parts else {}
        path = self._file.target(declared)
        if not path.is_file():
            raise NotEvaluated(f"expected a file {declared.kind!r}; found none")
        inner = Expansion(_read(path, path.stat().st_mtime_ns), given, self._depth + 1)
        inner.run()
        self.deployed += inner.deployed
        self.faults += inner.faults
        return Reference(declared.name, {"outputs": inner.outputs})


@lru_cache(maxsize=500)
def _read(path: Path, _changed: int) -> BicepFile:
    return read_bicep(path)


def _if_wanted(
    declared: Declaration, body: Node, place: Names, make: Callable[[Declaration, Node, Names], Reference]
) -> Reference | None:
    if body.type != "if_statement":
        return make(declared, body, place)
    condition, inner = body.named_children
    return make(declared, inner, place) if evaluated(condition, place) else None


def _id_of(kind: str, name: str, parent: Value) -> str:
    if isinstance(parent, Reference):
        return f"{parent.id}/{kind.rsplit('/', 1)[-1]}/{name}"
    namespace, *types = kind.split("/")
    names = name.split("/") if len(types) > 1 else [name]
    return "/".join((namespace, *(part for pair in zip(types, names, strict=False) for part in pair)))
