"""Tokens of the query language."""

import re
from typing import NamedTuple

from emulators.cosmos.errors import CosmosError
from emulators.cosmos.jsonvalue import JsonObject, JsonValue, encode

_TOKEN = re.compile(
    r"""(?:\s|--[^\n]*)*(?:
    (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)
  | (?P<string>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*")
  | (?P<parameter>@\w+)
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<end>\Z)
  | (?P<symbol>>>>|<<|>>|<=|>=|!=|<>|\|\||\?\?|[-+*/%=<>(),.\[\]{}:?&|^~])
)""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)|''")


class Token(NamedTuple):
    """One token: `text` as written, `at` its position in the query."""

    kind: str
    text: str
    at: int


def tokens(sql: str) -> list[Token]:
    """Split a query; the last token has the kind "end"."""
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(sql, at)
        if match is None or match.lastgroup is None:
            raise syntax_error(Token("unknown", sql[at:].strip()[:20], at))
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        at = match.end()
    return found


def string_value(text: str) -> str:
    """Return what a quoted string stands for."""
    if "\\" not in text and "''" not in text:
        return text[1:-1]
    found = _ESCAPED.sub(_unescaped, text[1:-1])
    if "\\u" in text:
        try:  # Two escapes may stand for one character.
            found = found.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise query_error("SC1001", f"Syntax error, {text[:40]} holds half a character.") from None
    return found


def syntax_error(token: Token, why: str = "") -> CosmosError:
    """Build the service's complaint about a token, with the reason of this endpoint if it has one."""
    near = f"near '{token.text}'" if token.text else "at the end of the query"
    return query_error("SC1001", f"Syntax error, incorrect syntax {near}.{' ' if why else ''}{why}", token)


def query_error(code: str, message: str, token: Token | None = None) -> CosmosError:
    """Build an error about a query in the service's shape: JSON within the message, with the place in the query."""
    error: JsonObject = {"severity": "Error"}
    if token is not None:
        error["location"] = {"start": token.at, "end": token.at + len(token.text)}
    errors: list[JsonValue] = [{**error, "code": code, "message": message}]
    return CosmosError(400, f"Message: {encode({'errors': errors}).decode()}")


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    if match[2]:
        return _ESCAPES.get(match[2], match[2])
    return "'"
