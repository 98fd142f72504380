"""Works out expressions within one file."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from tree_sitter import Node

from infra_check.bicep.functions import called
from infra_check.bicep.source import key_of, line_of, text_of
from infra_check.bicep.values import Located, NotEvaluated, Runtime, Value, as_text, member


class Names(Protocol):
    """What names stand for at one place of one file."""

    @property
    def folder(self) -> Path: ...

    def find(self, name: str) -> Value:
        """Give what a name stands for; raises `NotEvaluated` if it stands for nothing."""

    def bound(self, names: Mapping[str, Value]) -> Names:
        """Give the same place with the variables of a loop."""


def evaluated(node: Node, names: Names) -> Value:
    """Work out an expression.

    Raises:
        NotEvaluated: it can't be; says the line.
    """
    work = _WORKS.get(node.type)
    if work is None:
        raise NotEvaluated(f"line {line_of(node)}: expected an expression that infra-check knows; found {node.type}")
    try:
        return work(node, names)
    except NotEvaluated as error:
        if str(error).startswith("line "):
            raise
        raise NotEvaluated(f"line {line_of(node)}: {error}") from error


def turns_of(node: Node, names: Names) -> Iterator[Names]:
    """Give the place of each turn of a loop."""
    parameters = next((child for child in node.named_children if child.type == "for_loop_parameters"), None)
    variables = parameters.named_children if parameters else node.named_children[:1]
    items = evaluated(node.named_children[1], names)
    if not isinstance(items, list):
        raise NotEvaluated(f"line {line_of(node)}: expected a list to loop over; found {items!r:.80}")
    for turn in enumerate(items):
        yield names.bound({text_of(name): value for name, value in zip(variables, reversed(turn), strict=False)})


def _string(node: Node, names: Names) -> Value:
    _, *inner, closed = node.children
    parts = [part for child in inner for part in _parts(child, names)]
    # Blanks before an interpolation or a quote are part of it to the grammar.
    parts.append(text_of(closed).rstrip("'"))
    text = "".join(as_text(part) for part in parts)
    return Runtime(text) if any(isinstance(part, Runtime) for part in parts) else text


def _parts(node: Node, names: Names) -> Iterator[Value]:
    text = text_of(node)
    if node.type == "interpolation":
        yield text[: len(text) - len(text.lstrip())]
        yield evaluated(node.named_children[0], names)
    else:
        yield text[1:] if node.type == "escape_sequence" else text


def _object(node: Node, names: Names) -> Value:
    pairs = [child for child in node.named_children if child.type == "object_property"]
    keys = [as_text(_string(pair.named_children[0], names)) if _is_quoted(pair) else key_of(pair) for pair in pairs]
    values = [evaluated(pair.named_children[-1], names) for pair in pairs]
    return Located(
        dict(zip(keys, values, strict=True)), dict(zip(keys, [line_of(pair) for pair in pairs], strict=True))
    )


def _is_quoted(pair: Node) -> bool:
    return pair.named_children[0].type == "string"


def _array(node: Node, names: Names) -> Value:
    return [evaluated(child, names) for child in node.named_children if child.type != "comment"]


def _loop(node: Node, names: Names) -> Value:
    return [evaluated(node.named_children[-1], turn) for turn in turns_of(node, names)]


def _member(node: Node, names: Names) -> Value:
    of, name = _plain(node)
    safe = any(child.type == ".?" for child in node.children)
    return member(evaluated(of, names), text_of(name), safe=safe)


def _subscript(node: Node, names: Names) -> Value:
    of, index = _plain(node)
    safe = any(child.type == "?" for child in node.children)
    return member(evaluated(of, names), evaluated(index, names), safe=safe)


def _plain(node: Node) -> list[Node]:
    """Give both sides of an access. The grammar binds it too loosely: `a ? b : c.d` becomes `(a ? b : c).d`."""
    if node.named_children[0].type in {"binary_expression", "ternary_expression", "unary_expression"}:
        raise NotEvaluated("expected a name or parentheses before the access, as the parser here reads it otherwise")
    return node.named_children


def _call(node: Node, names: Names) -> Value:
    function, arguments = node.named_children
    given = [evaluated(child, names) for child in arguments.named_children]
    if text_of(function) == "loadJsonContent":
        return json.loads((names.folder / given[0]).read_bytes())
    if text_of(function) == "loadTextContent":
        return (names.folder / given[0]).read_text()
    return called(text_of(function), given)


def _conditional(node: Node, names: Names) -> Value:
    condition, yes, no = node.named_children
    return evaluated(yes if evaluated(condition, names) else no, names)


def _binary(node: Node, names: Names) -> Value:
    left, right = node.named_children
    sign = text_of(node.children[1])
    first = evaluated(left, names)
    if sign in _LAZY:
        return first if _LAZY[sign](first) else evaluated(right, names)
    if sign not in _SIGNS:
        raise NotEvaluated(f"expected one of the operators that infra-check knows; found {sign}")
    return _SIGNS[sign](first, evaluated(right, names))


def _inner(node: Node, names: Names) -> Value:
    return evaluated(node.named_children[0], names)


# Which operators are done with their left side, and when.
_LAZY: Mapping[str, Callable[[Value], bool]] = {
    "??": lambda value: value is not None,
    "&&": lambda value: not value,
    "||": bool,
}
_SIGNS: Mapping[str, Callable[[Any, Any], Value]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_WORKS: Mapping[str, Callable[[Node, Names], Value]] = {
    "array": _array,
    "binary_expression": _binary,
    "boolean": lambda node, _: text_of(node) == "true",
    "call_expression": _call,
    "for_statement": _loop,
    "identifier": lambda node, names: names.find(text_of(node)),
    "member_expression": _member,
    "null": lambda _, __: None,
    "number": lambda node, _: int(text_of(node)),
    "object": _object,
    "parenthesized_expression": _inner,
    "string": _string,
    "subscript_expression": _subscript,
    "ternary_expression": _conditional,
    "unary_expression": lambda node, names: not _inner(node, names),
}
