"""Patterns that clients write: compiled by RE2, which takes time in proportion to the text, whatever the pattern.

With a backtracking engine a short pattern such as `%a%a%a%a%b` can hold an endpoint for hours. What RE2 has no place
for (back references, looking ahead) is not a pattern here.
"""

import re
from functools import lru_cache
from typing import Protocol

import re2

ANY_RUN, ANY_ONE = "(?s:.*)", "(?s:.)"
_MODIFIERS = frozenset("imsx")
# What an `x` leaves alone, and what it takes out: white space and comments.
_EXTENDED = re.compile(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|\s+|#[^\n]*", re.DOTALL)
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class Pattern(Protocol):
    """What a compiled pattern answers: a match, or None."""

    def fullmatch(self, text: str) -> object:
        """Does the pattern fit the whole text?"""

    def search(self, text: str) -> object:
        """Does the pattern fit somewhere?"""


def escaped(text: str) -> str:
    """The pattern that a text fits, and no other."""
    found: str = re2.escape(text)
    return found


@lru_cache(256)
def compiled(pattern: str, modifiers: str = "") -> Pattern | None:
    """A pattern with modifiers `i`, `m`, `s` and `x`; None if it is none."""
    if not _MODIFIERS.issuperset(modifiers):
        return None
    if "x" in modifiers:
        pattern = _EXTENDED.sub(lambda match: match[1] or "", pattern)
    flags = "".join(sorted(set(modifiers) - {"x"}))
    try:
        found: Pattern = re2.compile(f"(?{flags}){pattern}" if flags else pattern, _OPTIONS)
    except (re2.error, UnicodeEncodeError):
        return None
    return found
