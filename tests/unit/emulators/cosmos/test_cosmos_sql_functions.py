from typing import Any

import pytest

from emulators.cosmos.sql.evaluate import evaluator
from emulators.cosmos.sql.parser import parse
from emulators.cosmos.sql.unfolding import sources, unfolded
from emulators.cosmos.sql.values import UNDEFINED, identity

DOCUMENT: Any = {
    "text": "Abc",
    "number": 5,
    "half": -2.5,
    "yes": True,
    "nothing": None,
    "list": [1, "two", {"three": 3, "more": 0}],
    "inner": {"list": [7, 8]},
}


def value_of(expression: str, **parameters: Any) -> Any:
    node = parse(f"SELECT VALUE {expression} FROM c").value
    bound = {f"@{name}": value for name, value in parameters.items()}
    return evaluator(node)(DOCUMENT, {**bound, "GetCurrentTimestamp()": 1_000})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3 - -1", 10),
        ("10 - 2 - 3", 5),
        ("7 / 2", 3.5),
        ("-7 % 4", -3),
        ("4 / 2", 2),
        ("c.number / 0", UNDEFINED),
        ("1e308 * 10", UNDEFINED),
        ("c.number + '1'", UNDEFINED),
        ("c.number + true", UNDEFINED),
        ("c.number + c.missing", UNDEFINED),
        ("-c.number", -5),
        ("c.text || '-' || c.text", "Abc-Abc"),
        ("c.text || 1", UNDEFINED),
        ("c.number + 1 > 5 AND c.half * 2 = -5", True),
        ("c.missing ?? c.nothing ?? 1", None),
        ("c.missing ?? c.absent ?? 1", 1),
        ("c.number > 3 ? 'big' : 'small'", "big"),
        ("c.missing ? 1 : c.yes ? 2 : 3", 2),
        ("{'sum': c.number + 1, 'list': [c.missing, c.text || '!']}", {"sum": 6, "list": ["Abc!"]}),
        ("{'a': {'b': [1, 2]}}.a.b[1]", 2),
    ],
)
def test_calculations_have_values(expression: str, expected: object) -> None:
    found = value_of(expression)

    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("LOWER(c.text)", "abc"),
        ("upper(c.text)", "ABC"),
        ("UPPER(c.number)", UNDEFINED),
        ("LENGTH(c.text)", 3),
        ("LENGTH(c.list)", UNDEFINED),
        ("SUBSTRING(c.text, 1, 5)", "bc"),
        ("LEFT(c.text, 2)", "Ab"),
        ("RIGHT(c.text, 2)", "bc"),
        ("INDEX_OF(c.text, 'c')", 2),
        ("REPLACE(c.text, 'b', '')", "Ac"),
        ("TRIM(' x ')", "x"),
        ("CONCAT(c.text, 'd', 'e')", "Abcde"),
        ("CONCAT(c.text, c.number)", UNDEFINED),
        ("STRINGEQUALS(c.text, 'ABC', true)", True),
        ("ToString(c.inner)", '{"list":[7,8]}'),
        ("ToString(c.text)", "Abc"),
        ("ToString(c.missing)", UNDEFINED),
        ("ABS(c.half)", 2.5),
        ("ROUND(c.half)", -3),
        ("FLOOR(c.half)", -3),
        ("CEILING(c.half)", -2),
        ("ABS(c.yes)", UNDEFINED),
        ("ARRAY_LENGTH(c.list)", 3),
        ("ARRAY_LENGTH(c.text)", UNDEFINED),
        ("ARRAY_SLICE(c.list, -2, 1)", ["two"]),
        ("ARRAY_CONCAT(c.inner.list, [9])", [7, 8, 9]),
        ("ARRAY_CONTAINS(c.list, {'three': 3})", False),
        ("ARRAY_CONTAINS(c.list, {'three': 3}, true)", True),
        ("IS_STRING(c.text) AND NOT IS_STRING(c.missing)", True),
        ("IS_NUMBER(c.half) AND NOT IS_NUMBER(c.yes)", True),
        ("IS_BOOL(c.yes) AND NOT IS_BOOL(c.number)", True),
        ("IS_ARRAY(c.list) AND IS_OBJECT(c.inner) AND NOT IS_OBJECT(c.list)", True),
        ("IS_PRIMITIVE(c.nothing) AND NOT IS_PRIMITIVE(c.inner)", True),
        ("GetCurrentTimestamp()", 1_000),
    ],
)
def test_functions_have_values(expression: str, expected: object) -> None:
    found = value_of(expression)

    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("'A%'", True),
        ("'%b%'", True),
        ("'a%'", False),
        ("'_b_'", True),
        ("'[A-C]bc'", True),
        ("'[^A-C]bc'", False),
        ("'A.c'", False),
        ("'Ab!%' ESCAPE '!'", False),
        ("5", UNDEFINED),
        ("c.missing", UNDEFINED),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern: str, expected: object) -> None:
    assert value_of(f"c.text LIKE {pattern}") is expected


def test_a_parameter_stands_wherever_a_value_may() -> None:
    assert value_of("c[@name].list[@at] + @more.x", name="inner", at=1, more={"x": 2}) == 10
    assert value_of("c[@name]", name=5) is UNDEFINED
    assert value_of("[@a, {'b': @a}]", a=None) == [None, {"b": None}]


def test_a_join_gives_a_row_for_each_element_and_none_for_what_is_no_array() -> None:
    select = parse("SELECT a, b FROM c JOIN a IN c.inner.list JOIN b IN c.inner.list")

    rows = unfolded(sources(select.joins, evaluator), DOCUMENT, {})
    assert [(row["a"], row["b"]) for row in rows] == [(7, 7), (7, 8), (8, 7), (8, 8)]
    no_array = parse("SELECT a FROM c JOIN a IN c.text")
    assert list(unfolded(sources(no_array.joins, evaluator), DOCUMENT, {})) == []


def test_columns_without_a_name_are_numbered() -> None:
    assert value_of("1") == 1
    node = parse("SELECT c.text, c.number + 1, c.list[0], t.x, LOWER(c.text) FROM c JOIN t IN c.list").value

    assert evaluator(node)(DOCUMENT, {"t": {"x": 9}}) == {"text": "Abc", "$1": 6, "$2": 1, "x": 9, "$3": "abc"}


def test_equal_values_have_one_identity() -> None:
    same: list[Any] = [{"a": 1, "b": [2.0]}, {"b": [2], "a": 1.0}]
    different: list[Any] = [1, True, "1", None, UNDEFINED, [1], {"a": 1}, []]

    assert len({identity(value) for value in same}) == 1
    assert len({identity(value) for value in different}) == len(different)
