from pathlib import Path
from typing import Any

import pytest

from infra_check.bicep.expansion import Expansion, expanded
from infra_check.bicep.values import Runtime


def worked_out(folder: Path, text: str, **given: Any) -> Expansion:
    (folder / "file.bicep").write_text(text)
    return expanded(folder / "file.bicep", given)


def value_of(folder: Path, expression: str, more: str = "") -> Any:
    (folder / "file.bicep").write_text(f"{more}\noutput it object = {expression}\n")
    expansion = expanded(folder / "file.bicep", {})
    assert expansion.faults == []
    return expansion.outputs["it"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'it\\'s ${1} of ${'a b'} '", "it's 1 of a b "),
        ("' '", " "),
        ("[for (one, i) in ['a', 'b']: '${i}${one}']", ["0a", "1b"]),
        ("{a: {b: 1}}.a.b", 1),
        ("{a: 1}.?b ?? 'none'", "none"),
        ("{a: 1}[?'b'] ?? 2", 2),
        ("true && !empty([1]) ? 'yes' : 'no'", "yes"),
        ("empty('') || false", True),
        ("concat([1], [2])", [1, 2]),
        ("union({a: 1}, {b: 2})", {"a": 1, "b": 2}),
        ("min(3, 2) + max(1, 4)", 6),
        ("json('0.5')", 0.5),
        ("split('a=b', '=')[1]", "b"),
    ],
)
def test_an_expression_is_worked_out_as_bicep_does(tmp_path: Path, expression: str, value: object) -> None:
    assert value_of(tmp_path, expression) == value


def test_what_only_azure_knows_has_the_name_of_where_it_comes_from(tmp_path: Path) -> None:
    bus = "resource bus 'Microsoft.ServiceBus/namespaces@2026-01-01' = {\n  name: 'sb'\n  location: 'x'\n}"

    value = value_of(tmp_path, "'at ${bus.properties.serviceBusEndpoint}'", bus)

    assert value == "at Microsoft.ServiceBus/namespaces/sb.properties.serviceBusEndpoint"
    assert isinstance(value, Runtime)


def test_of_a_loop_with_a_condition_those_that_are_wanted_are_deployed(tmp_path: Path) -> None:
    text = "resource each 'A/b@1' = [for one in ['x', 'y', 'z']: if (one != 'y') {\n  name: one\n}]\n"

    assert [each.id for each in worked_out(tmp_path, text).deployed] == ["A/b/x", "A/b/z"]


def test_a_child_is_named_after_its_parent(tmp_path: Path) -> None:
    text = """
resource bus 'A/b@1' existing = {
  name: 'x'
}
resource queue 'A/b/c@1' = {
  parent: bus
  name: 'y'
}
"""
    assert [each.id for each in worked_out(tmp_path, text).deployed] == ["A/b/x/c/y"]


def test_an_access_that_the_grammar_binds_too_loosely_is_refused(tmp_path: Path) -> None:
    faults = worked_out(tmp_path, "var a = {b: 1}\noutput it int = true ? 1 : a.b\n").faults

    assert [fault.told.partition(": ")[2] for fault in faults] == [
        "expected a name or parentheses before the access, as the parser here reads it otherwise"
    ]


def test_a_module_that_contains_itself_comes_to_an_end(tmp_path: Path) -> None:
    faults = worked_out(tmp_path, "module again 'file.bicep' = {\n  name: 'again'\n}\n").faults

    assert [fault.told for fault in faults] == ["expected modules that end somewhere; found one that contains itself"]
