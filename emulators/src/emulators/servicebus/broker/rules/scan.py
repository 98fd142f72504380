"""The words of a SQL expression, each with the place where it stands."""

import re
from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from emulators.servicebus.broker.refusals import InvalidArgument

CHARACTERS_MAX = 1024
_INTEGER_MAX = 2**63 - 1


class Kind(Enum):
    """What a word is."""

    NUMBER = "number"
    TEXT = "text"
    QUOTED = "quoted"
    WORD = "word"
    SIGN = "sign"
    PARAMETER = "parameter"
    END = "end"


class Token(NamedTuple):
    """A word: `value` is its meaning, or its upper case for words that may be keywords."""

    kind: Kind
    value: object
    text: str
    at: int


def fault(complaint: str, text: str, at: int) -> InvalidArgument:
    """The refusal of an expression; positions count from 1."""
    return InvalidArgument(f"The expression can't be understood: {complaint} at position {at + 1} of {text!r}.")


_PATTERN = re.compile(
    r"""(?P<space>\s+)
    | (?P<number>0[xX][0-9a-fA-F]+ | (?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>\[(?:[^\]]|\]\])+\] | "(?:[^"]|"")+")
    | (?P<parameter>@\w+)
    | (?P<word>[^\W\d]\w*)
    | (?P<sign><>|!=|>=|<=|[=<>+\-*/%(),.;])""",
    re.VERBOSE,
)
_PLAIN_INTEGER = re.compile(r"\d+")


def _number(text: str) -> object:
    if text[:2].lower() == "0x":
        return int(text, 16)
    return int(text) if _PLAIN_INTEGER.fullmatch(text) else float(text)


def _quoted(text: str) -> object:
    end = text[-1]
    return text[1:-1].replace(end * 2, end)


_MEANINGS: dict[str, Callable[[str], object]] = {
    "number": _number,
    "text": _quoted,
    "quoted": _quoted,
    "parameter": str.lower,
    "word": str.upper,
    "sign": str,
}


def scan(text: str) -> list[Token]:
    """All words and an end; raises `InvalidArgument` where there is none."""
    if len(text) > CHARACTERS_MAX:
        raise InvalidArgument(f"An expression has at most {CHARACTERS_MAX} characters, found {len(text)}.")
    tokens = []
    at = 0
    while at < len(text):
        found = _PATTERN.match(text, at)
        if found is None or found.lastgroup is None:
            raise fault(f"unexpected character {text[at]!r}", text, at)
        kind, word = found.lastgroup, found.group()
        if kind != "space":
            meaning = _MEANINGS[kind](word)
            if isinstance(meaning, int) and meaning > _INTEGER_MAX:
                raise fault(f"an integer beyond {_INTEGER_MAX}", text, at)
            tokens.append(Token(Kind(kind), meaning, word, at))
        at = found.end()
    return [*tokens, Token(Kind.END, None, "", len(text))]
