"""Expressions from tokens to nodes, by recursive descent.

Operators bind, from loose to tight: `?:`, `??`, OR, AND, NOT, comparisons with IN, BETWEEN and LIKE, `||`, `|`, `^`,
`&`, `<< >> >>>`, `+ -`, `* / %`, signs and `~`.
"""

from collections.abc import Callable
from math import isinf

from emulators.cosmos.sql.ast import (
    Aggregate,
    And,
    ArrayOf,
    Between,
    Calculation,
    Call,
    Coalesced,
    Comparison,
    Conditional,
    In,
    Like,
    Literal,
    Member,
    Node,
    Not,
    ObjectOf,
    Or,
    Parameter,
    Path,
    Select,
    Subquery,
    Variable,
)
from emulators.cosmos.sql.builtin import FUNCTIONS
from emulators.cosmos.sql.cursor import Cursor, reason
from emulators.cosmos.sql.lexer import Token, query_error, string_value, syntax_error
from emulators.cosmos.sql.now import CURRENT

AGGREGATES = frozenset({"COUNT", "COUNTIF", "SUM", "AVG", "MIN", "MAX"})

_OPERATORS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
_CALCULATIONS = (
    frozenset({"||"}),
    frozenset({"|"}),
    frozenset({"^"}),
    frozenset({"&"}),
    frozenset({"<<", ">>", ">>>"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "%"}),
)
_SUBQUERIES = frozenset({"EXISTS", "ARRAY"})
_DIGITS_MAX, _INTEGER_MAX = 19, 2**63 - 1
# A quota of the service.
_OPTIONS_MAX = 6000
_CONSTANTS: dict[str, bool | None] = {"TRUE": True, "FALSE": False, "NULL": None}


