from typing import Any

import pytest

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.sql.evaluate import evaluator
from emulators.cosmos.sql.parser import parse
from emulators.cosmos.sql.values import UNDEFINED

DOCUMENT: Any = {"text": "a,b", "n": 5, "tags": ["a", "b", "c"], "lines": [{"sku": "x", "n": 2}, {"sku": "y", "n": 3}]}


def value_of(expression: str) -> Any:
    return evaluator(parse(f"SELECT VALUE {expression} FROM c").value)(DOCUMENT, {})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SQRT(-1)", UNDEFINED),
        ("LOG(0)", UNDEFINED),
        ("LOG(8, 2)", 3),
        ("POWER(2, 10)", 1024),
        ("POWER(10, 400)", UNDEFINED),
        ("ROUND(2.345, 2)", 2.35),
        ("TRUNC(-1.7)", -1),
        ("SIGN(-3)", -1),
        ("ATN2(0, 1)", 0),
        ("NumberBin(37, 10)", 30),
        ("IntAdd(9223372036854775807, 1)", -(2**63)),
        ("IntDiv(-7, 2)", -3),
        ("IntMod(-7, 2)", -1),
        ("IntDiv(1, 0)", UNDEFINED),
        ("IntAdd(1.5, 1)", UNDEFINED),
        ("6 & 3 | 8", 10),
        ("6 ^ 3", 5),
        ("~5", -6),
        ("1 << 31", -(2**31)),
        ("-1 >>> 28", 15),
        ("-8 >> 1", -4),
        ("1.5 & 1", UNDEFINED),
    ],
)
def test_numbers_are_calculated(expression: str, expected: object) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("REVERSE('abc')", "cba"),
        ("REPLICATE('ab', 2)", "abab"),
        ("REPLICATE('ab', -1)", UNDEFINED),
        ("LTRIM(' a ') || RTRIM(' b ')", "a  b"),
        ("StringSplit(c.text, ',')", ["a", "b"]),
        ("StringJoin(c.tags, '-')", "a-b-c"),
        ("StringJoin([1], '-')", UNDEFINED),
        ("RegexMatch('ABC', '^a', 'i')", True),
        ("RegexMatch('ABC', '(')", UNDEFINED),
        ("StringToNumber('1.5e1')", 15),
        ("StringToNumber('x')", UNDEFINED),
        ("StringToArray('[1]')", [1]),
        ("StringToObject('[1]')", UNDEFINED),
        ("StringToBoolean('true')", True),
        ("StringToNull('null')", None),
        ("LastIndexOf('abab', 'ab')", 2),
    ],
)
def test_texts_are_taken_apart_and_converted(expression: str, expected: object) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ARRAY_CONTAINS_ANY(c.tags, 'x', 'b')", True),
        ("ARRAY_CONTAINS_ALL(c.tags, 'x', 'b')", False),
        ("ARRAY_AVG([1, 2])", 1.5),
        ("ARRAY_SUM([1, 'a'])", UNDEFINED),
        ("ARRAY_MEDIAN([3, 1, 2])", 2),
        ("ARRAY_MIN([3, 1])", 1),
        ("ARRAY_MAX(['a', 1])", "a"),
        ("SetIntersect([1, 2, 2], [2, 3])", [2]),
        ("SetUnion([1, 2], [2, 3])", [1, 2, 3]),
        ("SetDifference([1, 2], [2])", [1]),
        ("SetEqual([1, 1], [1])", True),
        ("CHOOSE(2, 'a', 'b')", "b"),
        ("CHOOSE(3, 'a', 'b')", UNDEFINED),
        ("IIF(c.n > 3, 'big', 'small')", "big"),
        ("ObjectToArray({'a': 1}, 'name', 'value')", [{"name": "a", "value": 1}]),
        ("IS_INTEGER(5) AND NOT IS_INTEGER(5.5) AND IS_FINITE_NUMBER(1)", True),
    ],
)
def test_arrays_are_sets_and_series(expression: str, expected: object) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("DateTimeAdd('mm', 1, '2020-01-31T10:00:00.1234567Z')", "2020-02-29T10:00:00.1234567Z"),
        ("DateTimeAdd('hh', -1, '2020-07-03T00:00:00Z')", "2020-07-02T23:00:00.0000000Z"),
        ("DateTimeAdd('ns', 250, '2020-07-03T00:00:00Z')", "2020-07-03T00:00:00.0000002Z"),
        ("DateTimeAdd('zz', 1, '2020-07-03')", UNDEFINED),
        ("DateTimeAdd('dd', 1, 'never')", UNDEFINED),
        ("DateTimeDiff('yyyy', '2028-01-01T01:02:03Z', '2020-12-31T01:02:03Z')", -8),
        ("DateTimeDiff('hour', '2020-01-01T00:59:00Z', '2020-01-01T01:01:00Z')", 1),
        ("DateTimeDiff('mm', '2019-12-31', '2020-02-01')", 2),
        ("DateTimePart('dw', '2020-01-05')", 1),
        ("DateTimePart('mcs', '2020-01-02T03:04:05.6789123Z')", 678912),
        ("DateTimeFromParts(2020, 9, 4, 10, 52)", "2020-09-04T10:52:00.0000000Z"),
        ("DateTimeFromParts(2020, 13, 4)", UNDEFINED),
        ("DateTimeBin('2021-06-28T17:24:29.2991234Z', 'day')", "2021-06-28T00:00:00.0000000Z"),
        ("DateTimeBin('2021-06-28T17:24:29Z', 'hour', 5, '2021-06-28')", "2021-06-28T15:00:00.0000000Z"),
        ("DateTimeToTicks('2020-01-02T03:04:05.6789123Z')", 15779342456789123),
        ("DateTimeToTimestamp('2020-07-03T02:00:00+02:00')", 1593734400000),
        ("TicksToDateTime(15779342456789123)", "2020-01-02T03:04:05.6789123Z"),
        ("TimestampToDateTime(1e300)", UNDEFINED),
    ],
)
def test_moments_are_texts_in_utc(expression: str, expected: object) -> None:
    assert value_of(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t = 'b')", True),
        ("EXISTS(SELECT VALUE t FROM t IN c.missing)", False),
        ("ARRAY(SELECT VALUE l.n FROM l IN c.lines WHERE l.n > 2)", [3]),
        ("ARRAY(SELECT DISTINCT TOP 1 VALUE t FROM t IN c.tags)", ["a"]),
        ("ARRAY(SELECT VALUE t FROM t IN c.tags OFFSET 1 LIMIT 1)", ["b"]),
        ("(SELECT VALUE SUM(l.n) FROM l IN c.lines)", 5),
        ("(SELECT COUNT(1) AS n, MAX(l.n) AS m FROM l IN c.lines).m", 3),
        ("(SELECT VALUE x FROM c.n AS x)", 5),
        ("(SELECT VALUE t FROM t IN c.missing)", UNDEFINED),
        ("ARRAY(SELECT VALUE [l.sku, t] FROM l IN c.lines JOIN t IN c.tags WHERE t = 'a')", [["x", "a"], ["y", "a"]]),
        ("ARRAY(SELECT VALUE s FROM (SELECT VALUE l.sku FROM l IN c.lines) AS s)", ["x", "y"]),
        (
            "ARRAY(SELECT l.sku, COUNT(1) AS k FROM l IN c.lines GROUP BY l.sku)",
            [{"sku": "x", "k": 1}, {"sku": "y", "k": 1}],
        ),
        (
            "ARRAY(SELECT VALUE EXISTS(SELECT VALUE t FROM t IN c.tags WHERE t = l.sku) FROM l IN c.lines)",
            [False, False],
        ),
    ],
)
def test_subqueries_range_over_one_document(expression: str, expected: object) -> None:
    assert value_of(expression) == expected


