"""Whether what must be known when a deployment starts is: names, conditions and loops, and the scope of each module.

Outputs of modules and properties of resources come later. The compiler refuses them there, and loops of variables that
hold any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from infra_check.bicep.source import (
    BicepFile,
    Declaration,
    body_of,
    descendants,
    line_of,
    properties_of,
    read_bicep,
    text_of,
)
from infra_check.findings import Checked, Finding, place
from infra_check.situations import bicep_files

_WAIT = "expected what is known when the deployment starts"


def check(root: Path) -> Checked:
    """Look at every file."""
    files = {path.resolve(): read_bicep(path) for path in bicep_files(root)}
    looked = [node for file in files.values() for _, node in _needed_early(file)]
    found = [
        Finding(place(root, file.path, line), told)
        for file in files.values()
        for line, told in (*_too_late(file), *_without_scope(file, files))
    ]
    return Checked(f"{len(looked)} names, conditions and loops", found)


def _too_late(file: BicepFile) -> Iterator[tuple[int, str]]:
    later = _later(file)
    for what, node in _needed_early(file):
        if found := later.search(text_of(node)):
            yield line_of(node), f"{_WAIT} for {what}; found {found[0]}"


def _needed_early(file: BicepFile) -> Iterator[tuple[str, Node]]:
    for declared in (*file.resources.values(), *file.modules.values()):
        name = _properties(declared).get("name")
        if name is not None:
            yield f"the name of {declared.name}", name
    for node in descendants(file.root):
        if node.type == "for_statement":
            yield "a loop", node.named_children[-2]
        if node.type == "if_statement":
            yield "a condition", node.named_children[0]
    for declared in file.variables.values():
        if declared.value is not None and declared.value.type == "for_statement":
            yield f"the loop of variable {declared.name}", declared.value


def _later(file: BicepFile) -> re.Pattern[str]:
    """Give what finds something that is known later: outputs, properties, and variables that hold any, in turn."""
    ends = [rf"{name}(\[[^\]]*\])?!?\.outputs" for name in file.modules]
    ends += [rf"{name}(\[[^\]]*\])?!?\.properties" for name in file.resources]
    waiting = {name: text_of(declared.value) for name, declared in file.variables.items() if declared.value is not None}
    while True:
        pattern = re.compile(rf"(?<![\w.'])(?:{'|'.join(ends) or '(?!)'})\b")
        late = [name for name, text in waiting.items() if pattern.search(text)]
        if not late:
            return pattern
        ends += late
        waiting = {name: text for name, text in waiting.items() if name not in late}


def _without_scope(file: BicepFile, files: dict[Path, BicepFile]) -> Iterator[tuple[int, str]]:
    for declared in file.modules.values():
        target = files.get(file.target(declared))
        if target is not None and target.scope != file.scope and "scope" not in _properties(declared):
            told = f"expected a scope of module {declared.name}, whose file is for a {target.scope}; found none"
            yield declared.line, told


def _properties(declared: Declaration) -> dict[str, Node]:
    body = body_of(declared.value) if declared.value is not None else None
    return properties_of(body) if body is not None else {}
