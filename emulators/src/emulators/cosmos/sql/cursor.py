"""A place in the tokens of a query, and the questions that a parser asks there."""

from emulators.cosmos.sql.lexer import Token, syntax_error, tokens


class Cursor:
    """Walks over the tokens of one query. Keywords are compared without regard to case."""

    def __init__(self, sql: str) -> None:
        self._tokens = tokens(sql)
        self.at = 0

    @property
    def token(self) -> Token:
        """Return the token that comes next."""
        return self._tokens[self.at]

    @property
    def before(self) -> Token:
        """Return the token that was taken last."""
        return self._tokens[self.at - 1]

    @property
    def is_at_end(self) -> bool:
        """Is nothing left?"""
        return self.token.kind == "end"

    def next(self) -> Token:
        """Take the next token, whatever it is."""
        token = self.token
        if token.kind == "end":
            raise syntax_error(token)
        self.at += 1
        return token

    def sees(self, word: str) -> bool:
        """Does this keyword or symbol come next?"""
        return self.token.kind in {"name", "symbol"} and self.token.text.upper() == word

    def take(self, word: str) -> bool:
        """Take a keyword or symbol if it comes next."""
        found = self.sees(word)
        self.at += found
        return found

    def expect(self, word: str) -> None:
        """Take a keyword or symbol, which must come next."""
        if not self.take(word):
            raise syntax_error(self.token, f"Expected {word}. {reason(self.token)}".strip())

    def alias(self, following: frozenset[str]) -> str | None:
        """Take the name behind AS, which may be left out unless one of these words follows."""
        explicitly = self.take("AS")
        if explicitly or (self.token.kind == "name" and self.token.text.upper() not in following):
            return self.name()
        return None

    def name(self) -> str:
        """Take a name, which must come next."""
        token = self.next()
        if token.kind != "name":
            raise syntax_error(token, "Expected a name.")
        return token.text


def reason(token: Token) -> str:
    """Say why a token that stands in the wrong place may be there."""
    if token.kind in {"name", "symbol"}:
        return f"'{token.text}' is not supported here by this local endpoint."
    return ""
