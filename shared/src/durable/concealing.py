"""Values that must not leave this process in the clear: known to it as long as it runs, and taken out of what it tells.

1. This is the net below the rope: code that holds a secret does not write it anywhere, and what slips through all the
   same (a service that sends a header back, an exception that quotes its argument) is caught here.
2. What is told of goes through here: results and details of handlers, failures, log lines. Nothing is looked through
   as long as no secret is known.
3. A value is secret in the whole process, whoever holds it, so there is one `CONCEALED` for all of it.
4. Found are the value itself and the forms in which programs write text: JSON, Python, URL and HTML escapes, hex and
   base64 in any position; lines of a value of many lines too. A value of less than `CHARACTERS_MIN` is not looked for:
   it would be found everywhere.
"""

from __future__ import annotations

import html
import json
import re
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus

CHARACTERS_MIN: Final = 6
LINE_CHARACTERS_MIN: Final = 16
VALUES_MAX: Final = 200
MASK: Final = "***"
_ESCAPED = re.compile(r"%[0-9A-F]{2}")


class Concealer:
    """Knows values and takes them out of text and of JSON data; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, tuple[str, ...]] = {}
        self._forms: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._forms)

    def learn(self, value: str) -> None:
        """Take a value out of everything from now on.

        Of more than `VALUES_MAX` values the one learnt longest ago is forgotten.
        """
        if len(value) < CHARACTERS_MIN:
            return
        with self._lock:
            known = self._values.pop(value, None)
            self._values[value] = known or tuple(forms_of(value))
            if known:
                return
            while len(self._values) > VALUES_MAX:
                del self._values[next(iter(self._values))]
            # The longest first: a form may be part of another one.
            self._forms = tuple(sorted({form for forms in self._values.values() for form in forms}, key=_longest_first))

    def text(self, text: str) -> str:
        """Give the text with `***` in place of each value."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, MASK)
        return text

    def data(self, data: Any) -> Any:
        """Give JSON data with `***` in place of each value in its texts and keys; the same object if it has none."""
        return self._cleaned(data) if self._forms else data

    def _cleaned(self, data: Any) -> Any:
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, dict):
            return {self._cleaned(key): self._cleaned(inner) for key, inner in data.items()}
        if isinstance(data, list):
            return [self._cleaned(inner) for inner in data]
        return data


CONCEALED: Final = Concealer()


def forms_of(value: str) -> set[str]:
    """List the forms in which a value is looked for."""
    forms = set(_written(value))
    forms |= {line for line in value.splitlines() if len(line.strip()) >= LINE_CHARACTERS_MIN}
    return {form for form in forms if len(form) >= CHARACTERS_MIN}


def _written(value: str) -> Iterator[str]:
    yield value
    for form in (quote(value, safe=""), quote(value), quote_plus(value)):
        yield form
        yield _ESCAPED.sub(lambda escape: escape[0].lower(), form)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield html.escape(value)
    data = value.encode("utf-8", "surrogatepass")
    yield data.hex()
    yield data.hex().upper()
    for encode in (b64encode, urlsafe_b64encode):
        for before in range(3):
            yield _base64_inside(encode(b"\0" * before + data).decode(), before)


def _base64_inside(encoded: str, before: int) -> str:
    """Give the characters that are the same whatever stands before and behind the value."""
    unsure_at_end = 1 if encoded.endswith("=") else 0
    return encoded.rstrip("=")[(0, 2, 3)[before] :][: -unsure_at_end or None]


def _longest_first(form: str) -> tuple[int, str]:
    return -len(form), form