class ExpressionParser:
    """Parses expressions over the sources `names`, and notes the aggregates that it comes across."""

    def __init__(self, cursor: Cursor, subquery: Callable[[dict[str, Path | Variable]], Select]) -> None:
        self._cursor = cursor
        self._subquery = subquery
        self.names: dict[str, Path | Variable] = {"c": Path(())}
        self.aggregates: list[Aggregate] = []

    def condition(self) -> Node:
        """Parse an expression of any kind."""
        found = self._or()
        while self._cursor.take("??"):
            found = Coalesced(found, self._or())
        if not self._cursor.take("?"):
            return found
        yes = self.condition()
        self._cursor.expect(":")
        return Conditional(found, yes, self.condition())

    def _or(self) -> Node:
        operands = [self._and()]
        while self._cursor.take("OR"):
            operands.append(self._and())
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _and(self) -> Node:
        operands = [self._not()]
        while self._cursor.take("AND"):
            operands.append(self._not())
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _not(self) -> Node:
        return Not(self._not()) if self._cursor.take("NOT") else self._comparison()

    def _comparison(self) -> Node:
        left = self._sum()
        if self._cursor.token.kind == "symbol" and self._cursor.token.text in _OPERATORS:
            operator = self._cursor.next().text
            return Comparison("!=" if operator == "<>" else operator, left, self._sum())
        negated = self._cursor.take("NOT")
        if self._cursor.sees("IN"):
            found: Node = In(left, self._options())
        elif self._cursor.take("BETWEEN"):
            low = self._sum()
            self._cursor.expect("AND")
            found = Between(left, low, self._sum())
        elif self._cursor.take("LIKE"):
            pattern = self._sum()
            found = Like(left, pattern, self.operand() if self._cursor.take("ESCAPE") else Literal(""))
        elif negated:
            raise syntax_error(self._cursor.token, "Expected IN, BETWEEN or LIKE after NOT.")
        else:
            return left
        return Not(found) if negated else found

    def _sum(self) -> Node:
        return self._calculation(0)

    def _calculation(self, level: int) -> Node:
        if level == len(_CALCULATIONS):
            return self._signed()
        left = self._calculation(level + 1)
        while self._cursor.token.kind == "symbol" and self._cursor.token.text in _CALCULATIONS[level]:
            left = Calculation(self._cursor.next().text, left, self._calculation(level + 1))
        return left

    def _signed(self) -> Node:
        if self._cursor.take("+"):
            return self._signed()
        if self._cursor.take("~"):
            return Calculation("^", self._signed(), Literal(-1))
        if not self._cursor.take("-"):
            return self.operand()
        inner = self._signed()
        if isinstance(inner, Literal) and isinstance(inner.value, int | float):
            return Literal(-inner.value)
        return Calculation("-", Literal(0), inner)

    def _options(self) -> tuple[Node, ...]:
        self._cursor.expect("IN")
        start = self._cursor.token
        self._cursor.expect("(")
        opening = self._cursor.token
        options = self._list(")")
        if not options:
            raise syntax_error(opening, "IN takes at least one value, found none.")
        if len(options) > _OPTIONS_MAX:
            raise syntax_error(start, f"IN takes at most {_OPTIONS_MAX} values, found {len(options)}.")
        return options

    def _list(self, end: str) -> tuple[Node, ...]:
        items: list[Node] = []
        if self._cursor.take(end):
            return ()
        items.append(self.condition())
        while self._cursor.take(","):
            items.append(self.condition())
        self._cursor.expect(end)
        return tuple(items)

    def operand(self) -> Node:
        """Parse a constant, parameter, property, function call, constructor or something in parentheses."""
        found = self._primary(self._cursor.next())
        while True:
            if self._cursor.take("."):
                key: Node = Literal(self._cursor.name())
            elif self._cursor.take("["):
                key = self.condition()
                self._cursor.expect("]")
            else:
                return found
            found = _member(found, key)

    def _primary(self, token: Token) -> Node:
        match token.kind, token.text:
            case "number", text:
                return Literal(_number(text))
            case "string", text:
                return Literal(string_value(text))
            case "parameter", text:
                return Parameter(text)
            case "name", _:
                return self._named(token)
        return self._enclosed(token)

    def _enclosed(self, token: Token) -> Node:
        match token.text:
            case "(":
                if self._cursor.sees("SELECT"):
                    return self.subquery("VALUE")
                inner = self.condition()
                self._cursor.expect(")")
                return inner
            case "[":
                return ArrayOf(self._list("]"))
            case "{":
                return self._object()
        raise syntax_error(token, reason(token))

    def _object(self) -> Node:
        entries: list[tuple[str, Node]] = []
        while not self._cursor.take("}"):
            key = self._cursor.next()
            if key.kind not in {"string", "name"}:
                raise syntax_error(key)
            self._cursor.expect(":")
            entries.append((string_value(key.text) if key.kind == "string" else key.text, self.condition()))
            if not self._cursor.sees("}"):
                self._cursor.expect(",")
        return ObjectOf(tuple(entries))

    def subquery(self, kind: str) -> Subquery:
        """Parse a query in parentheses, of which the opening one has been taken."""
        select = self._subquery(self.names)
        self._cursor.expect(")")
        return Subquery(kind, select)

    def _named(self, token: Token) -> Node:
        upper = token.text.upper()
        if self._cursor.sees("("):
            return self._call(token, upper)
        if token.text in self.names:
            return self.names[token.text]
        if upper in _CONSTANTS:
            return Literal(_CONSTANTS[upper])
        if upper == "UNDEFINED":
            return Variable("undefined")
        if upper == "UDF":
            raise query_error("SC2005", "User-defined functions are not supported by this local endpoint.", token)
        known = ", ".join(f"'{name}'" for name in self.names if name != "root")
        why = f"Identifier '{token.text}' could not be resolved. The sources are {known}."
        raise query_error("SC2001", why, token)

    def _call(self, token: Token, upper: str) -> Node:
        self._cursor.expect("(")
        if upper in _SUBQUERIES and self._cursor.sees("SELECT"):
            return self.subquery(upper)
        arguments = self._list(")")
        if upper in CURRENT and not arguments:
            return Variable(CURRENT[upper])
        if upper in AGGREGATES:
            if len(arguments) != 1:
                raise query_error("SC2050", f"The {upper} function requires 1 argument(s).", token)
            aggregate = Aggregate(upper, arguments[0])
            self.aggregates.append(aggregate)
            return aggregate
        return _function(token, upper, arguments)


def _function(token: Token, upper: str, arguments: tuple[Node, ...]) -> Node:
    function = FUNCTIONS.get(upper)
    if function is None:
        known = ", ".join(sorted([*FUNCTIONS, *AGGREGATES, *CURRENT]))
        why = f"'{token.text}' is not a recognized built-in function name. This local endpoint knows {known}."
        raise query_error("SC2005", why, token)
    if not function.low <= len(arguments) <= function.high:
        count = f"{function.low}" if function.low == function.high else f"{function.low} to {function.high}"
        why = f"The {upper} function requires {count} argument(s), found {len(arguments)}."
        raise query_error("SC2050", why, token)
    return Call(upper, arguments)


def _member(source: Node, key: Node) -> Node:
    if isinstance(source, Path) and isinstance(key, Literal):
        step = key.value
        if isinstance(step, str) or (isinstance(step, int) and not isinstance(step, bool) and step >= 0):
            return Path((*source.steps, step))
    return Member(source, key)


def _number(text: str) -> int | float:
    if text.isdigit() and len(text) <= _DIGITS_MAX and int(text) <= _INTEGER_MAX:
        return int(text)
    value = float(text)
    if isinf(value):
        raise query_error("SC1001", f"Syntax error, the number {text[:40]} is beyond what a number can be.")
    return value
