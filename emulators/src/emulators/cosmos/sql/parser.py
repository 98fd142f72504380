"""Queries from text to nodes, by recursive descent.

What the service understands and this endpoint does not (vector search, user-defined functions) is refused with 400 and
the token's name and position, never ignored.
"""

from emulators.cosmos.sql.ast import (
    And,
    Call,
    Join,
    Literal,
    Member,
    Node,
    ObjectOf,
    Path,
    Select,
    SortKey,
    Subquery,
    Variable,
)
from emulators.cosmos.sql.cursor import Cursor, reason
from emulators.cosmos.sql.expressions import ExpressionParser
from emulators.cosmos.sql.grouping import check_columns
from emulators.cosmos.sql.kept import Kept
from emulators.cosmos.sql.lexer import query_error, syntax_error

ORDER_FILTER = "{documentdb-formattableorderbyquery-filter}"
"""What a query plan leaves for clients to fill in; a literal `true` for those that don't."""

_AFTER_FROM = frozenset({"WHERE", "ORDER", "OFFSET", "JOIN", "GROUP", "IN"})
_AFTER_COLUMN = frozenset({"FROM", "WHERE", "ORDER", "OFFSET", "GROUP"})


_TEXT_MAX = 262_144
_CHARACTERS_KEPT_MAX, _FIXED_WEIGHT = 1_000_000, 500
_TRUE = Literal(value=True)
_JOINS_MAX = 10


def parse(sql: str) -> Select:
    """Parse a whole query."""
    if len(sql) > _TEXT_MAX:
        why = f"The SQL query text exceeded the maximum limit of {_TEXT_MAX} characters, found {len(sql)}."
        raise query_error("SC3001", why)
    return _parsed(sql)


def parse_condition(sql: str) -> Node:
    """Parse the condition of a patch: `FROM c WHERE ...`."""
    return parse(f"SELECT * {sql}").where or _TRUE


def _weighed(sql: str) -> tuple[Select, int]:
    return _whole(sql.replace(ORDER_FILTER, "true")), len(sql) + _FIXED_WEIGHT


def _whole(sql: str) -> Select:
    cursor = Cursor(sql)
    try:
        found = _Parser(cursor, None).select()
    except RecursionError:
        raise query_error("SC3000", "The query is nested too deeply for this local endpoint.") from None
    if not cursor.is_at_end:
        raise syntax_error(cursor.token, reason(cursor.token))
    return found


_parsed = Kept(_weighed, _CHARACTERS_KEPT_MAX)


