"""Expressions from tokens to nodes, by recursive descent."""

from emulators.cosmos.sql.ast import (
    Aggregate,
    And,
    ArrayOf,
    Between,
    Call,
    Comparison,
    In,
    Literal,
    Node,
    Not,
    ObjectOf,
    Or,
    Parameter,
    Path,
)
from emulators.cosmos.sql.cursor import Cursor, reason
from emulators.cosmos.sql.lexer import Token, string_value, syntax_error

FUNCTIONS = {
    "IS_DEFINED": (1, 1),
    "IS_NULL": (1, 1),
    "STARTSWITH": (2, 3),
    "ENDSWITH": (2, 3),
    "CONTAINS": (2, 3),
    "ARRAY_CONTAINS": (2, 3),
}
AGGREGATES = frozenset({"COUNT", "SUM", "MIN", "MAX"})
_OPERATORS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
_CONSTANTS: dict[str, bool | None] = {"TRUE": True, "FALSE": False, "NULL": None}


class ExpressionParser:
    """Parses expressions over the source `alias`, and notes the aggregates that it comes across."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self.alias = "c"
        self.aggregates: list[Aggregate] = []

    def condition(self) -> Node:
        """Parse an expression of any kind."""
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
        left = self.operand()
        if self._cursor.token.kind == "symbol" and self._cursor.token.text in _OPERATORS:
            operator = self._cursor.next().text
            return Comparison("!=" if operator == "<>" else operator, left, self.operand())
        negated = self._cursor.take("NOT")
        if self._cursor.sees("IN"):
            found: Node = In(left, self._options())
        elif self._cursor.take("BETWEEN"):
            low = self.operand()
            self._cursor.expect("AND")
            found = Between(left, low, self.operand())
        elif negated:
            raise syntax_error(self._cursor.token, "Expected IN or BETWEEN after NOT.")
        else:
            return left
        return Not(found) if negated else found

    def _options(self) -> tuple[Node, ...]:
        self._cursor.expect("IN")
        self._cursor.expect("(")
        return self._list(")")

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
        token = self._cursor.next()
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
            case "-" if self._cursor.token.kind == "number":
                return Literal(-_number(self._cursor.next().text))
            case "(":
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

    def _named(self, token: Token) -> Node:
        upper = token.text.upper()
        if self._cursor.sees("("):
            return self._call(token, upper)
        if upper in _CONSTANTS and token.text != self.alias:
            return Literal(_CONSTANTS[upper])
        if token.text not in {self.alias, "root"}:
            raise syntax_error(token, f"Identifier '{token.text}' could not be resolved; the source is '{self.alias}'.")
        return Path(tuple(self._steps()))

    def _steps(self) -> list[str | int]:
        steps: list[str | int] = []
        while True:
            if self._cursor.take("."):
                steps.append(self._cursor.name())
            elif self._cursor.take("["):
                token = self._cursor.next()
                steps.append(int(token.text) if token.kind == "number" else string_value(token.text))
                self._cursor.expect("]")
            else:
                return steps

    def _call(self, token: Token, upper: str) -> Node:
        self._cursor.expect("(")
        arguments = self._list(")")
        if upper in AGGREGATES:
            if len(arguments) != 1:
                raise syntax_error(token, f"{upper} takes one argument.")
            aggregate = Aggregate(upper, arguments[0])
            self.aggregates.append(aggregate)
            return aggregate
        if upper not in FUNCTIONS:
            known = ", ".join(sorted([*FUNCTIONS, *AGGREGATES]))
            raise syntax_error(token, f"'{token.text}' is not a function of this local endpoint, which knows {known}.")
        low, high = FUNCTIONS[upper]
        if not low <= len(arguments) <= high:
            raise syntax_error(token, f"{upper} takes {low} to {high} arguments, found {len(arguments)}.")
        return Call(upper, arguments)


def _number(text: str) -> int | float:
    return int(text) if text.isdigit() else float(text)
