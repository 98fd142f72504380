"""Queries from text to nodes, by recursive descent.

What the service understands and this endpoint does not (subqueries, bit operators, further functions) is refused with
400 and the token's name and position, never ignored.
"""

from functools import lru_cache

from emulators.cosmos.sql.ast import Join, Literal, Member, Node, ObjectOf, Path, Select, SortKey, Variable
from emulators.cosmos.sql.cursor import Cursor, reason
from emulators.cosmos.sql.expressions import ExpressionParser
from emulators.cosmos.sql.grouping import check_columns
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
        self._alias = "c"
        self._joins: list[Join] = []

    def select(self) -> Select:
        self._cursor.expect("SELECT")
        is_distinct = self._cursor.take("DISTINCT")
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
        groups = self._groups()
        if aggregates or groups:
            check_columns(value, groups)
        order = self._order(is_grouped=bool(groups))
        offset, limit = self._window()
        if not self._cursor.is_at_end:
            raise syntax_error(self._cursor.token, reason(self._cursor.token))
        return Select(
            alias=self._alias,
            joins=tuple(self._joins),
            is_distinct=is_distinct,
            value=value,
            is_value=is_value,
            where=where,
            groups=groups,
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
        if self._cursor.take("IN"):
            self._alias = self._cursor.token.text
            self._sources({self._alias: Path(())})
            source = self._array()
            self._sources({name: Variable(name)})
            self._joins.append(Join(name, source))
        else:
            self._cursor.take("AS")
            if self._cursor.token.kind == "name" and self._cursor.token.text.upper() not in _AFTER_FROM:
                name = self._cursor.name()
            self._alias = name
            self._sources({name: Path(()), "root": Path(())})
        while self._cursor.take("JOIN"):
            self._join()

    def _join(self) -> None:
        token = self._cursor.token
        name = self._cursor.name()
        if name in self._expressions.names:
            raise syntax_error(token, f"The input alias '{name}' is specified more than once.")
        self._cursor.expect("IN")
        self._joins.append(Join(name, self._array()))
        self._sources({**self._expressions.names, name: Variable(name)})

    def _sources(self, names: dict[str, Path | Variable]) -> None:
        self._expressions.names = names

    def _array(self) -> Node:
        token = self._cursor.token
        source = self._expressions.operand()
        if not isinstance(source, Path | Member | Variable):
            raise syntax_error(token, "IN takes an array of the document here, such as c.tags.")
        return source

    def _groups(self) -> tuple[Node, ...]:
        if not self._cursor.take("GROUP"):
            return ()
        self._cursor.expect("BY")
        found = [self._expressions.condition()]
        while self._cursor.take(","):
            found.append(self._expressions.condition())
        return tuple(found)

    def _projection(self, *, is_value: bool) -> Node:
        token = self._cursor.token
        if self._cursor.take("*"):
            sources = [source for name, source in self._expressions.names.items() if name != "root"]
            if len(sources) > 1:
                raise syntax_error(token, "'SELECT *' is only valid with a single input set.")
            return sources[0]
        if is_value:
            return self._expressions.condition()
        entries: list[tuple[str, Node]] = []
        unnamed = 0
        while not entries or self._cursor.take(","):
            value = self._expressions.condition()
            name = self._column_name(value)
            unnamed += name is None
            entries.append((name or f"${unnamed}", value))
        return ObjectOf(tuple(entries))

    def _column_name(self, value: Node) -> str | None:
        if self._cursor.take("AS"):
            return self._cursor.name()
        match value:
            case Path(steps):
                last = steps[-1] if steps else self._alias
                return last if isinstance(last, str) else None
            case Member(_, Literal(str(name))):
                return name
            case Variable(name) if name in self._expressions.names:
                return name
        return None

    def _order(self, *, is_grouped: bool) -> tuple[SortKey, ...]:
        token = self._cursor.token
        if not self._cursor.take("ORDER"):
            return ()
        if is_grouped:
            raise syntax_error(token, "'ORDER BY' is not supported in presence of GROUP BY.")
        self._cursor.expect("BY")
        keys = [self._sort_key()]
        while self._cursor.take(","):
            keys.append(self._sort_key())
        return tuple(keys)

    def _sort_key(self) -> SortKey:
        token = self._cursor.token
        path = self._expressions.operand()
        if not isinstance(path, Path) or not path.steps:
            raise syntax_error(token, "ORDER BY takes properties of the document, not of joined elements.")
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