class _Parser:
    """Parses one query; a subquery gets the sources of the query around it."""

    def __init__(self, cursor: Cursor, around: dict[str, Path | Variable] | None) -> None:
        self._cursor = cursor
        self._expressions = ExpressionParser(cursor, lambda names: _Parser(cursor, names).select())
        self._is_subquery = around is not None
        self._alias = "c"
        self._joins: list[Join] = []
        self._guard: Node | None = None
        if around is not None:
            self._expressions.names = around

    def select(self) -> Select:
        self._cursor.expect("SELECT")
        is_distinct = self._cursor.take("DISTINCT")
        top = self._expressions.operand() if self._cursor.take("TOP") else None
        is_value = self._cursor.take("VALUE")
        start = self._cursor.at
        self._skip_to_from()
        has_source = self._from()
        after_from, self._cursor.at = self._cursor.at, start
        value = self._projection(is_value=is_value)
        aggregates = tuple(self._expressions.aggregates)
        if not self._ends_here("FROM"):
            raise syntax_error(self._cursor.token, reason(self._cursor.token))
        self._cursor.at = after_from
        where = self._where()
        groups = self._groups()
        if aggregates or groups:
            check_columns(value, groups)
        order = self._order(is_grouped=bool(groups))
        offset, limit = self._window()
        if not self._ends_here():
            raise syntax_error(self._cursor.token, reason(self._cursor.token))
        return Select(
            alias=self._alias,
            has_source=has_source,
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

    def _ends_here(self, *words: str) -> bool:
        cursor = self._cursor
        return cursor.is_at_end or any(map(cursor.sees, words)) or (self._is_subquery and cursor.sees(")"))

    def _where(self) -> Node | None:
        condition = self._expressions.condition() if self._cursor.take("WHERE") else None
        if self._guard is None or condition is None:
            return condition or self._guard
        return And((self._guard, condition))

    def _skip_to_from(self) -> None:
        depth = 0
        while not self._cursor.is_at_end and (depth or not self._ends_here("FROM")):
            depth += self._cursor.sees("(") - self._cursor.sees(")")
            self._cursor.at += 1

    def _from(self) -> bool:
        if not self._cursor.take("FROM"):
            return False
        if self._is_subquery:
            self._inner_from()
        else:
            self._outer_from()
        while self._cursor.take("JOIN"):
            self._join()
        if len(self._joins) > _JOINS_MAX:
            why = f"The SQL query exceeded the maximum number of joins. The allowed limit is {_JOINS_MAX}."
            raise query_error("SC3002", why)
        return True

    def _outer_from(self) -> None:
        name = self._cursor.name()
        if self._cursor.take("IN"):
            self._alias = self._cursor.token.text
            self._sources({self._alias: Path(())})
            source = self._array()
            self._sources({name: Variable(name)})
            self._joins.append(Join(name, source))
            return
        self._alias = name
        self._sources({name: Path(())})
        self._cursor.at -= 1
        source = self._expressions.operand()
        if not isinstance(source, Path):
            raise syntax_error(self._cursor.token, "FROM takes the container, or a path in its documents.")
        last = source.steps[-1] if source.steps else name
        self._sources({self._named(str(last)): source})
        if source.steps:
            self._guard = Call("IS_DEFINED", (source,))
        else:
            self._alias = next(iter(self._expressions.names))
            self._sources({**self._expressions.names, "root": source})

    def _inner_from(self) -> None:
        around = self._expressions.names
        if self._cursor.take("("):
            found = self._expressions.subquery("ARRAY")
            self._add(self._named(""), found)
            return
        token = self._cursor.next()
        if self._cursor.take("IN"):
            self._add(token.text, self._array())
            return
        self._cursor.at -= 1
        source = self._array()
        last = self._cursor.before.text
        self._sources(around)
        self._add(self._named(last), source, as_whole=True)

    def _named(self, name: str) -> str:
        """Take an alias if there is one."""
        return self._cursor.alias(_AFTER_FROM) or name or f"_{len(self._joins)}"

    def _add(self, name: str, source: Node, *, as_whole: bool = False) -> None:
        self._joins.append(Join(name, source, as_whole))
        self._sources({**self._expressions.names, name: Variable(name)})

    def _join(self) -> None:
        token = self._cursor.token
        if self._cursor.take("("):
            source: Node = self._expressions.subquery("ARRAY")
            self._add(self._named(""), source)
            return
        name = self._cursor.name()
        if name in self._expressions.names:
            raise query_error("SC2011", f"The input alias '{name}' is specified more than once.", token)
        self._cursor.expect("IN")
        self._add(name, self._array())

    def _sources(self, names: dict[str, Path | Variable]) -> None:
        self._expressions.names = names

    def _array(self) -> Node:
        token = self._cursor.token
        source = self._expressions.operand()
        if not isinstance(source, Path | Member | Variable | Subquery):
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
            known = self._expressions.names
            sources = [source for name, source in known.items() if name != "root"] or [*known.values()]
            if len(sources) > 1:
                raise query_error("SC2204", "'SELECT *' is only valid with a single input set.", token)
            return sources[0]
        if is_value:
            found = self._expressions.condition()
            self._cursor.alias(_AFTER_COLUMN)
            return found
        entries: list[tuple[str, Node]] = []
        unnamed = 0
        while not entries or self._cursor.take(","):
            value = self._expressions.condition()
            name = self._column_name(value)
            unnamed += name is None
            entries.append((name or f"${unnamed}", value))
        return ObjectOf(tuple(entries))

    def _column_name(self, value: Node) -> str | None:
        if (alias := self._cursor.alias(_AFTER_COLUMN)) is not None:
            return alias
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
            raise query_error("SC2103", "'ORDER BY' is not supported in presence of GROUP BY.", token)
        if self._is_subquery:
            raise syntax_error(token, "ORDER BY is not supported in subqueries by this local endpoint.")
        self._cursor.expect("BY")
        if self._cursor.sees("RANK"):
            raise syntax_error(self._cursor.token, "Vector and full-text search are not supported by this endpoint.")
        keys = [self._sort_key()]
        while self._cursor.take(","):
            keys.append(self._sort_key())
        return tuple(keys)

    def _sort_key(self) -> SortKey:
        token = self._cursor.token
        path = self._expressions.operand()
        if not isinstance(path, Path) or not path.steps:
            raise query_error(
                "SC2104",
                "Unsupported ORDER BY clause. ORDER BY item expression could not be mapped to a document path.",
                token,
            )
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
