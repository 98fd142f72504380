"""Joins: a document becomes one row for each element of its arrays."""

from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.sql.ast import Join
from emulators.cosmos.sql.evaluate import Parameters, evaluator


def unfolded(joins: tuple[Join, ...], document: JsonValue, parameters: Parameters) -> list[Parameters]:
    """Return the parameters of each row, with the joined elements among them; what is not an array gives no row."""
    rows = [parameters]
    for join in joins:
        source = evaluator(join.source)
        rows = [{**row, join.name: element} for row in rows for element in _elements(source(document, row))]
    return rows


def _elements(value: object) -> list[JsonValue]:
    return value if isinstance(value, list) else []
