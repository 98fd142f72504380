from typing import Any

import pytest

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.sql.ast import Comparison, Literal, Parameter, Path
from emulators.cosmos.sql.evaluate import evaluator
from emulators.cosmos.sql.parser import ORDER_FILTER, parse
from emulators.cosmos.sql.render import rendered
from emulators.cosmos.sql.values import UNDEFINED, sort_key

DOCUMENT: Any = {
    "text": "Abc",
    "number": 5,
    "half": 2.5,
    "yes": True,
    "nothing": None,
    "list": [1, "two", {"three": 3, "more": 0}],
    "inner": {"deep": {"value": "x"}, "odd name": 1},
}


def value_of(expression: str, **parameters: Any) -> Any:
    node = parse(f"SELECT VALUE {expression} FROM c").value
    return evaluator(node)(DOCUMENT, {f"@{name}": value for name, value in parameters.items()})


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT c.number n, c['inner'].deep.value AS v FROM c", {"n": 5, "v": "x"}),
        ("SELECT c.number + 1 more FROM c WHERE true", {"more": 6}),
        ("SELECT VALUE c.number n FROM c", 5),
    ],
)
def test_as_may_be_left_out_before_the_name_of_a_column(sql: str, expected: object) -> None:
    assert evaluator(parse(sql).value)(DOCUMENT, {}) == expected


def condition(text: str) -> Any:
    where = parse(f"SELECT * FROM c WHERE {text}").where
    assert where is not None
    return evaluator(where)(DOCUMENT, {})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("c.inner.deep.value", "x"),
        ("c['inner']['odd name']", 1),
        ("c.list[1]", "two"),
        ("c.list[9]", UNDEFINED),
        ("c.text.deeper", UNDEFINED),
        ("'it''s'", "it's"),
        (r'"a\u00e9\n"', "aé\n"),
        ("-1.5e2", -150.0),
        ("[c.number, c.missing, null]", [5, None]),
        ("{'a': c.number, b: c.missing}", {"a": 5}),
        ("root.number", 5),
    ],
)
def test_expressions_have_values(expression: str, expected: object) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c.number = 5.0", True),
        ("c.number != '5'", True),
        ("c.number = '5'", False),
        ("c.yes = 1", False),
        ("c.number < 'a'", UNDEFINED),
        ("c.missing = 1", UNDEFINED),
        ("c.missing = c.missing", UNDEFINED),
        ("NOT c.missing", UNDEFINED),
        ("c.missing = 1 OR c.number = 5", True),
        ("c.missing = 1 OR c.number = 6", UNDEFINED),
        ("c.missing = 1 AND c.number = 6", False),
        ("c.missing = 1 AND c.number = 5", UNDEFINED),
        ("c.nothing = null", True),
        ("c.number != null", True),
        ("c.list[2] = {'more': 0, 'three': 3}", True),
        ("c.text < 'B' AND c.text >= 'Abc'", True),
        ("c.number NOT BETWEEN 1 AND 4", True),
        ("c.number NOT IN (5)", False),
        ("c.number = 6 OR c.number = 5 AND c.yes", True),
        ("(c.number = 6 OR c.number = 5) AND c.yes = false", False),
        ("STARTSWITH(c.text, 'ab')", False),
        ("STARTSWITH(c.text, 'ab', true)", True),
        ("CONTAINS(c.number, '5')", UNDEFINED),
        ("ARRAY_CONTAINS(c.list, 'two')", True),
        ("ARRAY_CONTAINS(c.list, {'three': 3})", False),
        ("ARRAY_CONTAINS(c.list, {'three': 3}, true)", True),
        ("IS_DEFINED(c.nothing) AND NOT IS_DEFINED(c.missing)", True),
        ("IS_NULL(c.number)", False),
    ],
)
def test_conditions_are_three_valued(text: str, expected: object) -> None:
    assert condition(text) is expected


def test_types_sort_in_the_order_of_the_service() -> None:
    values: list[Any] = [UNDEFINED, None, False, True, -5, 2.5, "a", "b", [], {}]
    shuffled = [values[place] for place in (9, 4, 6, 1, 8, 3, 0, 7, 5, 2)]

    assert sorted(shuffled, key=sort_key) == values


