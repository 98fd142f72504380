"""SQL conditions: read once, then asked for each message.

condition   = conjunction {OR conjunction}
conjunction = negation {AND negation}
negation    = NOT negation | predicate
predicate   = sum [comparison sum | IS [NOT] NULL | [NOT] IN (sums) | [NOT] LIKE sum [ESCAPE sum]]
sum         = product {+|- product};  product = signed {*|/|% signed};  signed = [+|-] signed | operand
operand     = literal | @parameter | property | EXISTS (property) | property(condition) | newid() | (condition)
"""

from collections.abc import Callable, Mapping
from functools import partial
from uuid import uuid4

from emulators.servicebus.amqp.values import Uuid
from emulators.servicebus.broker.rules import operators
from emulators.servicebus.broker.rules.properties import SYSTEM_NAMES, Properties
from emulators.servicebus.broker.rules.scan import Kind
from emulators.servicebus.broker.rules.words import Name, Words

Evaluate = Callable[[Properties], object]
_Operation = Callable[[object, object], object]

_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
_NEW_ID = "NEWID"
_FUNCTIONS = ("PROPERTY", "P", _NEW_ID)
_SYSTEM_PREFIX = "sys."
_USER_PREFIX = "user."
_DEPTH_MAX = 50


# The value of each parameter, by its name in lower case with the sign in front.
Parameters = Mapping[str, object]


def condition_of(text: str, parameters: Parameters | None = None) -> Evaluate:
    """The function that a condition means: True, False or None. Raises `InvalidArgument` that names the position."""
    words = Words(text)
    condition = Conditions(words, parameters).condition()
    words.finish()
    return condition


class Conditions:
    """The grammar above, on words that somebody else may go on reading."""

    def __init__(self, words: Words, parameters: Parameters | None = None) -> None:
        self._words = words
        self._parameters = parameters or {}
        self._depth = 0

    def condition(self) -> Evaluate:
        """A whole condition, or any expression."""
        self._enter()
        left = self._conjunction()
        while self._words.accept("OR"):
            left = _unless(left, self._conjunction(), operators.disjunction, decides=True)
        self._depth -= 1
        return left

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEPTH_MAX:
            raise self._words.unexpected(f"an expression at most {_DEPTH_MAX} levels deep")

    def _conjunction(self) -> Evaluate:
        left = self._negation()
        while self._words.accept("AND"):
            left = _unless(left, self._negation(), operators.conjunction, decides=False)
        return left

    def _negation(self) -> Evaluate:
        if not self._words.accept("NOT"):
            return self._predicate()
        self._enter()
        inner = self._negation()
        self._depth -= 1
        return _negated(inner)

    def _predicate(self) -> Evaluate:
        left = self._sum()
        sign = self._words.accept(*operators.COMPARISONS)
        if sign is not None:
            return _binary(operators.COMPARISONS[sign], left, self._sum())
        if self._words.accept("IS"):
            return self._nullity(left)
        negated = self._words.accept("NOT") is not None
        word = self._words.accept("IN", "LIKE")
        if word is None:
            if negated:
                raise self._words.unexpected("IN or LIKE")
            return left
        answer = self._membership(left) if word == "IN" else self._likeness(left)
        return _negated(answer) if negated else answer

    def _nullity(self, left: Evaluate) -> Evaluate:
        expected = self._words.accept("NOT") is None
        self._words.expect("NULL")
        return lambda properties: (left(properties) is None) is expected

    def _membership(self, left: Evaluate) -> Evaluate:
        self._words.expect("(")
        candidates = [self._sum()]
        while self._words.accept(","):
            candidates.append(self._sum())
        self._words.expect(")")
        return lambda properties: operators.member(left(properties), [each(properties) for each in candidates])

    def _likeness(self, left: Evaluate) -> Evaluate:
        pattern = self._sum()
        escape = self._sum() if self._words.accept("ESCAPE") else _constant(None)
        return lambda properties: operators.like(left(properties), pattern(properties), escape(properties))

    def _sum(self) -> Evaluate:
        return self._chain(operators.SUMS, self._product)

    def _product(self) -> Evaluate:
        return self._chain(operators.PRODUCTS, self._signed)

    def _chain(self, table: dict[str, _Operation], part: Callable[[], Evaluate]) -> Evaluate:
        left = part()
        while (sign := self._words.accept(*table)) is not None:
            left = _binary(table[sign], left, part())
        return left

    def _signed(self) -> Evaluate:
        sign = self._words.accept("+", "-")
        if sign is None:
            return self._operand()
        self._enter()
        inner = self._signed()
        self._depth -= 1
        return _binary(operators.SUMS[sign], _constant(0), inner)

    def _operand(self) -> Evaluate:
        token = self._words.head
        if token.kind in {Kind.NUMBER, Kind.TEXT}:
            return _constant(self._words.take().value)
        if token.kind is Kind.PARAMETER:
            return self._parameter()
        if self._words.accept("("):
            inner = self.condition()
            self._words.expect(")")
            return inner
        if self._words.accept("EXISTS"):
            return self._existence()
        word = self._words.accept(*_CONSTANTS)
        if word is not None:
            return _constant(_CONSTANTS[word])
        return self._property()

    def _parameter(self) -> Evaluate:
        name = self._words.head.value
        if name not in self._parameters:
            raise self._words.unexpected(
                f"a parameter that is given ({', '.join(self._parameters) or 'there is none'})"
            )
        self._words.take()
        return _constant(self._parameters[str(name)])

    def _existence(self) -> Evaluate:
        self._words.expect("(")
        name = self._words.name()
        self._words.expect(")")
        return partial(_exists, name)

    def _property(self) -> Evaluate:
        token = self._words.head
        name = self._words.name()
        if token.kind is not Kind.WORD or token.value not in _FUNCTIONS or not self._words.accept("("):
            return partial(_value, name)
        if token.value == _NEW_ID:
            self._words.expect(")")
            return lambda _: Uuid(uuid4().bytes)
        text = self.condition()
        self._words.expect(")")
        return partial(_looked_up, text)


def _constant(value: object) -> Evaluate:
    return lambda _: value


def _negated(inner: Evaluate) -> Evaluate:
    return lambda properties: operators.negation(inner(properties))


def _unless(left: Evaluate, right: Evaluate, operation: _Operation, *, decides: bool) -> Evaluate:
    """The operation, whose right side is not asked if the left one decides."""

    def apply(properties: Properties) -> object:
        known = left(properties)
        return decides if known is decides else operation(known, right(properties))

    return apply


def _binary(operation: _Operation, left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda properties: operation(left(properties), right(properties))


def _value(name: Name, properties: Properties) -> object:
    return properties.system(name.text) if name.system else properties.user(name.text)


def _looked_up(text: Evaluate, properties: Properties) -> object:
    """The property that an expression names, with or without its scope."""
    name = text(properties)
    if not isinstance(name, str):
        return None
    if not name.lower().startswith(_SYSTEM_PREFIX):
        return properties.user(name[len(_USER_PREFIX) :] if name.lower().startswith(_USER_PREFIX) else name)
    name = name[len(_SYSTEM_PREFIX) :].lower()
    if name not in SYSTEM_NAMES:
        raise operators.EvaluationFault(f"There is no system property '{name}'.")
    return properties.system(name)


def _exists(name: Name, properties: Properties) -> object:
    return properties.system(name.text) is not None if name.system else properties.has_user(name.text)