def test_a_subquery_with_two_results_is_no_value() -> None:
    with pytest.raises(CosmosError, match="cardinality"):
        value_of("(SELECT VALUE t FROM t IN c.tags)")


@pytest.mark.parametrize(
    ("sql", "code", "start"),
    [
        ("SELEC * FROM c", "SC1001", 0),
        ("SELECT * FROM c WHERE d.x = 1", "SC2001", 22),
        ("SELECT FOO(c.a) FROM c", "SC2005", 7),
        ("SELECT ABS() FROM c", "SC2050", 7),
        ("SELECT * FROM c JOIN t IN c.tags", "SC2204", 7),
        ("SELECT * FROM c ORDER BY LOWER(c.a)", "SC2104", 25),
        ("SELECT udf.f(c) FROM c", "SC2005", 7),
    ],
)
def test_an_error_has_the_shape_of_the_service_and_names_the_place(sql: str, code: str, start: int) -> None:
    with pytest.raises(CosmosError) as caught:
        parse(sql)

    assert caught.value.status == 400
    assert f'"location":{{"start":{start},' in caught.value.message
    assert f'"code":"{code}"' in caught.value.message


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM c WHERE c.x = '" + "x" * 262_144 + "'", "SC3001"),
        ("SELECT c.id FROM c" + "".join(f" JOIN t{at} IN c.tags" for at in range(11)), "SC3002"),
        ("SELECT VALUE " + "(" * 5000 + "1" + ")" * 5000, "SC3000"),
    ],
)
def test_a_query_has_limits(sql: str, code: str) -> None:
    with pytest.raises(CosmosError, match=code):
        parse(sql)


def test_a_comment_ends_with_its_line() -> None:
    assert parse("SELECT -- all\n * -- of them\nFROM c -- and no more") == parse("SELECT * FROM c")
