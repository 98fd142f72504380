"""Queries from text to nodes, by recursive descent.

What the service understands and this endpoint does not (JOIN, GROUP BY, DISTINCT, arithmetic, further functions) is
refused with 400 and the token's name, never ignored.
"""

from functools import lru_cache

from emulators.cosmos.sql.ast import Literal, Node, ObjectOf, Path, Select, SortKey
from emulators.cosmos.sql.cursor import Cursor, reason
from emulators.cosmos.sql.expressions import ExpressionParser
from emulators.cosmos.sql.lexer import syntax_error

ORDER_FILTER = "{documentdb-formattableorderbyquery-filter}"
"""What a query plan leaves for clients to fill in; a literal `true` for those that don't."""

_AFTER_FROM = frozenset({"WHERE", "ORDER", "OFFSET", "JOIN", "GROUP", "IN"})


@lru_cache(1024)
def parse(sql: str) -> Select:
    """Parse a whole query."""
    return _Parser(sql.replace(ORDER_FILTER, "true")).select()


@lru_cache(1024)
def parse_condition(sql: str) -> Node:
    """Parse the condition of a patch: `FROM c WHERE ...`."""
    select = _Parser(f"SELECT * {sql}").select()
    return select.where or Literal(value=True)


class _Parser:
    def __init__(self, sql: str) -> None:
        self._cursor = Cursor(sql)
        self._expressions = ExpressionParser(self._cursor)

    def select(self) -> Select:
        self._cursor.expect("SELECT")
        if self._cursor.sees("DISTINCT"):
            raise syntax_error(self._cursor.token, "DISTINCT is not supported by this local endpoint.")
        top = self._expressions.operand() if self._cursor.take("TOP") else None
        is_value = self._cursor.take("VALUE")
        start = self._cursor.at
        self._skip_to_from()
        self._from()
        after_from, self._cursor.at = self._cursor.at, start
        value = self._projection(is_value=is_value)
        aggregates = tuple(self._expressions.aggregates)
        if not (self._cursor.sees("FROM") or self._cursor.is_at_end):
            raise syntax_error(self._cursor.token, reason(self._cursor.token))
        self._cursor.at = after_from
        where = self._expressions.condition() if self._cursor.take("WHERE") else None
        order = self._order()
        offset, limit = self._window()
        if not self._cursor.is_at_end:
            raise syntax_error(self._cursor.token, reason(self._cursor.token))
        return Select(
            alias=self._expressions.alias,
            value=value,
            is_value=is_value,
            where=where,
            order=order,
            top=top,
            offset=offset,
            limit=limit,
            aggregates=aggregates,
        )

    def _skip_to_from(self) -> None:
        while not self._cursor.is_at_end and not self._cursor.sees("FROM"):
            self._cursor.at += 1

    def _from(self) -> None:
        if not self._cursor.take("FROM"):
            return
        name = self._cursor.name()
        self._cursor.take("AS")
        if self._cursor.token.kind == "name" and self._cursor.token.text.upper() not in _AFTER_FROM:
            name = self._cursor.name()
        self._expressions.alias = name

    def _projection(self, *, is_value: bool) -> Node:
        if self._cursor.take("*"):
            return Path(())
        if is_value:
            return self._expressions.condition()
        entries = [self._column(1)]
        while self._cursor.take(","):
            entries.append(self._column(len(entries) + 1))
        return ObjectOf(tuple(entries))

    def _column(self, number: int) -> tuple[str, Node]:
        value = self._expressions.condition()
        if self._cursor.take("AS"):
            return self._cursor.name(), value
        if isinstance(value, Path):
            return str(value.steps[-1]) if value.steps else self._expressions.alias, value
        return f"${number}", value

    def _order(self) -> tuple[SortKey, ...]:
        if not self._cursor.take("ORDER"):
            return ()
        self._cursor.expect("BY")
        keys = [self._sort_key()]
        while self._cursor.take(","):
            keys.append(self._sort_key())
        return tuple(keys)

    def _sort_key(self) -> SortKey:
        token = self._cursor.token
        path = self._expressions.operand()
        if not isinstance(path, Path) or not path.steps:
            raise syntax_error(token, "ORDER BY takes properties of the document.")
        if self._cursor.take("DESC"):
            return SortKey(path, descending=True)
        self._cursor.take("ASC")
        return SortKey(path, descending=False)

    def _window(self) -> tuple[Node | None, Node | None]:
        if not self._cursor.take("OFFSET"):
            return None, None
        offset = self._expressions.operand()
        self._cursor.expect("LIMIT")
        return offset, self._expressions.operand()
