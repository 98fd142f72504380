"""A hand that goes through the words of an expression."""

from typing import NamedTuple

from emulators.servicebus.broker.refusals import InvalidArgument
from emulators.servicebus.broker.rules.properties import SYSTEM_NAMES
from emulators.servicebus.broker.rules.scan import Kind, Token, fault, scan

_KEYWORDS = frozenset(
    ("AND", "OR", "NOT", "LIKE", "ESCAPE", "IN", "IS", "NULL", "EXISTS", "TRUE", "FALSE", "SET", "REMOVE")
)
_SCOPES = frozenset(("SYS", "USER"))


class Name(NamedTuple):
    """A property: of the system, by the lower case of its name, or of the sender."""

    system: bool
    text: str


class Words:
    """The words of one expression, from first to last."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = scan(text)
        self._next = 0

    @property
    def head(self) -> Token:
        """The next word."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """The next word, and go on."""
        token = self.head
        if token.kind is not Kind.END:
            self._next += 1
        return token

    def accept(self, *values: str) -> str | None:
        """Take the next word if it is one of these signs or keywords, and give it."""
        token = self.head
        if token.kind in {Kind.SIGN, Kind.WORD} and token.value in values:
            self.take()
            return str(token.value)
        return None

    def expect(self, value: str) -> None:
        """Take this sign or keyword, or refuse."""
        if self.accept(value) is None:
            raise self.unexpected(f"{value!r}")

    def finish(self) -> None:
        """Refuse if anything is left."""
        if self.head.kind is not Kind.END:
            raise self.unexpected("the end")

    def name(self) -> Name:
        """Take a property: a name with or without its scope."""
        first = self._identifier()
        if first.kind is Kind.WORD and first.value in _SCOPES and self.accept("."):
            second = self._identifier()
            system = first.value == "SYS"
            text = self._plain(second)
            if system and text.lower() not in SYSTEM_NAMES:
                raise fault(f"there is no system property {text!r}", self._text, second.at)
            return Name(system, text.lower() if system else text)
        return Name(system=False, text=self._plain(first))

    def fault(self, complaint: str, at: int) -> InvalidArgument:
        """The refusal of what stands at a place."""
        return fault(complaint, self._text, at)

    def unexpected(self, wanted: str) -> InvalidArgument:
        """The refusal of the next word."""
        found = repr(self.head.text) if self.head.text else "the end"
        return fault(f"{wanted} was expected, found {found}", self._text, self.head.at)

    def _identifier(self) -> Token:
        token = self.head
        if token.kind is Kind.QUOTED or (token.kind is Kind.WORD and token.value not in _KEYWORDS):
            return self.take()
        raise self.unexpected("a property")

    def _plain(self, token: Token) -> str:
        return str(token.value) if token.kind is Kind.QUOTED else token.text