@pytest.mark.parametrize(
    ("sql", "token"),
    [
        ("UPDATE c SET x = 1", "UPDATE"),
        ("SELECT * FROM c WHERE c.a = 'open", "'open"),
        ("SELECT * FROM c WHERE c.a ?? ", "end of the query"),
        ("SELECT * FROM c WHERE EXISTS(SELECT VALUE t FROM)", r"'\)'"),
        ("SELECT * FROM c WHERE ST_DISTANCE(c.a) = 'x'", r"'ST_DISTANCE'"),
        ("SELECT * FROM c JOIN t IN c.tags", "'SELECT [*]'"),
        ("SELECT t FROM c JOIN t IN [1]", r"'\['"),
        ("SELECT t FROM c JOIN c IN c.tags", "'c'"),
        ("SELECT t FROM c JOIN t IN c.tags ORDER BY t.x", "document path"),
        ("SELECT c.a FROM c GROUP BY c.a ORDER BY c.a", "'ORDER BY'"),
        ("SELECT c.a, COUNT(1) FROM c", "Property reference 'a'"),
        ("SELECT c.a, c.b FROM c GROUP BY c.a", "Property reference 'b'"),
        ("SELECT TOP FROM c", "FROM"),
        ("SELECT * FROM c ORDER BY 1", "1"),
        ("SELECT * FROM c ORDER BY c", "c"),
        ("SELECT * FROM c OFFSET 1", "end of the query"),
        ("SELECT * FROM c WHERE IS_DEFINED()", "IS_DEFINED"),
        ("SELECT COUNT(1, 2) FROM c", "COUNT"),
        ("SELECT * FROM c;", ";"),
        ("SELECT * FROM c WHERE c.a IN ()", r"near '\)'\. IN takes at least one value"),
        ("SELECT * FROM c WHERE c.a NOT IN ()", "IN takes at least one value"),
        ("SELECT {1: 2} FROM c", "1"),
        ("SELECT * FROM c WHERE c.a NOT = 'x'", "="),
        ("", "end of the query"),
    ],
)
def test_a_syntax_error_names_the_token(sql: str, token: str) -> None:
    with pytest.raises(CosmosError, match=token) as caught:
        parse(sql)

    assert caught.value.status == 400


def test_an_aggregate_has_no_place_in_a_condition() -> None:
    where = parse("SELECT * FROM c WHERE COUNT(1) > 1").where
    assert where is not None

    with pytest.raises(CosmosError, match="COUNT"):
        evaluator(where)


def test_the_source_may_have_any_alias_and_keywords_any_case() -> None:
    select = parse("select value x.a from Items as x where x.b = @p order by x.a desc offset 1 limit 2")

    assert (select.alias, select.joins, select.is_distinct) == ("x", (), False)
    assert select.value == Path(("a",))
    assert select.where == Comparison("=", Path(("b",)), Parameter("@p"))
    assert (select.order[0].descending, select.offset, select.limit) == (True, Literal(1), Literal(2))


@pytest.mark.parametrize(
    "text",
    [
        "c.a = 1 AND (c.b = 'x' OR NOT c.c IN (1, null, true))",
        "c['odd \"name\"'][0].x BETWEEN -1 AND @high",
        "STARTSWITH(c.a, 'b', true) AND ARRAY_CONTAINS(c.d, {'x': [1, c.e]})",
        "c.a + 1 - (c.b - 2) * -c.c > 7 % c.d AND c.e || 'x' = @f.g[0]",
        "c.a LIKE '%x' AND c.b NOT LIKE '!_y' ESCAPE '!'",
        "(c.a ?? 1) = (c.b ? 2 : c[@name] ?? 3) AND c.at < GetCurrentTimestamp()",
    ],
)
def test_a_condition_survives_being_written_out(text: str) -> None:
    node = parse(f"SELECT * FROM c WHERE {text}").where
    assert node is not None

    assert parse(f"SELECT * FROM c WHERE {rendered(node, 'c')}").where == node


def test_the_filter_of_a_plan_reads_as_true() -> None:
    select = parse(f"SELECT * FROM c WHERE c.a = 1 AND ({ORDER_FILTER})")

    assert select.where == parse("SELECT * FROM c WHERE c.a = 1 AND (true)").where
