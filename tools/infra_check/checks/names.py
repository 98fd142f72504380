"""Whether every name that a file uses is declared, and every name that it declares is used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from infra_check.bicep.functions import FUNCTIONS
from infra_check.bicep.source import BicepFile, line_of, read_bicep, text_of
from infra_check.findings import Checked, Finding, place
from infra_check.situations import bicep_files

_DECLARATIONS = frozenset(
    {
        "parameter_declaration",
        "variable_declaration",
        "resource_declaration",
        "module_declaration",
        "output_declaration",
        "object_property",
    }
)
_NO_USE = frozenset({"decorators", "type", "target_scope_assignment"})


def check(root: Path) -> Checked:
    """Compare uses with declarations in every file."""
    files = [read_bicep(path) for path in bicep_files(root)]
    names = sum(len(file.symbols) for file in files)
    return Checked(f"{names} names in {len(files)} files", [finding for file in files for finding in _of(root, file)])


def _of(root: Path, file: BicepFile) -> Iterator[Finding]:
    used: set[str] = set()
    for node, bound in _uses(file.root, frozenset()):
        name = text_of(node)
        used.add(name)
        if _is_function(node):
            if name not in FUNCTIONS:
                yield Finding(
                    place(root, file.path, line_of(node)), f"expected a function that is known; found {name}()"
                )
        elif name not in bound and name not in file.symbols:
            yield Finding(place(root, file.path, line_of(node)), f"expected a name that is declared; found {name!r}")
    needless = {**file.parameters, **file.variables, **{k: v for k, v in file.resources.items() if v.existing}}
    for name, declared in needless.items():
        if name not in used:
            yield Finding(place(root, file.path, declared.line), f"{name!r} is declared and not used: remove it")
    yield from _declared_twice(root, file)


def _uses(node: Node, bound: frozenset[str]) -> Iterator[tuple[Node, frozenset[str]]]:
    """Give each identifier that stands for something, with the loop variables that it may stand for."""
    if node.type in _NO_USE:
        return
    if node.type == "identifier":
        yield node, bound
        return
    children = node.named_children
    if node.type in _DECLARATIONS:
        children = children[1:] if children[0].type == "identifier" else children
    if node.type == "for_statement":
        variables, children = children[0], children[1:]
        bound = bound | {text_of(each) for each in variables.named_children or [variables]}
    for child in children:
        yield from _uses(child, bound)


def _is_function(node: Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "call_expression" and parent.named_children[0].id == node.id


def _declared_twice(root: Path, file: BicepFile) -> Iterator[Finding]:
    nodes = [node for node in file.root.children if node.type in _DECLARATIONS]
    names = Counter(text_of(node.named_children[0]) for node in nodes if node.type != "output_declaration")
    for node in nodes:
        name = text_of(node.named_children[0])
        if names[name] > 1 and node.type != "output_declaration":
            yield Finding(
                place(root, file.path, line_of(node)), f"expected {name!r} to be declared once; found it again"
            )
