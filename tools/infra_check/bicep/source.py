"""One Bicep file: its syntax tree, and what it declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_bicep.language()))
_BODIES = frozenset({"object", "for_statement", "if_statement"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one declaration says.

    Attributes:
        name: by which the file refers to it.
        node: the whole of it.
        value: its value: an expression, or for resources and modules an object, a loop or a condition around one.
        kind: of a resource its type, of a module its path, of a parameter or an output its type.
        version: of a resource the version of the API.
        existing: whether a resource is not deployed here, only referred to.
        allowed: of a parameter the texts that it may be; none if there is no such list.
    """

    name: str
    node: Node
    value: Node | None
    kind: str = ""
    version: str = ""
    existing: bool = False
    allowed: tuple[str, ...] = ()

    @property
    def line(self) -> int:
        """Line on which it begins."""
        return line_of(self.node)


@dataclass(frozen=True, slots=True)
class BicepFile:
    """What one file declares, by kind and name; `broken` are the lines that are no Bicep."""

    path: Path
    root: Node
    scope: str
    broken: tuple[int, ...]
    parameters: dict[str, Declaration] = field(default_factory=dict)
    variables: dict[str, Declaration] = field(default_factory=dict)
    resources: dict[str, Declaration] = field(default_factory=dict)
    modules: dict[str, Declaration] = field(default_factory=dict)
    outputs: dict[str, Declaration] = field(default_factory=dict)

    @property
    def symbols(self) -> dict[str, Declaration]:
        """Everything that the file may refer to by name."""
        return {**self.parameters, **self.variables, **self.resources, **self.modules}

    def target(self, module: Declaration) -> Path:
        """Give the file that a module is made of."""
        return (self.path.parent / module.kind).resolve()


def read_bicep(path: Path) -> BicepFile:
    """Read a file; what can't be parsed is told in `broken`, and the rest is read all the same."""
    root = _PARSER.parse(path.read_bytes()).root_node
    broken = tuple(line_of(node) for node in descendants(root) if node.type == "ERROR" or node.is_missing)
    scope = next((text_of(node) for node in root.children if node.type == "target_scope_assignment"), "")
    file = BicepFile(path, root, "subscription" if "'subscription'" in scope else "resourceGroup", broken)
    readers = {
        "parameter_declaration": (file.parameters, _typed),
        "output_declaration": (file.outputs, _typed),
        "variable_declaration": (file.variables, _variable),
        "resource_declaration": (file.resources, _resource),
        "module_declaration": (file.modules, _module),
    }
    for node in root.children:
        if node.type in readers:
            declared, read = readers[node.type]
            declaration = read(node)
            declared[declaration.name] = declaration
    return file


def descendants(node: Node) -> Iterator[Node]:
    """Give a node and everything below it."""
    yield node
    for child in node.children:
        yield from descendants(child)


def text_of(node: Node) -> str:
    """Give the source of a node."""
    return (node.text or b"").decode()


def line_of(node: Node) -> int:
    """Give the line on which a node begins, from 1."""
    return node.start_point.row + 1


def key_of(pair: Node) -> str:
    """Give the name of a property, quoted or not."""
    return text_of(pair.named_children[0]).strip("'")


def comment_above(file: BicepFile, line: int) -> str:
    """Give the comment that ends on the line above, its lines joined."""
    lines = file.path.read_text().splitlines()[: line - 1]
    told: list[str] = []
    while lines and lines[-1].strip().startswith("//"):
        told.insert(0, lines.pop().strip().removeprefix("//").strip())
    return " ".join(told)


def properties_of(node: Node) -> dict[str, Node]:
    """Give the properties that stand in an object, each with its value."""
    pairs = (child for child in node.named_children if child.type == "object_property")
    return {key_of(pair): pair.named_children[-1] for pair in pairs if len(pair.named_children) > 1}


def body_of(value: Node) -> Node | None:
    """Give the object inside a loop, a condition or both."""
    if value.type == "object":
        return value
    inner = [child for child in value.named_children if child.type in _BODIES]
    return body_of(inner[-1]) if inner else None


def _typed(node: Node) -> Declaration:
    name, *rest = node.named_children
    types = [child for child in rest if child.type == "type"]
    values = [child for child in rest if child.type not in {"type", "comment"}]
    kind = text_of(types[0]) if types else ""
    return Declaration(text_of(name), node, values[-1] if values else None, kind, allowed=_allowed(node))


def _allowed(node: Node) -> tuple[str, ...]:
    above = node.prev_named_sibling
    if above is None or above.type != "decorators":
        return ()
    calls = [child for child in descendants(above) if child.type == "call_expression"]
    lists = [call for call in calls if text_of(call.named_children[0]) == "allowed"]
    return tuple(text_of(child).strip("'") for each in lists for child in descendants(each) if child.type == "string")


def _variable(node: Node) -> Declaration:
    return Declaration(text_of(node.named_children[0]), node, node.named_children[-1])


def _resource(node: Node) -> Declaration:
    name, typed, *_ = node.named_children
    kind, _, version = text_of(typed).strip("'").partition("@")
    existing = any(child.type == "existing" for child in node.children)
    return Declaration(text_of(name), node, node.named_children[-1], kind, version, existing)


def _module(node: Node) -> Declaration:
    name, path, *_ = node.named_children
    return Declaration(text_of(name), node, node.named_children[-1], text_of(path).strip("'"))
