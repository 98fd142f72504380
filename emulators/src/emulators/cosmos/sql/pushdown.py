"""Conditions that SQLite can check: on the id, the partition key and the columns of the index policy.

1. A pushed condition selects exactly the documents for which it is true, or more; `exact` says which.
2. SQLite orders all numbers before all text before all blobs, so a range over one type is closed on its other side.
"""

from dataclasses import dataclass

from emulators.cosmos.catalog import Container
from emulators.cosmos.jsonvalue import JsonValue
from emulators.cosmos.partition import canonical
from emulators.cosmos.sql.ast import And, Between, Call, Comparison, In, Literal, Node, Or, Parameter, Path
from emulators.cosmos.sql.evaluation import Parameters
from emulators.cosmos.store.database import SqlValue
from emulators.cosmos.store.items import NUMBERS_FROM, sort_value

_FLIPPED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_CONJUNCTS_MAX = 20
_VALUES_MAX = 1500
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Pushed:
    """An SQL condition; `columns` are those that it reads."""

    sql: str
    values: tuple[SqlValue, ...]
    exact: bool
    columns: frozenset[str]


NOTHING = Pushed("1", (), exact=False, columns=frozenset())
_NEVER = Pushed("0", (), exact=True, columns=frozenset())


class Pushdown:
    """Translates the conditions of queries on one container, with given parameters."""

    def __init__(self, container: Container, parameters: Parameters) -> None:
        self._parameters = parameters
        self._columns: dict[tuple[str | int, ...], str] = {("id",): "d.id"}
        self._columns.update({path: f"d.x{at}" for at, path in enumerate(container.items.paths)})
        paths = container.partition_key.paths
        if len(paths) == 1 and '"' not in paths[0]:
            self._key_path: tuple[str, ...] | None = tuple(paths[0].strip("/").split("/"))
        else:
            self._key_path = None

    def conjuncts(self, where: Node | None) -> list[Pushed]:
        """Return what can be said of each operand of the outermost AND."""
        if where is None:
            return []
        operands = where.operands if isinstance(where, And) else (where,)
        pushed = [self._pushed(operand) for operand in operands[:_CONJUNCTS_MAX]]
        # SQLite has its limits, too: what is beyond them is left to be evaluated.
        pushed = [NOTHING if len(each.values) > _VALUES_MAX else each for each in pushed]
        return pushed if len(operands) <= _CONJUNCTS_MAX else [*pushed, NOTHING]

    def column(self, path: Path) -> str | None:
        """Return the column that holds a path, if there is one."""
        return self._columns.get(path.steps)

    def _pushed(self, node: Node) -> Pushed:
        match node:
            case And(operands):
                return _joined([self._pushed(operand) for operand in operands], " AND ")
            case Or(operands):
                parts = [self._pushed(operand) for operand in operands]
                return NOTHING if any(part is NOTHING for part in parts) else _joined(parts, " OR ")
            case Comparison(operator, Path() as path, value) if operator in _FLIPPED:
                return self._compared(path, operator, value)
            case Comparison(operator, value, Path() as path) if operator in _FLIPPED:
                return self._compared(path, _FLIPPED[operator], value)
            case In(Path() as path, options):
                parts = [self._compared(path, "=", option) for option in options]
                return NOTHING if any(part is NOTHING for part in parts) else _joined(parts, " OR ")
            case Between(Path() as path, low, high):
                return _joined([self._compared(path, ">=", low), self._compared(path, "<=", high)], " AND ")
            case Call("STARTSWITH", (Path() as path, prefix)):
                return self._started(path, prefix)
        return NOTHING

    def _compared(self, path: Path, operator: str, node: Node) -> Pushed:
        known, value = self._constant(node)
        if not known:
            return NOTHING
        if path.steps == self._key_path and operator == "=" and not isinstance(value, dict | list):
            return Pushed("d.pk = ?", (canonical([value]),), exact=True, columns=frozenset({"d.pk"}))
        column = self.column(path)
        if column is None or isinstance(value, dict | list):
            return NOTHING
        if operator == "=":
            return _condition(column, f"{column} = ?", sort_value(value))
        if isinstance(value, str):
            other = f"{column} >= ''" if operator in {"<", "<="} else f"{column} < x''"
        elif isinstance(value, int | float) and not isinstance(value, bool):
            other = f"{column} >= {NUMBERS_FROM}" if operator in {"<", "<="} else f"{column} < ''"
        else:
            return NOTHING
        if column == "d.id":
            return _condition(column, f"{column} {operator} ?", value) if isinstance(value, str) else _NEVER
        return _condition(column, f"{column} {operator} ? AND {other}", sort_value(value))

    def _started(self, path: Path, node: Node) -> Pushed:
        known, prefix = self._constant(node)
        column = self.column(path)
        if column is None or not known or not isinstance(prefix, str):
            return NOTHING
        sql = f"{column} >= ? AND {column} <= ?"
        return Pushed(sql, (prefix, prefix + _LAST_CHARACTER), exact=False, columns=frozenset({column}))

    def _constant(self, node: Node) -> tuple[bool, JsonValue]:
        match node:
            case Literal(value):
                return True, value
            case Parameter(name) if name in self._parameters:
                return True, self._parameters[name]
        return False, None


def _condition(column: str, sql: str, value: SqlValue) -> Pushed:
    return Pushed(sql, (value,), exact=True, columns=frozenset({column}))


def _balanced(terms: list[str], operator: str) -> str:
    # SQLite limits the depth of an expression, and a chain is as deep as it is long.
    if len(terms) == 1:
        return f"({terms[0]})"
    middle = len(terms) // 2
    return f"({_balanced(terms[:middle], operator)}{operator}{_balanced(terms[middle:], operator)})"


def _joined(parts: list[Pushed], operator: str) -> Pushed:
    if not parts:
        return _NEVER
    return Pushed(
        _balanced([part.sql for part in parts], operator),
        tuple(value for part in parts for value in part.values),
        exact=all(part.exact for part in parts),
        columns=frozenset().union(*(part.columns for part in parts)),
    )
